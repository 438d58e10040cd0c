"""The worst queries: what a lead should read first."""

from faq_index.evaluation.report.outcomes import may_be_handed_over
from faq_index.evaluation.report.run import Judged, Run


def confidently_wrong(run: Run) -> list[Judged]:
    """The base answers it, but another target came first; the surest first."""
    return _surest(
        [
            (query, found)
            for query, found in run.judged
            if query.is_answerable and found.top and not run.is_right(query, found.top)
        ]
    )


def wrongly_answered(run: Run) -> list[Judged]:
    """The base does not answer it, and the bot did; the surest first."""
    return _surest(
        [
            (query, found)
            for query, found in run.judged
            if query.must_hand_off and found.decision == "answer" and not run.is_right(query, found.top)
        ]
    )


def needlessly_handed_over(run: Run) -> list[Judged]:
    """The first target was right and still a person had to come; those nearest to an answer first."""
    return _surest(
        [
            (query, found)
            for query, found in run.judged
            if found.decision == "handoff" and run.is_right(query, found.top) and not may_be_handed_over(query)
        ]
    )


def _surest(rows: list[Judged]) -> list[Judged]:
    return sorted(rows, key=lambda row: -row[1].p)
