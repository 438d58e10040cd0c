"""When a call is due: what the shopper wishes, within the hours in which somebody can call. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handoff.hours import OpeningHours
from handoff.spoken_times import wish

REMIND_BEFORE = timedelta(minutes=10)
OVERDUE_AFTER = timedelta(minutes=10)  # of the time; until then it is being made
_FURTHEST = timedelta(days=60)  # a call that far away is a misunderstanding


@dataclass(frozen=True)
class Due:
    """`moved` says that nobody could call at the time that was wished."""

    at: datetime
    moved: bool


def zone_of(hours: OpeningHours | None) -> ZoneInfo:
    """On which clock times are meant and said: the shop's; UTC where it has none."""
    return hours.zone if hours is not None else ZoneInfo("UTC")


def due(text: str, hours: OpeningHours | None, now: datetime) -> Due | None:
    """The time that a text names, else the next possible one after it; None when it names none, or none is possible."""
    wished = wish(text, now, zone_of(hours))
    if wished is None or wished.times[0] > now + _FURTHEST:
        return None
    times = [at.astimezone(UTC) for at in wished.times]
    if hours is None:
        return Due(times[0], moved=False)
    fitting = next((at for at in times if hours.is_open(at)), None)
    if fitting is not None:
        return Due(fitting, moved=False)
    opening = hours.next_opening(times[0])
    if opening is None:
        return None
    # Who names a day, or its morning, is content with when that begins at the shop.
    zone = zone_of(hours)
    same_day = opening.astimezone(zone).date() == wished.times[0].astimezone(zone).date()
    return Due(opening, moved=wished.names_clock or not same_day)
