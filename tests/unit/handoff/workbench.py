"""What the tests of the human side share: a database of their own, a time that stands still, short ways to a state."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import conversations, events, outbox, routing, turns
from handoff.acts import Acts
from handoff.database import Database
from handoff.inbox import rows as inbox
from handoff.inbox.choice import Choice, Tab
from handoff.model import Agent, Author, Conversation, Event, Message, Outbox, Owner, Turn
from handoff.outbox import Delivery
from handoff.reasons import Reason
from handoff.settings import HandoffSettings
from handoff.transitions import Move
from handoff.wording import Wording

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = Path(conversations.__file__).parent / "words"

# The moves that lead from a fresh conversation, which the bot owns, to each owner.
_WAYS: dict[Owner, tuple[Move, ...]] = {"bot": (), "queue": ("escalate",), "agent": ("claim",), "closed": ("close",)}


class Bench:
    """One database and the time of day in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOON
        self.acts = Acts(database, HandoffSettings(), Wording.load(WORDS), "Casa Sen")

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now

    # ---- people and conversations -----------------------------------------------------------------------------------

    def agent(self, name: str = "Ada") -> str:
        """An agent without a usable password: hashing one takes long, and few tests need it."""
        agent_id = conversations.new_id()
        with self.database.write() as session:
            session.add(
                Agent(
                    id=agent_id,
                    email=f"{agent_id}@shop.example",
                    name=name,
                    role="agent",
                    password_hash="none",
                    created_at=self.now,
                )
            )
        return agent_id

    def identity(self, channel: str = "telegram", address: str = "") -> str:
        with self.database.write() as session:
            given = address or conversations.new_id()
            return conversations.ensure_identity(session, channel, given, "Lan", self.now).id

    def conversation(
        self, owner: Owner = "bot", *, agent: str | None = None, channel: str = "telegram", language: str = "en"
    ) -> str:
        """A conversation of a new shopper that has come to `owner` by legal moves."""
        identity_id = self.identity(channel)
        with self.database.write() as session:
            conversation_id = conversations.begin(session, identity_id, language, self.now).id
        for move in _WAYS[owner]:
            self.move(conversation_id, move, agent=agent, reason="asked" if move == "escalate" else None)
        return conversation_id

    def move(
        self, conversation_id: str, how: Move, *, agent: str | None = None, reason: Reason | None = None
    ) -> Conversation:
        with self.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            by = session.get_one(Agent, agent) if agent else None
            conversations.move(session, conversation, how, "test", self.now, agent=by, reason=reason)
            return conversation

    def says(self, conversation_id: str, text: str, author: Author = "shopper", **more: Any) -> Message:
        with self.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            content = {"type": "text", "text": text}
            return conversations.add_message(session, conversation, author, content, self.now, **more)

    def says_and_gives_up(self, conversation_id: str) -> None:
        """A transaction that stores a message and then fails with a RuntimeError."""
        with self.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            conversations.add_message(session, conversation, "shopper", {"text": "lost"}, self.now)
            raise RuntimeError

    # ---- what the desk owes -----------------------------------------------------------------------------------------

    def asks(self, conversation_id: str, text: str, not_before: datetime | None = None) -> str:
        """The shopper writes to the bot; returns the id of the turn that is owed."""
        with self.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            message = conversations.add_message(session, conversation, "shopper", {"text": text}, self.now)
            return turns.owe(session, conversation, message.seq, text, None, self.now, not_before=not_before).id

    def take_turns(self, count: int = 10) -> list[str]:
        """The texts of the turns that a worker gets now."""
        with self.database.write() as session:
            return [turn.text for turn in turns.take(session, self.now, count)]

    def turn(self, turn_id: str) -> Turn:
        with self.database.read() as session:
            return session.get_one(Turn, turn_id)

    def tells(self, conversation_id: str, text: str) -> int:
        """The bot says something that has to be delivered; returns the id of the outbox row."""
        with self.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            message = conversations.add_message(session, conversation, "bot", {"text": text}, self.now)
            outbox.enqueue(session, conversation, message, self.now)
        return self.outbox()[-1].id

    def take_deliveries(self, count: int = 10) -> list[Delivery]:
        with self.database.write() as session:
            return outbox.take(session, self.now, count)

    # ---- what is stored ---------------------------------------------------------------------------------------------

    def row(self, conversation_id: str) -> Conversation:
        with self.database.read() as session:
            return session.get_one(Conversation, conversation_id)

    def line(self) -> list[str]:
        """Who waits for a person, the next first."""
        with self.database.read() as session:
            waiting = select(Conversation.id).where(Conversation.owner == "queue")
            return list(session.scalars(waiting.order_by(*routing.ORDER)))

    def rows(self, agent_id: str, tab: Tab = "queue", **filters: Any) -> list[dict[str, Any]]:
        """The first page of a list, as this agent sees it."""
        with self.database.read() as session:
            return inbox.page(self.looker(session, agent_id), Choice(tab=tab, **filters), None)[0]

    def looker(self, session: Session, agent_id: str) -> inbox.Looker:
        agent = session.get_one(Agent, agent_id)
        return inbox.Looker(session, agent_id, agent.role, self.now, self.acts.settings)

    def events(self, conversation_id: str, *, public_only: bool = False) -> list[Event]:
        with self.database.read() as session:
            return events.after(session, conversation_id, 0, public_only=public_only)

    def texts(self, conversation_id: str, author: Author | None = None) -> list[str]:
        with self.database.read() as session:
            found = session.scalars(
                select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
            )
            return [str(message.content["text"]) for message in found if author in (None, message.author)]

    def outbox(self) -> list[Outbox]:
        with self.database.read() as session:
            return list(session.scalars(select(Outbox).order_by(Outbox.id)))


def all_of(session: Session, table: type[Any]) -> list[Any]:
    """Every row of a table."""
    return list(session.scalars(select(table)))
