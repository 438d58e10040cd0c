"""Turns: what the bot owes. A turn is stored with the shopper's message, so a crash in between loses nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from handoff.conversations import new_id
from handoff.model import Conversation, Turn

# A turn whose worker died is taken up again after so long; longer than the engine's whole time budget.
LEASE = timedelta(seconds=60)

# What the engine calls a message that asks something, whether or not an article answers it.
QUESTION_INTENTS = ("faq", "nlu_fallback")


@dataclass(frozen=True)
class TurnResult:
    """What the understanding made of the message, kept for leads and for the agent's packet."""

    understanding: dict[str, Any] | None
    decision: str | None
    article_id: str | None
    engine_ms: float | None


def owe(session: Session, conversation: Conversation, seq: int, text: str, button: str | None, now: datetime) -> Turn:
    """Record that the bot owes an answer to the shopper's message number `seq`."""
    turn = Turn(
        id=new_id(),
        conversation_id=conversation.id,
        epoch=conversation.epoch,
        seq=seq,
        state="waiting",
        text=text,
        button=button,
        not_before=now,
        created_at=now,
    )
    session.add(turn)
    session.flush()
    return turn


def take(session: Session, now: datetime, count: int) -> list[Turn]:
    """Lease up to `count` due turns: of each conversation the oldest, and only when none of it is running."""
    running, earlier = aliased(Turn), aliased(Turn)
    due = (
        select(Turn)
        .where(
            ((Turn.state == "waiting") & (Turn.not_before <= now))
            | ((Turn.state == "running") & (Turn.lease_until < now)),
            ~select(running.id)
            .where(running.conversation_id == Turn.conversation_id, running.state == "running", running.id != Turn.id)
            .exists(),
            ~select(earlier.id)
            .where(earlier.conversation_id == Turn.conversation_id, earlier.state == "waiting", earlier.seq < Turn.seq)
            .exists(),
        )
        .order_by(Turn.created_at)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    turns = list(session.scalars(due))
    for turn in turns:
        turn.state, turn.lease_until, turn.attempts = "running", now + LEASE, turn.attempts + 1
    session.flush()
    return turns


def is_held(session: Session, turn: Turn) -> bool:
    """Whether the worker that took `turn` may still settle it: its lease ran out when another one has taken it since."""
    held = select(Turn.id).where(Turn.id == turn.id, Turn.state == "running", Turn.attempts == turn.attempts)
    return session.scalar(held.with_for_update()) is not None


def finish(session: Session, turn_id: str, now: datetime, result: TurnResult) -> None:
    """The answer is stored, in this transaction."""
    session.execute(
        update(Turn)
        .where(Turn.id == turn_id)
        .values(
            state="done",
            finished_at=now,
            lease_until=None,
            understanding=result.understanding,
            decision=result.decision,
            article_id=result.article_id,
            engine_ms=result.engine_ms,
        )
    )


def drop(session: Session, turn_id: str, now: datetime) -> None:
    """The conversation has moved on; whatever the bot thought of this message is not said."""
    session.execute(update(Turn).where(Turn.id == turn_id).values(state="dropped", finished_at=now, lease_until=None))


def is_owed(session: Session, conversation_id: str) -> bool:
    """Whether the bot still owes this conversation an answer: it is thinking."""
    owed = select(Turn.id).where(Turn.conversation_id == conversation_id, Turn.state.in_(("waiting", "running")))
    return session.scalar(owed.limit(1)) is not None


def last_question(session: Session, conversation_id: str) -> dict[str, Any] | None:
    """What the latest question of the conversation was taken for; asking for a person, or thanks, is no question."""
    recent = (
        select(Turn.understanding)
        .where(Turn.conversation_id == conversation_id, Turn.state == "done")
        .order_by(Turn.seq.desc())
        .limit(20)
    )
    understood = [found for found in session.scalars(recent) if found]
    return next((found for found in understood if found["intent"] in QUESTION_INTENTS), None)
