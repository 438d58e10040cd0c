"""The expected wait: nothing without enough to go by, and a range that says neither too much nor too little."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.waiting import FEWEST, Wait, expect, in_words, quantiles

TEN_MINUTES = [10.0] * FEWEST


@pytest.mark.parametrize(
    ("minutes", "places", "free", "position"),
    [
        (TEN_MINUTES[1:], 5, 0, 3),  # too few to tell
        ([*TEN_MINUTES[1:], 0.1], 5, 0, 3),  # claimed and closed at once is no service
        (TEN_MINUTES, 0, 0, 3),  # nobody is there
        (TEN_MINUTES, 5, 3, 3),  # a place is free: when somebody takes it, nobody knows
    ],
)
def test_what_nobody_can_tell_is_not_said(minutes: list[float], places: int, free: int, position: int) -> None:
    assert expect(minutes, places, free, position) is None


def test_of_hours_and_hours_only_two_are_said() -> None:
    said = expect(TEN_MINUTES, 1, 0, 200)
    assert said is not None
    assert (said.kind, said.low) == ("longer", 120)


def test_the_range_holds_the_mean_and_grows_with_the_line() -> None:
    first, tenth = (expect(TEN_MINUTES, 5, 0, position) for position in (1, 10))
    assert first == Wait("within", 0, 5)
    assert tenth is not None
    assert tenth.low < 20 < tenth.high


def test_free_places_shorten_the_line() -> None:
    assert expect(TEN_MINUTES, 5, 2, 6) == expect(TEN_MINUTES, 5, 0, 4)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.4, 3.2, Wait("within", 0, 4)),
        (4.9, 11.0, Wait("range", 4, 15)),
        (31.0, 58.0, Wait("range", 30, 60)),
        (44.0, 119.0, Wait("range", 40, 120)),
        (44.0, 121.0, Wait("longer", 40, 150)),
        (0.2, 121.0, None),
    ],
)
def test_numbers_are_rounded_outwards_to_what_people_use(low: float, high: float, said: Wait | None) -> None:
    assert in_words(low, high) == said


@given(
    st.lists(st.floats(0.5, 240), min_size=FEWEST, max_size=60),
    st.integers(1, 40),
    st.integers(1, 60),
)
def test_the_range_widens_outwards_and_moves_with_line_and_places(
    minutes: list[float], places: int, to_come: int
) -> None:
    low, high = quantiles(minutes, places, to_come)
    assert 0 <= low <= high
    assert quantiles(minutes, places, to_come + 1)[1] >= high
    assert quantiles(minutes, places + 1, to_come)[1] <= high
    said = in_words(low, high)
    if said is not None:
        assert said.low <= low
        assert said.kind == "longer" or said.high >= high


def test_most_waits_of_a_simulated_queue_fall_into_the_range() -> None:
    """The full figures come from bench/waiting.py; here one busy desk, so that a broken formula is seen."""
    chance = random.Random(4)
    hits = 0
    for _ in range(400):
        past = [chance.expovariate(1 / 12) for _ in range(80)]
        places, position = chance.randint(2, 10), chance.randint(1, 12)
        low, high = quantiles(past, places, position)
        waited = sum(chance.expovariate(places / 12) for _ in range(position))
        hits += low <= waited <= high
    assert 0.72 < hits / 400 < 0.9
