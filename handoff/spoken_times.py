"""A time in words, as shoppers write when they may be called: English, Spanish, Vietnamese, with or without diacritics.

Pure. What is understood is a day (today, tomorrow, a weekday, a date), a time of the clock, a part of the day, or "in two
hours"; anything else stays what it is, words for the person who calls. Times that she refuses are not meant.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handoff import spoken_clauses

_LONGEST = 300  # characters; nobody needs more to name a time
# Without what is another word in one of the three, such as "mon" or "thu" in Vietnamese.
_WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("monday", "lunes", "thu hai", "thu 2", "t2"),
    ("tuesday", "tue", "tues", "martes", "thu ba", "thu 3", "t3"),
    ("wednesday", "wed", "miercoles", "thu tu", "thu 4", "t4"),
    ("thursday", "thurs", "jueves", "thu nam", "thu 5", "t5"),
    ("friday", "fri", "viernes", "thu sau", "thu 6", "t6"),
    ("saturday", "sabado", "thu bay", "thu 7", "t7"),
    ("sunday", "domingo", "chu nhat", "cn"),
)
_LONGEST_FIRST = sorted(
    ((name, day) for day, names in enumerate(_WEEKDAYS) for name in names), key=lambda one: -len(one[0])
)
_WEEKDAY = re.compile(rf"\b({'|'.join(re.escape(name) for name, _ in _LONGEST_FIRST)})\b")
_BY_NAME = dict(_LONGEST_FIRST)
# Said on a Friday, "Friday" is today while that can be, and "next Friday" is not.
_NEXT = re.compile(rf"\b(next|following|proxim[oa]|que viene|siguiente)\b|{_WEEKDAY.pattern} toi\b")
_NEXT_WEEK = re.compile(
    r"\b(next week|(proxima|siguiente) semana|semana (proxima|que viene|siguiente)|tuan (sau|toi))\b"
)
# The longer first: "pasado mañana" holds "mañana", and "day after tomorrow" holds "tomorrow".
_DAYS = (
    (re.compile(r"\b(day after tomorrow|pasado manana|ngay kia|ngay mot)\b"), 2),
    (re.compile(r"\b(tomorrow|tmr|tmrw|ngay mai|(sang|trua|chieu|toi) mai|mai)\b"), 1),
    (re.compile(r"\b(today|tonight|this (morning|afternoon|evening)|hoy|esta (manana|tarde|noche)|hom nay"
                r"|(sang|trua|chieu|toi) nay)\b"), 0),
)  # fmt: skip
# "Mañana" is tomorrow, unless something before it makes it the morning.
_MORNING_IN_SPANISH = re.compile(r"\b(de|por|en|a|esta) la manana\b|\besta manana\b")
_TOMORROW_IN_SPANISH = re.compile(r"\bmanana\b")
_PARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(noon|midday|mediodia|trua)\b"), "noon"),
    (
        re.compile(
            r"\b(morning|mornings|buoi sang|sang (nay|mai)|(gio|\dh?) sang)\b|\b(de|por|en|a|esta) la manana\b|\besta manana\b"
        ),
        "morning",
    ),
    (re.compile(r"\b(afternoon|afternoons|tarde|chieu)\b"), "afternoon"),
    (re.compile(r"\b(evening|evenings|tonight|night|noche|buoi toi|toi (nay|mai)|(gio|\dh?) toi)\b"), "evening"),
)
# What only its marks tell from something else: "tôi" (I) and "tối" (evening), "sang" (over to) and "sáng" (morning).
_TOLD_APART = {
    "tôi": "minh",
    "buổi tối": "buoi toi",
    "tối ": "buoi toi ",
    "buổi sáng": "buoi sang",
    "sáng ": "buoi sang ",
    **spoken_clauses.TOLD_APART,
}
_HALF_OF_DAY = re.compile(r"\b([ap])\. ?m\b\.?")
_MAI = re.compile(r"(?<=[^\W\d] )Mai\b")  # somebody's name, not tomorrow
_STARTS = {"noon": time(12), "morning": time(9), "afternoon": time(14), "evening": time(18)}
_CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])\s?(?:(?::|h|g|\.)(?P<minute>[0-5]\d))\s?(?P<half>am|pm)?(?!\d)"
    r"|\b(?P<hour2>1[0-2]|0?[1-9])\s?(?P<half2>am|pm)(?!\w)"
    r"|\b(?P<hour3>[01]?\d|2[0-3])\s?(?:h|hs|hrs|gio|o'?clock|horas)\b(?!\s*nua)(?P<half3>\s?ruoi| y media)?"
    r"|\b(?:at|after|around|about|from|by|a las?|las|sobre las|desde las|despues de las|luc|sau|tam|khoang)"
    r"\s(?P<hour4>[01]?\d|2[0-3])(?P<half4> y media)?\b(?![\d:/-])(?!\.\d)"
    r"(?!\s*(?:am|pm|hours?|horas?|minutes?|minutos?|phut|tieng|days?|dias?|ngay|weeks?|semanas?|tuan)\b)"
)
_FROM_NOW = re.compile(
    r"\b(?:in|dentro de|en|sau)\s(?P<count>\d{1,3}|an|a|una?|mot)\s?"
    r"(?P<unit>hours?|horas?|minutes?|mins?|minutos?|phut|tieng|gio nua)\b"
    r"|\b(?P<count2>\d{1,3}|mot)\s(?P<unit2>tieng|gio|phut) nua\b"
)
_DATE = re.compile(
    r"\b(?P<day>0?[1-9]|[12]\d|3[01])[/.-](?P<month>0?[1-9]|1[0-2])(?:[/.-](?P<year>\d{4}|\d{2}))?\b(?![:\d])"
)


@dataclass(frozen=True)
class Wish:
    """When, in the shop's zone. Of a clock time without "am" or "pm" there may be two, the likelier one first."""

    times: tuple[datetime, ...]
    names_clock: bool  # otherwise a day, or a part of one, from its beginning on


