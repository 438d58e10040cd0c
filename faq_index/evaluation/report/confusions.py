"""Confusions: which target came first instead of which."""

from dataclasses import dataclass

from faq_index.evaluation.report.run import Judged, Run

_EXAMPLES = 3


@dataclass(frozen=True)
class Confusion:
    """`given` came first where one of `wanted` was right: for `queries` queries, of which `answered` were answered with it."""

    given: str
    wanted: tuple[str, ...]
    queries: int
    answered: int
    examples: tuple[str, ...]


def confusions(run: Run) -> list[Confusion]:
    """The most frequent first; examples are the surest ones. What the base does not answer is no confusion of articles."""
    pairs: dict[tuple[str, tuple[str, ...]], list[Judged]] = {}
    for query, found in run.judged:
        if query.is_answerable and found.top and not run.is_right(query, found.top):
            pairs.setdefault((found.top, tuple(sorted(query.wanted))), []).append((query, found))
    counted = [_confusion(given, wanted, rows) for (given, wanted), rows in pairs.items()]
    return sorted(counted, key=lambda it: (-it.queries, -it.answered, it.given, it.wanted))


def _confusion(given: str, wanted: tuple[str, ...], rows: list[Judged]) -> Confusion:
    surest = sorted(rows, key=lambda row: -row[1].p)[:_EXAMPLES]
    answered = sum(found.decision == "answer" for _, found in rows)
    return Confusion(given, wanted, len(rows), answered, tuple(query.text for query, _ in surest))
