"""Outcomes: what became of each judged query, the good ones first."""

from collections import Counter
from typing import Literal, get_args

from faq_index.evaluation.predict import Prediction
from faq_index.evaluation.queries import Query
from faq_index.evaluation.report.run import Run

Outcome = Literal[
    "answered_right", "clarified_right", "handed_right", "handed_wrong", "clarified_wrong", "answered_wrong"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_A_PERSON = {"handoff", "human"}  # routes that a handoff serves


def outcome(run: Run, query: Query, found: Prediction) -> Outcome:
    """Of one judged query. A clarification is right when any of the articles offered is."""
    match found.decision:
        case "answer":
            return "answered_right" if run.is_right(query, found.top) else "answered_wrong"
        case "clarify":
            offered_right = any(run.is_right(query, target) for target in found.offered)
            return "clarified_right" if offered_right else "clarified_wrong"
        case "handoff":
            return "handed_right" if may_be_handed_over(query) else "handed_wrong"


def may_be_handed_over(query: Query) -> bool:
    """Whether a person is what the query needs, or one of the things that are no error."""
    return bool(_A_PERSON & set(query.routes))


def count_outcomes(run: Run) -> dict[str, int]:
    """How many judged queries had each, in the order of OUTCOMES."""
    counts = Counter(outcome(run, query, found) for query, found in run.judged)
    return {name: counts[name] for name in OUTCOMES}