@dataclass(frozen=True)
class _Day:
    """A day that she named; a weekday comes again."""

    date: date
    is_weekday: bool = False


def wish(text: str, now: datetime, zone: ZoneInfo) -> Wish | None:
    """What a text says about when; None when it names no time, or in doubt. All times are later than `now`."""
    said, refused = spoken_clauses.wanted(spoken_clauses.beginnings(_folded(text)))
    from_now = _FROM_NOW.search(said)
    if from_now is not None:
        return Wish((now + _span(from_now),), names_clock=True)
    here = now.astimezone(zone)
    day, part = _day(said, here.date()), _part(said)
    clocks = list(_clocks(said, part))
    if (day is None and not part and not clocks) or _is_in_doubt(refused, day, part, clocks, here.date()):
        return None
    on = day.date if day is not None else here.date()
    times = [datetime.combine(on, one, zone) for one in clocks or [_STARTS.get(part, time())]]
    if clocks and on == here.date():  # tonight at twelve: where today ends
        times = [at + timedelta(days=1) if at.hour == 0 and at <= here else at for at in times]
    return Wish(tuple(_still_to_come(times, day, here)), names_clock=bool(clocks))


def _still_to_come(times: list[datetime], day: _Day | None, here: datetime) -> list[datetime]:
    """A time that is over: next week's where she named a weekday, tomorrow's unless she said today; then from now on."""
    if day is not None and day.is_weekday:
        return [at if at > here else at + timedelta(days=7) for at in times]
    later = [at for at in times if at > here]
    if later:
        return later
    return [here + timedelta(minutes=1)] if day is not None else [at + timedelta(days=1) for at in times]


def _is_in_doubt(refused: str, day: _Day | None, part: str, clocks: list[time], today: date) -> bool:
    """Whether what she refuses leaves open what she wants: "tomorrow, but not in the morning"."""
    if not refused:
        return False
    part_refused = _part(refused)
    if day is None and _day(refused, today) is not None:
        return True
    return not clocks and not part and bool(part_refused or list(_clocks(refused, part_refused)))


def _folded(text: str) -> str:
    """Small letters without marks: people leave them out, and in one text as in another "mai" is tomorrow."""
    known = unicodedata.normalize("NFC", text[:_LONGEST])
    known = _MAI.sub(" ", known).casefold() + " "
    for word, meant in _TOLD_APART.items():
        known = known.replace(word, meant)
    apart = unicodedata.normalize("NFD", known.replace("đ", "d"))
    plain = " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())
    return _HALF_OF_DAY.sub(r"\1m", plain)


def _span(found: re.Match[str]) -> timedelta:
    count, unit = found["count"] or found["count2"], found["unit"] or found["unit2"]
    number = int(count) if count.isdigit() else 1
    minutes = unit.startswith(("min", "phut"))
    return timedelta(minutes=number) if minutes else timedelta(hours=min(number, 24 * 14))


def _day(said: str, today: date) -> _Day | None:
    named = _DATE.search(said)
    if named is not None and (day := _dated(named, today)) is not None:
        return _Day(day)
    for pattern, days in _DAYS:
        if pattern.search(said):
            return _Day(today + timedelta(days))
    if _TOMORROW_IN_SPANISH.search(_MORNING_IN_SPANISH.sub(" ", said)):
        return _Day(today + timedelta(1))
    found = _WEEKDAY.search(said)
    if found is None:
        return None
    weekday = _BY_NAME[found[1]]
    ahead = (weekday - today.weekday()) % 7
    if _NEXT_WEEK.search(said):
        return _Day(today + timedelta(7 - today.weekday() + weekday))
    return _Day(today + timedelta(7 if not ahead and _NEXT.search(said) else ahead), is_weekday=True)


def _part(said: str) -> str:
    return next((name for pattern, name in _PARTS if pattern.search(said)), "")


def _dated(named: re.Match[str], today: date) -> date | None:
    """Day before month, as in the shop's countries; without a year the next time that it comes."""
    year = int(named["year"] or today.year)
    year += 2000 if year < 100 else 0
    for candidate in (year, year + 1):
        try:
            day = date(candidate, int(named["month"]), int(named["day"]))
        except ValueError:
            return None
        if day >= today:
            return day
        if named["year"]:
            return None
    return None


def _clocks(said: str, part: str) -> Iterator[time]:
    """The times of the clock that the first one named may mean."""
    # Dates look like clock times ("2.3."), and "thứ 7" holds a number that is none.
    found = _CLOCK.search(_WEEKDAY.sub(" ", _DATE.sub(" ", said)))
    if found is None:
        return
    hour = int(next(found[name] for name in ("hour", "hour2", "hour3", "hour4") if found[name]))
    minute = int(found["minute"] or (30 if found["half3"] or found["half4"] else 0))
    half = found["half"] or found["half2"]
    if half:
        yield time(hour % 12 + (12 if half == "pm" else 0), minute)
    elif hour > 12 or hour == 0 or part == "morning":
        yield time(hour, minute)
    elif part in ("afternoon", "evening"):
        yield time(hour % 12 + (0 if hour == 12 and part == "evening" else 12), minute)
    else:
        later, earlier = time(hour % 12 + 12, minute), time(hour % 12, minute)
        # Nobody asks to be called at three in the night.
        yield from (earlier, later) if 7 <= hour < 12 else (later, earlier)
