"""The queue: who waits, in which order, and who takes whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.model import Agent, Contact, Conversation, Identity, Message


@dataclass(frozen=True)
class Place:
    """Where a waiting conversation stands: 1 is next. `people_online` are agents with an open console."""

    position: int
    people_online: int


@dataclass(frozen=True)
class Row:
    """One line of an inbox. The last words are a person's: what the bot said tells an agent little."""

    conversation: Conversation
    name: str
    channel: str
    last_text: str
    last_author: str


def place(session: Session, conversation: Conversation, now: datetime, online_within: timedelta) -> Place:
    """The place of a conversation that is in the queue."""
    ahead = session.scalar(
        select(func.count())
        .select_from(Conversation)
        .where(
            Conversation.owner == "queue",
            Conversation.id != conversation.id,
            (Conversation.queued_at < conversation.queued_at)
            | ((Conversation.queued_at == conversation.queued_at) & (Conversation.id < conversation.id)),
        )
    )
    return Place(int(ahead or 0) + 1, people_online(session, now, online_within))


def people_online(session: Session, now: datetime, online_within: timedelta) -> int:
    """How many agents have shown a sign of life lately."""
    seen = (
        select(func.count()).select_from(Agent).where(Agent.seen_at > now - online_within, Agent.disabled_at.is_(None))
    )
    return int(session.scalar(seen) or 0)


def claim(session: Session, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """Take a conversation from the queue, or out of the bot's hands.

    Raises:
        IllegalMove: another agent was faster, or it is closed.
        UnknownConversation
    """
    conversation = conversations.lock(session, conversation_id)
    conversations.move(session, conversation, "claim", f"agent:{agent.id}", now, agent=agent)
    return conversation


def waiting(session: Session) -> list[Row]:
    """The queue, longest waiting first."""
    return _rows(session, Conversation.owner == "queue", Conversation.queued_at, Conversation.id)


def held_by(session: Session, agent_id: str) -> list[Row]:
    """An agent's own conversations, the latest activity first."""
    mine = (Conversation.owner == "agent") & (Conversation.agent_id == agent_id)
    return _rows(session, mine, Conversation.updated_at.desc())


def everything(session: Session, limit: int = 200) -> list[Row]:
    """All conversations, the latest activity first."""
    return _rows(session, Conversation.id.is_not(None), Conversation.updated_at.desc(), limit=limit)


def _rows(session: Session, condition: object, *order: object, limit: int = 500) -> list[Row]:
    newest = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.note.is_(False), Message.author.in_(("shopper", "agent")))
        .group_by(Message.conversation_id)
        .subquery()
    )
    query = (
        select(Conversation, Contact.name, Identity.channel, Message.content, Message.author)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Contact, Contact.id == Identity.contact_id)
        .outerjoin(newest, newest.c.conversation_id == Conversation.id)
        .outerjoin(Message, (Message.conversation_id == Conversation.id) & (Message.seq == newest.c.seq))
        .where(condition)  # type: ignore[arg-type]
        .order_by(*order)  # type: ignore[arg-type]
        .limit(limit)
    )
    return [
        Row(conversation, name, channel, str((content or {}).get("text", "")), author or "")
        for conversation, name, channel, content, author in session.execute(query)
    ]
