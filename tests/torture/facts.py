"""The facts: everything of a desk's database that the checks look at, read once and held in memory."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff.database import Database
from handoff.model import Assignment, Base, Conversation, Event, Identity, Inbound, Message, Outbox, Turn

Row = TypeVar("Row", bound=Base)
Numbered = TypeVar("Numbered", Message, Event, Turn)


@dataclass
class Facts:
    """Rows of the tables, in no order that means anything."""

    identities: list[Identity] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)
    outbox: list[Outbox] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    @cached_property
    def message(self) -> dict[str, Message]:
        """By id."""
        return {message.id: message for message in self.messages}

    @cached_property
    def conversation(self) -> dict[str, Conversation]:
        """By id."""
        return {conversation.id: conversation for conversation in self.conversations}

    @cached_property
    def messages_of(self) -> dict[str, list[Message]]:
        """By conversation, in order."""
        return _by_conversation(self.messages)

    @cached_property
    def events_of(self) -> dict[str, list[Event]]:
        """By conversation, in order."""
        return _by_conversation(self.events)

    @cached_property
    def turns_of(self) -> dict[str, list[Turn]]:
        """By conversation, in order."""
        return _by_conversation(self.turns)


def _by_conversation(rows: Iterable[Numbered]) -> dict[str, list[Numbered]]:
    found: dict[str, list[Numbered]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.seq):
        found[row.conversation_id].append(row)
    return found


def read_facts(database: Database) -> Facts:
    """One snapshot of it all."""
    with database.read() as session:
        return Facts(
            _all(session, Identity), _all(session, Conversation), _all(session, Message), _all(session, Event),
            _all(session, Turn), _all(session, Inbound), _all(session, Outbox), _all(session, Assignment),
        )  # fmt: skip


def _all(session: Session, table: type[Row]) -> list[Row]:
    return list(session.scalars(select(table)).all())
