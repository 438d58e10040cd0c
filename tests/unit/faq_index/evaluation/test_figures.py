"""The figures of an evaluation, on cases small enough to reckon by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_index.evaluation.figures import (
    area_under_risk_coverage,
    coverage_at,
    expected_calibration_error,
    figures,
    is_right,
    reliability,
    risk_coverage,
)
from faq_index.evaluation.predict import Decided, Prediction
from faq_index.evaluation.queries import Query

ROUTES = {"a": "faq", "b": "faq", "c": "faq", "human": "human"}


def asks(wanted: str = "", route: str = "faq", *acceptable: str) -> Query:
    return Query("q", "words", (route, *acceptable), frozenset(wanted.split("|")) - {""})


def says(decision: Decided, *candidates: tuple[str, float], offered: tuple[str, ...] = ()) -> Prediction:
    return Prediction(decision, candidates, offered, "en", 2.0)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def flags(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


def test_risk_is_that_of_the_surest() -> None:
    coverage, risk = risk_coverage(numbers(0.2, 0.9, 0.5), flags(0, 1, 1))
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3])
    assert area_under_risk_coverage(numbers(0.2, 0.9, 0.5), flags(0, 1, 1)) == pytest.approx(1 / 9)


def test_queries_of_one_probability_count_alike_in_whatever_order_they_come() -> None:
    p = numbers(0.9, 0.9, 0.1)
    first, second = (area_under_risk_coverage(p, flags(*right)) for right in ((1, 0, 1), (0, 1, 1)))
    assert first == second == pytest.approx((0.5 + 0.5 + 1 / 3) / 3)


@pytest.mark.parametrize(
    ("p", "right", "coverage"),
    [
        ((0.9, 0.8, 0.7, 0.6), (1, 1, 1, 0), 0.75),
        ((0.9, 0.8, 0.7, 0.6), (0, 1, 1, 1), 0.0),
        ((0.9, 0.8), (1, 1), 1.0),
        ((0.9, 0.9), (1, 0), 0.0),  # a threshold cannot part them
    ],
)
def test_coverage_is_what_a_threshold_reaches(p: tuple[float, ...], right: tuple[int, ...], coverage: float) -> None:
    assert coverage_at(numbers(*p), flags(*right), 0.95) == coverage


def test_calibration_error_is_the_mean_distance_of_the_bins() -> None:
    p, right = numbers(0.95, 0.95, 0.15, 1.0), flags(1, 0, 0, 1)
    assert reliability(p, right) == [(1, 0.15, 0.0), (3, pytest.approx(2.9 / 3), pytest.approx(2 / 3))]
    assert expected_calibration_error(p, right) == pytest.approx((0.15 + 3 * 0.3) / 4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_every_figure_is_a_share(rows: list[tuple[float, bool]]) -> None:
    p, right = numbers(*(p for p, _ in rows)), flags(*(right for _, right in rows))
    for value in (area_under_risk_coverage(p, right), coverage_at(p, right, 0.9), expected_calibration_error(p, right)):
        assert 0 <= value <= 1


@pytest.mark.parametrize(
    ("query", "target", "right"),
    [
        (asks("a"), "a", True),
        (asks("a|b"), "b", True),
        (asks("a"), "b", False),
        (asks("a", "faq", "human"), "human", True),
        (asks("a", "faq", "human"), "b", False),
        (asks("", "handoff"), "a", False),
        (asks("", "handoff", "human"), "human", True),
        (asks("a"), "", False),
        (asks("", "handoff"), "", False),
    ],
)
def test_a_target_is_right_when_it_is_wanted_or_its_route_is_acceptable(query: Query, target: str, right: bool) -> None:
    assert is_right(query, target, ROUTES) is right


def test_an_evaluation_counts_what_the_system_did() -> None:
    queries = [asks("a"), asks("b"), asks("c"), asks("a"), asks("", "handoff"), asks("", "handoff"), asks("", "no_faq")]
    found = [
        says("answer", ("a", 0.9), ("b", 0.1)),
        says("answer", ("a", 0.8), ("b", 0.2)),
        says("clarify", ("b", 0.6), ("c", 0.3), offered=("b", "c")),
        says("clarify", ("b", 0.5), ("c", 0.3), offered=("b", "c")),
        says("answer", ("a", 0.7)),
        says("handoff", ("a", 0.1)),
        says("handoff", ("a", 0.1)),
    ]
    it = figures(queries, found, ROUTES)
    assert (it.queries, it.answerable, it.must_hand_off, it.no_faq) == (7, 4, 2, 1)
    assert (it.top1, it.top3) == (0.25, 0.75)
    assert it.auroc == pytest.approx(6 / 8)
    assert it.answered == it.clarified_right == 0.5
    assert it.precision == it.clarified == pytest.approx(1 / 3)
    assert (it.handoff_answered, it.no_faq_article) == (0.5, 0.0)
    assert (it.ms_p50, it.ms_p95) == (2.0, 2.0)


def test_matthews_coefficient_takes_out_of_scope_for_a_label() -> None:
    queries = [asks("a"), asks("b"), asks("", "handoff")]
    right = [says("answer", ("a", 0.9)), says("answer", ("b", 0.9)), says("handoff", ("a", 0.1))]
    assert figures(queries, right, ROUTES).mcc == 1
    assert figures(queries, [says("handoff", ("a", 0.1))] * 3, ROUTES).mcc == 0


def test_matthews_coefficient_of_a_single_label_says_nothing() -> None:
    assert figures([asks("a")], [says("answer", ("a", 0.9))], ROUTES).mcc is None


def test_small_talk_of_the_base_is_no_article() -> None:
    queries = [asks("", "no_faq")] * 4
    said = [says("answer", ("a", 0.9)), says("answer", ("human", 0.9)), says("clarify", ("a", 0.5)), says("handoff")]
    assert figures(queries, said, ROUTES).no_faq_article == 0.5


def test_without_expectations_there_is_nothing_to_say() -> None:
    it = figures([Query("q", "words")], [says("handoff")], ROUTES)
    assert (it.top1, it.auroc, it.precision, it.mcc, it.ece) == (None,) * 5
