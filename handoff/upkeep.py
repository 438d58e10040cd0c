"""What time does to conversations: rests end, and what nobody goes on with is closed. Due is what the stored times say."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, false, select
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.model import Agent, Conversation, Turn

_AT_ONCE = 100  # in one transaction, so that others need not wait long


def is_due(session: Session, now: datetime, after: timedelta | None) -> tuple[bool, bool]:
    """Whether `wake_due` and `close_idle` would find anything: to look costs others nothing, and mostly nothing is."""
    idle = exists().where(_idle(now, after)) if after is not None else false()
    rests, closes = session.execute(select(exists().where(_rested(now)), idle)).tuples().one()
    return rests, closes


def _rested(now: datetime) -> ColumnElement[bool]:
    return (Conversation.owner == "agent") & (Conversation.snoozed_until <= now)


def _idle(now: datetime, after: timedelta) -> ColumnElement[bool]:
    owed = select(Turn.id).where(Turn.conversation_id == Conversation.id, Turn.state.in_(("waiting", "running")))
    return (Conversation.owner == "bot") & (Conversation.updated_at <= now - after) & ~owed.exists()


def wake_due(session: Session, now: datetime) -> int:
    """End the rests whose time has come; returns how many. They are with the agents who had them all along."""
    due = (
        select(Conversation)
        .where(_rested(now))
        .order_by(Conversation.snoozed_until)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(due))
    for conversation in found:
        agent = session.get_one(Agent, conversation.agent_id)
        conversations.move(session, conversation, "wake", "desk", now, agent=agent)
    return len(found)


def close_idle(session: Session, now: datetime, after: timedelta) -> int:
    """Close what the bot has and nobody wrote in for so long; returns how many.

    Silently: whoever has left is not called back by a message. What the bot still owes an answer stays open.
    """
    idle = (
        select(Conversation)
        .where(_idle(now, after))
        .order_by(Conversation.updated_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(idle))
    for conversation in found:
        conversations.move(session, conversation, "close", "desk", now, details={"idle": True})
    return len(found)
