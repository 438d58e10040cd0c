"""The charts' geometry, on cases small enough to reckon by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_index.evaluation.report.charts import (
    BOTTOM,
    LEFT,
    RIGHT,
    STRIP_BOTTOM,
    STRIP_TOP,
    TOP,
    Scale,
    path,
    reliability_chart,
    risk_chart,
    segments,
    thinned,
    ticks,
)


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def flags(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


def points(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", line)]


def test_a_scale_may_run_upwards() -> None:
    up = Scale(0, 0.5, BOTTOM, TOP)
    assert (up(0), up(0.5), up(0.25)) == (BOTTOM, TOP, (BOTTOM + TOP) / 2)


def test_ticks_stand_at_both_ends_and_between() -> None:
    assert [tick.value for tick in ticks(Scale(0, 0.3, 0, 30), 0.1)] == [0, 0.1, 0.2, 0.3]
    assert [tick.at for tick in ticks(Scale(0, 0.3, 0, 30), 0.1)] == [0, 10, 20, 30]


def test_the_curve_has_a_point_for_each_query() -> None:
    chart = risk_chart(numbers(0.9, 0.8, 0.7, 0.6), flags(1, 1, 0, 1), 0.5, 1.0, 0.9)
    across = (RIGHT - LEFT) / 4
    assert [x for x, _ in points(chart.line)] == pytest.approx([LEFT + across * n for n in (1, 2, 3, 4)])
    assert [y for _, y in points(chart.line)][:2] == [BOTTOM, BOTTOM]
    highest = chart.up[-1].value
    assert highest == pytest.approx(0.4), "a third is wrong at most"
    assert points(chart.line)[2][1] == pytest.approx(BOTTOM - (BOTTOM - TOP) / 3 / highest, abs=0.1)
    assert chart.own == (LEFT + 2 * across, BOTTOM)
    assert chart.target_at == pytest.approx(BOTTOM - (BOTTOM - TOP) * 0.1 / highest)


def test_the_table_says_the_threshold_that_answers_so_much() -> None:
    chart = risk_chart(np.linspace(1, 0.05, 20), np.arange(20) < 15, 0.5, 1.0, 0.9)
    assert [point.coverage for point in chart.table] == pytest.approx([n / 10 for n in range(1, 11)])
    assert chart.table[0].p == pytest.approx(0.95)
    assert chart.table[-1].risk == pytest.approx(0.25)


def test_a_bot_that_answered_nothing_has_no_place_on_the_curve() -> None:
    assert risk_chart(numbers(0.1), flags(0), 0.0, None, 0.9).own is None


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40),
    st.floats(0, 1),
    st.none() | st.floats(0, 1),
    st.floats(0.5, 0.99),
)
def test_nothing_is_drawn_outside_the_axes(
    rows: list[tuple[float, bool]], answered: float, precision: float | None, target: float
) -> None:
    p, right = numbers(*(p for p, _ in rows)), flags(*(right for _, right in rows))
    chart = risk_chart(p, right, answered, precision, target)
    for x, y in [*points(chart.line), *([chart.own] if chart.own else []), (LEFT, chart.target_at)]:
        assert LEFT <= x <= RIGHT
        assert TOP <= y <= BOTTOM
    for own in reliability_chart(p, right).bins:
        assert LEFT < own.x < own.x + own.width < RIGHT + 0.1
        assert TOP <= own.share_at <= BOTTOM
        assert STRIP_TOP <= own.size_at <= STRIP_BOTTOM


def test_bins_stand_where_their_probabilities_are() -> None:
    first, last = reliability_chart(numbers(0.1, 0.15, 0.95, 1.0), flags(0, 1, 1, 1)).bins
    assert (first.low, first.high, first.queries, first.mean, first.share) == (0.1, 0.2, 2, 0.125, 0.5)
    assert (last.low, last.high, last.queries, last.share) == (0.9, 1.0, 2, 1.0)
    assert (first.share_at, last.share_at) == ((TOP + BOTTOM) / 2, TOP)
    assert first.size_at == last.size_at == STRIP_TOP


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_every_query_is_in_one_bin_and_within_it(values: list[float]) -> None:
    bins = reliability_chart(numbers(*values), np.ones(len(values), dtype=bool)).bins
    assert sum(own.queries for own in bins) == len(values)
    assert all(own.low - 1e-9 <= own.mean <= own.high + 1e-9 for own in bins)


@given(st.integers(1, 5000), st.integers(2, 400))
def test_thinning_keeps_the_ends_and_the_order(count: int, most: int) -> None:
    kept = thinned(count, most)
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert kept == sorted(set(kept))
    assert len(kept) <= most


def test_a_path_is_lines_from_point_to_point() -> None:
    assert path([(1.0, 2.0), (3.5, 4.0)]) == "M1.0 2.0 L3.5 4.0"


def test_segments_fill_the_bar_in_their_order() -> None:
    first, empty, last = segments({"a": 3, "b": 0, "c": 1})
    assert [(part.name, part.start, part.share) for part in (first, empty, last)] == [
        ("a", 0, 0.75), ("b", 0.75, 0), ("c", 0.75, 0.25)
    ]  # fmt: skip
    assert (first.has_room, empty.has_room) == (True, False)


def test_nothing_makes_no_bar() -> None:
    assert segments({"a": 0, "b": 0}) == []
