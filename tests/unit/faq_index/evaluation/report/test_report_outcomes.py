"""What became of each query, by what a shopper would have seen."""

import pytest

from faq_index.evaluation.report.outcomes import OUTCOMES, count_outcomes, outcome
from tests.unit.faq_index.evaluation.report.report_builders import Case, case, everything, run_of


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (case("x", "a", "answer", ("a", 0.9)), "answered_right"),
        (case("x", "a|b", "answer", ("b", 0.9)), "answered_right"),
        (case("x", "a", "answer", ("person", 0.9), route="faq|human"), "answered_right"),
        (case("x", "a", "answer", ("b", 0.9)), "answered_wrong"),
        (case("x", "", "answer", ("a", 0.9), route="handoff"), "answered_wrong"),
        (case("x", "a", "clarify", ("b", 0.5), ("a", 0.4), offered=("b", "a")), "clarified_right"),
        (case("x", "c", "clarify", ("b", 0.5), ("c", 0.1), offered=("b", "a")), "clarified_wrong"),
        (case("x", "", "clarify", ("b", 0.5), route="handoff", offered=("b",)), "clarified_wrong"),
        (case("x", "", "handoff", route="handoff"), "handed_right"),
        (case("x", "person", "handoff", ("a", 0.1), route="human"), "handed_right"),
        (case("x", "a", "handoff", ("a", 0.1), route="faq|handoff"), "handed_right"),
        (case("x", "a", "handoff", ("a", 0.1)), "handed_wrong"),
    ],
)
def test_an_outcome_is_what_the_shopper_got(asked: Case, expected: str) -> None:
    assert outcome(run_of(asked), *asked) == expected


def test_each_judged_query_is_counted_once_and_others_are_not() -> None:
    counts = count_outcomes(everything())
    assert list(counts) == list(OUTCOMES)
    assert counts == {
        "answered_right": 1,
        "clarified_right": 1,
        "handed_right": 1,
        "handed_wrong": 2,
        "clarified_wrong": 1,
        "answered_wrong": 2,
    }
