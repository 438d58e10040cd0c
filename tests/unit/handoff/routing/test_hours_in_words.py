"""Opening hours as one line, on the clock of wherever the shopper is."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from handoff.hours import OpeningHours
from handoff.hours_in_words import is_always, week_in_words

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MADRID, HANOI, MEXICO = "Europe/Madrid", "Asia/Ho_Chi_Minh", "America/Mexico_City"
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
ALL = (*WORKDAYS, "sat", "sun")


def hours(days: tuple[str, ...], *spans: str, zone: str = MADRID, **more: list[str]) -> OpeningHours:
    return OpeningHours.model_validate({"time_zone": zone, **{day: list(spans) for day in days}, **more})


@pytest.mark.parametrize(
    ("given", "zone", "language", "said"),
    [
        (hours((*WORKDAYS, "sat"), "09:00-18:00"), MADRID, "en", "Mon–Sat 09:00–18:00"),
        (hours((*WORKDAYS, "sat"), "09:00-18:00"), MADRID, "es", "lun–sáb 9:00–18:00"),
        (hours((*WORKDAYS, "sat"), "09:00-18:00"), HANOI, "vi", "Thứ Hai–Thứ Bảy 15:00–00:00"),
        (hours((*WORKDAYS, "sat"), "09:00-18:00"), MEXICO, "es", "lun–sáb 2:00–11:00"),
        # What begins late there begins on the next day here, and the other way round.
        (hours(("sun",), "20:00-22:00"), HANOI, "en", "Mon 02:00–04:00"),
        (hours(("mon",), "01:00-03:00"), MEXICO, "en", "Sun 18:00–20:00"),
        (hours(WORKDAYS, "09:00-18:00", sat=["10:00-14:00"]), MADRID, "en", "Mon–Fri 09:00–18:00, Sat 10:00–14:00"),
        (hours(WORKDAYS, "09:00-13:00", "15:00-19:00"), MADRID, "en", "Mon–Fri 09:00–13:00, 15:00–19:00"),
        (hours(("fri",), "22:00-02:00"), MADRID, "en", "Fri 22:00–02:00"),
        (hours(("sat", "sun", "mon"), "10:00-12:00"), MADRID, "en", "Sat–Mon 10:00–12:00"),
        (hours(ALL, "10:00-12:00"), MADRID, "en", "Mon–Sun 10:00–12:00"),
        # A timetable is no line, and neither is nobody or everybody.
        (hours(("mon", "wed", "fri"), "09:00-18:00"), MADRID, "en", None),
        (hours(("mon",), "08:00-09:00", "10:00-11:00", "12:00-13:00"), MADRID, "en", None),
        (hours(()), MADRID, "en", None),
        (hours(ALL, "00:00-24:00"), MADRID, "en", None),
        (hours(WORKDAYS, "00:00-24:00"), HANOI, "en", None),
    ],
)
def test_an_ordinary_week_is_one_line(given: OpeningHours, zone: str, language: str, said: str | None) -> None:
    assert week_in_words(given, ZoneInfo(zone), NOW, language) == said


def test_a_clock_that_was_changed_counts_as_it_is_now() -> None:
    given = hours(WORKDAYS, "09:00-18:00", zone=HANOI)
    in_july = datetime(2026, 7, 6, 12, tzinfo=UTC)
    assert week_in_words(given, ZoneInfo(MADRID), NOW, "en") == "Mon–Fri 03:00–12:00"
    assert week_in_words(given, ZoneInfo(MADRID), in_july, "en") == "Mon–Fri 04:00–13:00"


def test_always_is_every_hour_of_the_week() -> None:
    assert is_always(hours(ALL, "00:00-24:00"))
    assert is_always(hours(ALL, "00:00-12:00", "12:00-24:00"))
    assert not is_always(hours(WORKDAYS, "00:00-24:00"))
    assert not is_always(hours(()))
