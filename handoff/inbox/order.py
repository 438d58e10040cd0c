"""The order of a list, as columns for the database and as a key for whoever sorts rows beside it. Pages begin after a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_

from handoff.inbox.choice import Tab
from handoff.model import Conversation, UtcDateTime
from handoff.routing import HIGHEST_PRIORITY

# Stands for "waits for nobody" and comes after everybody who waits; a browser still counts its microseconds exactly.
_NEVER = datetime(2200, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key = list[int | str]


class BadKey(ValueError):
    """Not a key of this list."""


@dataclass(frozen=True)
class _Part:
    """One column of an order. Keys are compared upwards, so that of a falling column is its negative."""

    column: Any
    name: str
    falling: bool = False

    def value(self, conversation: Conversation) -> int | str:
        found = getattr(conversation, self.name)
        if self.name == "id":
            return str(found)
        number = found if isinstance(found, int) else _microseconds(found or _NEVER)
        return -number if self.falling else number

    def bound(self, value: int | str) -> Any:
        """The value in the database's terms. Raises BadKey."""
        if self.name == "id":
            return str(value)
        if not isinstance(value, int):
            raise BadKey("a key has numbers before its id")
        number = -value if self.falling else value
        if self.name == "priority":
            if abs(number) > HIGHEST_PRIORITY:
                raise BadKey("a key of no priority")
            return number
        try:
            return _EPOCH + timedelta(microseconds=number)
        except OverflowError:
            raise BadKey("a key of no time") from None


_WAITING = func.coalesce(Conversation.waiting_since, literal(_NEVER, UtcDateTime()))
_PRIORITY = _Part(Conversation.priority, "priority", falling=True)
_ID = _Part(Conversation.id, "id")
_OPEN = (_PRIORITY, _Part(_WAITING, "waiting_since"), _Part(Conversation.updated_at, "updated_at", falling=True), _ID)
_ORDERS: dict[Tab, tuple[_Part, ...]] = {
    "queue": (_PRIORITY, _Part(Conversation.queued_at, "queued_at"), _ID),  # as handoff.routing serves it
    "mine": _OPEN,
    "all": _OPEN,
    "snoozed": (_Part(Conversation.snoozed_until, "snoozed_until"), _ID),
    "resolved": (_Part(Conversation.closed_at, "closed_at", falling=True), _ID),
}


def order_of(tab: Tab) -> list[Any]:
    """What to order by."""
    return [part.column.desc() if part.falling else part.column for part in _ORDERS[tab]]


def key_of(tab: Tab, conversation: Conversation) -> Key:
    """Sorts, compared part by part, as the database does."""
    return [part.value(conversation) for part in _ORDERS[tab]]


def after(tab: Tab, key: Sequence[int | str]) -> ColumnElement[bool]:
    """The condition that a row comes after the one with this key.

    Raises:
        BadKey: it is none of this list.
    """
    parts = _ORDERS[tab]
    if len(key) != len(parts):
        raise BadKey(f"a key of this list has {len(parts)} parts")
    bound = [part.bound(value) for part, value in zip(parts, key, strict=True)]
    cases = []
    for place, part in enumerate(parts):
        same = [earlier.column == value for earlier, value in zip(parts[:place], bound, strict=False)]
        beyond = part.column < bound[place] if part.falling else part.column > bound[place]
        cases.append(and_(*same, beyond))
    return or_(*cases)


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
