"""Turns: what the bot owes. A turn is stored with the shopper's message, so a crash in between loses nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, aliased

from handoff.conversations import new_id
from handoff.model import Conversation, Turn

# A worker renews its leases while it works, so this is not how long a turn may take, but how long after its desk died
# another desk waits. A desk that is alone does not wait at all (handoff/alone.py).
LEASE = timedelta(seconds=20)

# What the engine calls a message that asks something, whether or not an article answers it.
QUESTION_INTENTS = ("faq", "nlu_fallback")


@dataclass(frozen=True)
class Burst:
    """When several short messages are one turn. `quiet` is how long a message that looks unfinished waits for the next one,
    and `longest` how long the first of them waits in all. Without a quiet time every message is a turn of its own."""

    quiet: timedelta = timedelta()
    longest: timedelta = timedelta(seconds=6)


@dataclass(frozen=True)
class TurnResult:
    """What the understanding made of the message, kept for leads and for the agent's packet."""

    understanding: dict[str, Any] | None
    decision: str | None
    article_id: str | None
    engine_ms: float | None


def owe(
    session: Session,
    conversation: Conversation,
    seq: int,
    text: str,
    button: str | None,
    now: datetime,
    *,
    not_before: datetime | None = None,
) -> Turn:
    """Record that the bot owes an answer to the shopper's message number `seq`; `not_before` leaves time for more of it."""
    turn = Turn(
        id=new_id(),
        conversation_id=conversation.id,
        epoch=conversation.epoch,
        seq=seq,
        state="waiting",
        text=text,
        button=button,
        not_before=not_before or now,
        created_at=now,
    )
    session.add(turn)
    session.flush()
    return turn


def joinable(session: Session, conversation: Conversation) -> Turn | None:
    """The turn that the shopper's next words may join: her latest, when it still waits and is not a button's.

    The caller holds the conversation's lock, so no second message joins meanwhile; a worker may take the turn, which
    `join` notices.
    """
    latest = session.scalar(
        select(Turn)
        .where(Turn.conversation_id == conversation.id)
        .order_by(Turn.seq.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    waits = latest is not None and latest.state == "waiting" and latest.epoch == conversation.epoch
    return latest if waits and latest is not None and latest.button is None else None


def join(session: Session, turn: Turn, seq: int, text: str, not_before: datetime) -> bool:
    """Add a message to a waiting turn, on a line of its own. Returns whether it was in time: a worker may have been faster."""
    waiting = (
        update(Turn)
        .where(Turn.id == turn.id, Turn.state == "waiting")
        .values(text=f"{turn.text}\n{text}", seq=seq, messages=turn.messages + 1, not_before=not_before)
        .execution_options(synchronize_session=False)
    )
    return session.execute(waiting.returning(Turn.id)).first() is not None


def drop_stale(session: Session, conversation: Conversation, now: datetime) -> None:
    """Drop what waits from before the conversation last changed hands; it must not hold back what is asked now."""
    session.execute(
        update(Turn)
        .where(Turn.conversation_id == conversation.id, Turn.state == "waiting", Turn.epoch != conversation.epoch)
        .values(state="dropped", finished_at=now)
        .execution_options(synchronize_session=False)
    )


def is_due(session: Session, now: datetime) -> bool:
    """Whether there may be something to take: asked without writing, for whoever is woken more often than there is work."""
    return session.scalar(select(Turn.id).where(_may_be_taken(now)).limit(1)) is not None


def take(session: Session, now: datetime, count: int, besides: Collection[str] = ()) -> list[Turn]:
    """Lease up to `count` due turns: of each conversation the oldest, and only when none of it is running.

    `besides` are the ids of turns that the worker still works on, however old their leases are.
    """
    running, earlier = aliased(Turn), aliased(Turn)
    due = (
        select(Turn)
        .where(
            _may_be_taken(now),
            Turn.id.not_in(besides),
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


def _may_be_taken(now: datetime) -> ColumnElement[bool]:
    return ((Turn.state == "waiting") & _is_due(now)) | ((Turn.state == "running") & (Turn.lease_until < now))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """What was created in the future was created before the clock was set back; its times mean nothing any more."""
    return (Turn.not_before <= now) | (Turn.created_at > now)


def renew(session: Session, held: Sequence[Turn], now: datetime) -> None:
    """Say that the worker that took these still works on them. A lease that went to another worker stays there."""
    for turn in held:
        mine = update(Turn).where(Turn.id == turn.id, Turn.state == "running", Turn.attempts == turn.attempts)
        session.execute(mine.values(lease_until=now + LEASE).execution_options(synchronize_session=False))


def take_over(session: Session, now: datetime) -> int:
    """End all leases: their holders are known to be dead. Returns how many there were."""
    ended = update(Turn).where(Turn.state == "running").values(lease_until=now - LEASE)
    return len(session.execute(ended.returning(Turn.id)).all())


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
