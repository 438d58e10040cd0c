"""Opening hours: when people are there, as data. Pure: every question is asked for a time that the caller passes.

A span belongs to the day on which it begins: "22:00-02:00" on Friday ends on Saturday, also when that is a holiday. Walls'
clocks that jump are followed: a time that a spring night leaves out counts as so much later, and what closes in an hour
that an autumn night has twice closes in the second.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))")
# A shop that opens on no day within this time is closed until further notice.
_FURTHEST_DAYS = 400
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Span(NamedTuple):
    """From `opens` to `closes`, which is on the next day when it is not later; midnight at the end is 00:00."""

    opens: time
    closes: time

    def __str__(self) -> str:
        # Midnight at the end is written as people do.
        return f"{self.opens:%H:%M}-{'24:00' if self.closes == time() else f'{self.closes:%H:%M}'}"


def _read_span(written: object) -> object:
    if not isinstance(written, str):
        return written
    found = _SPAN.fullmatch(written.strip())
    if found is None:
        raise ValueError(f"'{written}' is no span of time; write 09:00-18:00, or 22:00-02:00 over midnight")
    opens = time(int(found[1]), int(found[2]))
    closes = time() if found[5] else time(int(found[3]), int(found[4]))
    if opens == closes and not found[5]:
        raise ValueError(f"'{written}' begins when it ends; a whole day is 00:00-24:00")
    return Span(opens, closes)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder, such as "Europe"
        raise ValueError(
            f"there is no time zone '{name}'; the names are like Europe/Madrid or Asia/Ho_Chi_Minh"
        ) from None
    return name


# As written in the settings ("09:00-18:00"), and so again as JSON.
Spans = tuple[Annotated[Span, BeforeValidator(_read_span), PlainSerializer(str, return_type=str)], ...]


class OpeningHours(BaseModel):
    """A week in a time zone, and days that are different. A day that is not named is closed.

    Raises:
        pydantic.ValidationError: every wrong zone, day or span at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()
    holidays: dict[date, Spans] = Field(default_factory=dict)  # instead of the weekday's; none: closed

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at `at` (aware); a span's end no longer belongs to it."""
        return any(begins <= at < ends for begins, ends in self._intervals(at, days=1))

    def next_opening(self, at: datetime) -> datetime | None:
        """When people are there next: `at` itself while it is open, else later, in UTC; None when not within a year."""
        begins = [begins for begins, ends in self._intervals(at, days=1) if ends > at]
        if not begins:
            begins = list(self._first(at))
        return max(at, min(begins)) if begins else None

    def _first(self, at: datetime) -> Iterator[datetime]:
        """The beginnings on the first day after tomorrow that has any."""
        today = at.astimezone(self.zone).date()
        for days in range(2, _FURTHEST_DAYS):
            found = [begins for begins, _ in self._of_day(today + timedelta(days))]
            if found:
                yield from found
                return

    def _intervals(self, at: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """In UTC: those of yesterday, which may reach over midnight, of today, and of so many days more."""
        today = at.astimezone(self.zone).date()
        for day in range(-1, days + 1):
            yield from self._of_day(today + timedelta(day))

    def _of_day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        spans: Spans = self.holidays.get(day, getattr(self, _DAYS[day.weekday()]))
        for opens, closes in spans:
            begins = self._utc(day, opens, fold=0)
            last_day = day if closes > opens else day + timedelta(days=1)
            # Of an hour that comes twice the second; of one that is left out the reading that lies later.
            ends = max(self._utc(last_day, closes, fold=0), self._utc(last_day, closes, fold=1))
            if begins < ends:  # not when a jump of the clock swallows it
                yield begins, ends

    def _utc(self, day: date, at: time, *, fold: int) -> datetime:
        return datetime.combine(day, at, self.zone).replace(fold=fold).astimezone(UTC)
