"""Opening hours on the shop's clock: spans over midnight, holidays, and nights on which clocks jump."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from handoff.hours import OpeningHours

HANOI = "Asia/Ho_Chi_Minh"
SHOP = OpeningHours.model_validate(
    {
        "time_zone": HANOI,
        "mon": ["09:00-12:00", "13:00-18:00"],
        "tue": ["09:00-18:00"],
        "fri": ["22:00-02:00"],
        "sun": ["00:00-24:00"],
        "holidays": {"2026-03-10": [], "2026-03-17": ["10:00-11:00"], "2026-03-21": []},
    }
)


def at(written: str, zone: str = HANOI, fold: int = 0) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-03-02 08:59", False),  # a Monday
        ("2026-03-02 09:00", True),
        ("2026-03-02 11:59", True),
        ("2026-03-02 12:00", False),
        ("2026-03-02 13:00", True),
        ("2026-03-02 18:00", False),
        ("2026-03-04 10:00", False),  # no hours on Wednesdays
        ("2026-03-06 23:00", True),
        ("2026-03-07 01:59", True),  # Friday's night
        ("2026-03-07 02:00", False),
        ("2026-03-08 00:00", True),
        ("2026-03-08 23:59", True),
        ("2026-03-09 00:00", False),
        ("2026-03-10 10:00", False),  # a holiday
        ("2026-03-17 09:30", False),  # shorter on this day
        ("2026-03-17 10:30", True),
        ("2026-03-21 01:00", True),  # Friday's night reaches into the holiday
        ("2026-03-21 12:00", False),
    ],
)
def test_people_are_there_on_the_shops_own_clock(when: str, is_open: bool) -> None:
    assert SHOP.is_open(at(when)) is is_open


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("2026-03-02 10:00", "2026-03-02 10:00"),  # open already
        ("2026-03-02 08:00", "2026-03-02 09:00"),
        ("2026-03-02 12:30", "2026-03-02 13:00"),
        ("2026-03-02 18:00", "2026-03-03 09:00"),
        ("2026-03-03 18:00", "2026-03-06 22:00"),
        ("2026-03-07 01:00", "2026-03-07 01:00"),
        ("2026-03-09 18:30", "2026-03-13 22:00"),  # Tuesday is a holiday
        ("2026-03-16 18:30", "2026-03-17 10:00"),
    ],
)
def test_the_next_opening_is_the_first_moment_with_people(when: str, opens: str) -> None:
    assert SHOP.next_opening(at(when)) == at(opens)


def test_hours_without_any_day_never_open() -> None:
    never = OpeningHours()
    assert not never.is_open(at("2026-03-02 10:00"))
    assert never.next_opening(at("2026-03-02 10:00")) is None


def test_a_shop_that_opens_on_one_day_far_away_says_so() -> None:
    once = OpeningHours.model_validate({"time_zone": HANOI, "holidays": {"2026-12-24": ["09:00-12:00"]}})
    assert once.next_opening(at("2026-03-02 10:00")) == at("2026-12-24 09:00")
    assert once.next_opening(at("2026-12-24 12:00")) is None


MADRID = "Europe/Madrid"  # 29 March 2026: 02:00 → 03:00; 25 October 2026: 03:00 → 02:00


def test_a_spring_night_is_an_hour_shorter() -> None:
    night = OpeningHours.model_validate({"time_zone": MADRID, "sat": ["23:00-04:00"]})
    opens, closes = at("2026-03-28 23:00", MADRID), at("2026-03-29 04:00", MADRID)
    assert closes - opens == timedelta(hours=4)
    assert night.is_open(closes - timedelta(minutes=1))
    assert not night.is_open(closes)


def test_a_time_that_the_spring_night_leaves_out_counts_as_so_much_later() -> None:
    early = OpeningHours.model_validate({"time_zone": MADRID, "sun": ["02:30-08:00"]})
    assert early.next_opening(at("2026-03-29 00:00", MADRID)) == at("2026-03-29 03:30", MADRID)
    late = OpeningHours.model_validate({"time_zone": MADRID, "sun": ["00:00-02:30"]})
    assert late.is_open(at("2026-03-29 03:29", MADRID))
    assert not late.is_open(at("2026-03-29 03:30", MADRID))


def test_what_closes_in_an_hour_that_comes_twice_closes_in_the_second() -> None:
    late = OpeningHours.model_validate({"time_zone": MADRID, "sun": ["00:00-02:30"]})
    assert late.is_open(at("2026-10-25 02:45", MADRID, fold=0))
    assert late.is_open(at("2026-10-25 02:15", MADRID, fold=1))
    assert not late.is_open(at("2026-10-25 02:30", MADRID, fold=1))


def test_what_opens_in_an_hour_that_comes_twice_opens_in_the_first() -> None:
    early = OpeningHours.model_validate({"time_zone": MADRID, "sun": ["02:30-08:00"]})
    assert early.next_opening(at("2026-10-25 00:00", MADRID)) == at("2026-10-25 02:30", MADRID, fold=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "Europe"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"mon": ["9-18"]},
        {"mon": ["24:00-25:00"]},
        {"mon": ["09:00-09:00"]},
        {"mon": "09:00-18:00"},
        {"mon": [7]},
        {"monday": ["09:00-18:00"]},
        {"holidays": {"2026-02-30": []}},
        {"holidays": {"2026-03-01": ["noon"]}},
    ],
    ids=str,
)
def test_hours_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        OpeningHours.model_validate(wrong)


def test_hours_come_back_from_json_as_they_were() -> None:
    stored = SHOP.model_dump(mode="json")
    assert stored["fri"] == ["22:00-02:00"]
    assert stored["sun"] == ["00:00-24:00"]
    assert OpeningHours.model_validate(stored) == SHOP


minutes = st.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
spans = st.tuples(minutes, minutes).filter(lambda both: both[0] != both[1]).map("-".join)
days = st.fixed_dictionaries(
    {}, optional={day: st.lists(spans, max_size=3) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)
zones = st.sampled_from([HANOI, MADRID, "America/New_York", "Australia/Lord_Howe", "UTC"])
# Around the nights on which Madrid, New York and Lord Howe change their clocks.
jumps = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 29), (4, 4), (10, 25), (11, 1))]
moments = st.builds(
    lambda jump, minutes: jump + timedelta(minutes=minutes), st.sampled_from(jumps), st.integers(-4320, 4320)
)


@settings(max_examples=200, deadline=None)
@given(
    week=days,
    zone=zones,
    holidays=st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 3, 31)), st.lists(spans)),
    moment=moments,
)
def test_between_now_and_the_next_opening_nobody_is_there(
    week: dict[str, list[str]], zone: str, holidays: dict[date, list[str]], moment: datetime
) -> None:
    hours = OpeningHours.model_validate({"time_zone": zone, "holidays": holidays, **week})
    opens = hours.next_opening(moment)
    if opens is None:
        assert not any(hours.is_open(moment + timedelta(hours=ahead)) for ahead in range(24 * 8))
        return
    assert opens >= moment
    assert hours.is_open(opens)
    assert hours.is_open(moment) is (opens == moment)
    closed_for = int((opens - moment) / timedelta(minutes=15))
    for quarter in range(min(closed_for, 24 * 4)):
        assert not hours.is_open(moment + timedelta(minutes=15 * quarter))
