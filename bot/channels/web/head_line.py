"""The line below the shop's name in the chat: who answers, and when people are there, on the shopper's own clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.base import Surroundings
from handoff import local_time, shop_hours
from handoff.hours import OpeningHours
from handoff.hours_in_words import is_always, week_in_words
from handoff.when import offset_in_words, say_when


def head_line(at: Surroundings, language: str, browser_zone: str) -> str:
    """`language` is one of ours. A browser that tells no place gets the shop's clock, and is told which that is."""
    with at.database.read() as session:
        hours = shop_hours.current(session, at.handoff)
    if hours is None or is_always(hours):
        return at.words.say(language, "head.always")
    place, now = local_time.known_zone(browser_zone), at.now()
    zone = ZoneInfo(place) if place else hours.zone
    week = week_in_words(hours, zone, now, language)
    if week is None:
        return _today(at, hours, language, zone, now)
    clock = "" if place else f" ({offset_in_words(now.astimezone(zone))})"
    return at.words.say(language, "head.hours", hours=week + clock)


def _today(at: Surroundings, hours: OpeningHours, language: str, zone: ZoneInfo, now: datetime) -> str:
    """For what is no line: how it is just now."""
    opening = hours.next_opening(now)
    if opening is None:
        return at.words.say(language, "head.nobody")
    if opening <= now:
        return at.words.say(language, "head.now")
    return at.words.say(language, "head.back", when=say_when(at.gateway.wording, language, opening, now, zone))
