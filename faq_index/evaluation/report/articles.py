"""What became of each target of the base: how often it was wanted, found, and given for another."""

from dataclasses import dataclass

from faq_index.evaluation.report.run import Run


@dataclass
class TargetCount:
    """`wanted` queries have it among what is right, and of `right` of these a right target came first.

    `wrongly_first` queries had it first though it is not right; `wrongly_answered` of these were answered with it.
    """

    id: str
    wanted: int = 0
    right: int = 0
    wrongly_first: int = 0
    wrongly_answered: int = 0

    @property
    def errors(self) -> int:
        return self.wanted - self.right + self.wrongly_first


def count_targets(run: Run) -> list[TargetCount]:
    """All that were wanted or wrongly given, those with most errors first."""
    counts: dict[str, TargetCount] = {}

    def of(target: str) -> TargetCount:
        return counts.setdefault(target, TargetCount(target))

    for query, found in run.judged:
        right = run.is_right(query, found.top)
        for target in query.wanted if query.is_answerable else ():
            of(target).wanted += 1
            of(target).right += right
        # First place matters for what the base answers; below the thresholds every message has some first target.
        if found.top and not right and (query.is_answerable or found.decision == "answer"):
            of(found.top).wrongly_first += 1
            of(found.top).wrongly_answered += found.decision == "answer"
    return sorted(counts.values(), key=lambda it: (-it.errors, -it.wanted, it.id))
