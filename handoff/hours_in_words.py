"""Opening hours as one line for shoppers, on the clock of wherever they are."""

from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_time, get_day_names

from handoff.hours import OpeningHours, Span
from handoff.wording import known_language

_DAY, _WEEK = 24 * 60, 7 * 24 * 60  # minutes
_MOST_GROUPS, _MOST_SPANS = 2, 2  # more is a timetable, and no line
_LOCALES = {"en": "en_GB", "es": "es_ES", "vi": "vi_VN"}
_NAMES = {"en": "abbreviated", "es": "abbreviated", "vi": "wide"}  # what is short and still read at once
_MONDAY = date(2024, 1, 1)

_Spans = tuple[tuple[int, int], ...]  # minutes of the day at which each begins, and how many it lasts


def week_in_words(hours: OpeningHours, zone: ZoneInfo, now: datetime, language: str) -> str | None:
    """An ordinary week, "Mon–Fri 09:00–18:00, Sat 10:00–14:00", by today's clocks; days without people are left out.

    None when that takes more than a line, when nobody is ever there, and when somebody is there for a whole day.
    """
    days = _shifted(hours, zone, now)
    lengths = [length for spans in days for _, length in spans]
    if not lengths or max(lengths) >= _DAY:  # nobody, or around the clock
        return None
    # From Monday on, but what goes on from Sunday to Monday is one piece.
    start = next((day for day in range(7) if days[day] != days[day - 1]), 0)
    week = [((start + day) % 7, days[(start + day) % 7]) for day in range(7)]
    groups = [(spans, [day for day, _ in run]) for spans, run in groupby(week, lambda one: one[1]) if spans]
    if len(groups) > _MOST_GROUPS or any(len(spans) > _MOST_SPANS for spans, _ in groups):
        return None
    spoken = known_language(language)
    names = get_day_names(_NAMES[spoken], "stand-alone", locale=_LOCALES[spoken])
    return ", ".join(_group([names[day] for day in run], spans, _LOCALES[spoken]) for spans, run in groups)


def is_always(hours: OpeningHours) -> bool:
    """Whether somebody is there at every hour of an ordinary week."""
    return sum(_length(span) for spans in _week(hours) for span in spans) >= _WEEK


def _week(hours: OpeningHours) -> tuple[tuple[Span, ...], ...]:
    return (hours.mon, hours.tue, hours.wed, hours.thu, hours.fri, hours.sat, hours.sun)


def _length(span: Span) -> int:
    return (_minute(span.closes) - _minute(span.opens)) % _DAY or _DAY


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _shifted(hours: OpeningHours, zone: ZoneInfo, now: datetime) -> list[_Spans]:
    """By day of the week there: when people come, and for how long."""
    ahead = (now.astimezone(zone).utcoffset() or timedelta()) - (now.astimezone(hours.zone).utcoffset() or timedelta())
    days: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for day, spans in enumerate(_week(hours)):
        for span in spans:
            begins = (day * _DAY + _minute(span.opens) + round(ahead.total_seconds() / 60)) % _WEEK
            days[begins // _DAY].append((begins % _DAY, _length(span)))
    return [tuple(sorted(found)) for found in days]


def _group(names: list[str], spans: _Spans, locale: str) -> str:
    days = names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"
    return f"{days} {', '.join(_span(*span, locale) for span in spans)}"


def _span(begins: int, length: int, locale: str) -> str:
    opens = datetime.combine(_MONDAY, time()) + timedelta(minutes=begins)
    closes = opens + timedelta(minutes=length)
    return f"{format_time(opens, 'short', locale=locale)}–{format_time(closes, 'short', locale=locale)}"
