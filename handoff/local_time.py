"""What time it is where a shopper is: by the zone that her browser names, else by her telephone number, else nobody knows."""

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from babel.dates import get_timezone_location
from phonenumbers import timezone as phone_zones
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handoff import contacts
from handoff.model import Conversation, Identity

LONGEST_ZONE = 64  # characters
_NOWHERE = "Etc/"  # what browsers say that do not tell where they are; so is UTC
_places = cache(available_timezones)


def known_zone(given: str) -> str | None:
    """An IANA time zone of some place on earth, or None for whatever else a browser says."""
    return given if "/" in given and not given.startswith(_NOWHERE) and given in _places() else None


def note(session: Session, identity_id: str, zone: str) -> None:
    """Her browser is in this zone, which is known."""
    session.execute(update(Identity).where(Identity.id == identity_id).values(time_zone=zone))


def of(session: Session, conversation_id: str, addresses: Sequence[Identity]) -> str | None:
    """The zone of a shopper with these addresses, of whom a conversation is: that of its address, else of the one that she
    wrote from last, else that of her telephone number, if it can be in one zone only."""
    here = session.scalar(select(Conversation.identity_id).where(Conversation.id == conversation_id))
    told = [one for one in addresses if one.time_zone]
    if told:
        latest = max(told, key=lambda one: (one.id == here, one.wrote_at or one.created_at, one.id))
        return known_zone(latest.time_zone or "")  # zones come and go
    keys = contacts.keys_of(session, addresses[0].contact_id) if addresses else []
    zones = {zone for key in keys if key.kind == "phone" for zone in _of_number(key.value)}
    return known_zone(zones.pop()) if len(zones) == 1 else None


def place(zone: str, locale: str) -> str:
    """What people of a locale such as "vi_VN" call the zone: its city."""
    return str(get_timezone_location(zone, locale=locale, return_city=True)).rpartition("/")[2]


def _of_number(phone: str) -> set[str]:
    """All zones in which a number in E.164 may be."""
    found = phone_zones.time_zones_for_number(phonenumbers.parse(phone))
    return {zone for zone in found if zone != phone_zones.UNKNOWN_TIMEZONE}
