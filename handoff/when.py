"""A time in words, as people at the shop and the shopper read it on the shop's clock."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from handoff.wording import Wording, known_language

# Day and month without the year, which goes without saying for a day this close.
_PATTERNS = {"en": "EEEE d MMMM", "es": "EEEE d 'de' MMMM", "vi": "EEEE, 'ngày' d MMMM"}
_LOCALES = {"en": "en_GB", "es": "es_ES", "vi": "vi_VN"}


def say_when(wording: Wording, language: str, at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """ "today at 09:00 (UTC+7)", "tomorrow at …", "on Monday 6 July at …"; the shopper may be in another zone."""
    spoken, here = known_language(language), at.astimezone(zone)
    clock = f"{format_time(here, 'short', locale=_LOCALES[spoken])} ({offset_in_words(here)})"
    today = now.astimezone(zone).date()
    if here.date() == today:
        return wording.say(spoken, "when.today", time=clock)
    if here.date() == today + timedelta(days=1):
        return wording.say(spoken, "when.tomorrow", time=clock)
    return wording.say(spoken, "when.day", day=_day(here.date(), spoken), time=clock)


def _day(day: date, language: str) -> str:
    return str(format_date(day, _PATTERNS[language], locale=_LOCALES[language]))


def offset_in_words(at: datetime) -> str:
    """How far a clock is ahead of UTC: "UTC+7", "UTC−3:30", "UTC"."""
    offset = at.utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
