"""The outbox: every message to a shopper is a row here, written in the transaction that created the message."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from handoff import conversations, events
from handoff.model import Conversation, Identity, Message, Outbox

LEASE = timedelta(seconds=60)  # a delivery whose worker died is tried again after so long
MOST_ATTEMPTS = 8  # with the delays below about twenty minutes
# Browsers fetch their events themselves: storing the message is delivering it, and nothing can fail in between.
FETCHED_CHANNELS = frozenset({"web"})
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=10)


class TransportError(Exception):
    """A channel could not deliver. `permanent` errors are parked at once; the others are tried again later.

    `retry_after` is what the provider asked for.
    """

    def __init__(self, reason: str, *, permanent: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.permanent, self.retry_after = permanent, retry_after


@dataclass(frozen=True)
class Delivery:
    """One leased row with what a transport needs."""

    id: int
    conversation_id: str
    message_id: str
    channel: str
    address: str
    attempts: int
    content: dict[str, object]
    author: str
    language: str


def enqueue(session: Session, conversation: Conversation, message: Message, now: datetime) -> None:
    """Promise that `message` reaches the shopper."""
    identity = session.get_one(Identity, conversation.identity_id)
    fetched = identity.channel in FETCHED_CHANNELS
    session.add(
        Outbox(
            conversation_id=conversation.id,
            message_id=message.id,
            channel=identity.channel,
            address=identity.address,
            state="sent" if fetched else "queued",
            not_before=now,
            created_at=now,
            sent_at=now if fetched else None,
        )
    )
    session.flush()


def take(session: Session, now: datetime, count: int) -> list[Delivery]:
    """Lease up to `count` due rows: of each conversation only the oldest, so that order holds even when one waits."""
    earlier = aliased(Outbox)
    due = (
        select(Outbox)
        .where(
            ((Outbox.state == "queued") & (Outbox.not_before <= now))
            | ((Outbox.state == "sending") & (Outbox.lease_until < now)),
            ~select(earlier.id)
            .where(
                earlier.conversation_id == Outbox.conversation_id,
                earlier.state.in_(("queued", "sending")),
                earlier.id < Outbox.id,
            )
            .exists(),
        )
        .order_by(Outbox.not_before)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(due))
    for row in rows:
        row.state, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
    session.flush()
    return [_delivery(session, row) for row in rows]


def sent(session: Session, delivery: Delivery, provider_id: str | None, now: datetime) -> None:
    """The provider accepted the message."""
    session.execute(
        update(Outbox)
        .where(Outbox.id == delivery.id)
        .values(state="sent", provider_id=provider_id, sent_at=now, lease_until=None, error=None)
    )
    _tell(session, delivery, "sent", None, now)


def failed(session: Session, delivery: Delivery, error: TransportError, now: datetime) -> bool:
    """Plan the next attempt, or park the message where a person sees it. Returns whether it was parked.

    Nothing changes when the lease ran out meanwhile and another worker took the message up.
    """
    parked = error.permanent or delivery.attempts >= MOST_ATTEMPTS
    values: dict[str, object] = {"lease_until": None, "error": str(error)[:500]}
    if error.retry_after is not None and not error.permanent:
        parked = False  # a provider that asks to wait has not failed
        values["attempts"] = delivery.attempts - 1
    if parked:
        values["state"] = "dead"
    else:
        values |= {"state": "queued", "not_before": now + (error.retry_after or backoff(delivery.attempts))}
    held = update(Outbox).where(
        Outbox.id == delivery.id, Outbox.state == "sending", Outbox.attempts == delivery.attempts
    )
    if session.execute(held.values(values).returning(Outbox.id)).first() is None:
        return False
    if parked:
        _tell(session, delivery, "dead", str(error)[:500], now)
    return parked


def backoff(attempts: int, jitter: float | None = None) -> timedelta:
    """Twice as long after every attempt, give or take a quarter, so that many failures do not come back at once."""
    spread = 0.75 + 0.5 * (random.random() if jitter is None else jitter)
    return min(_FIRST_DELAY * (2.0 ** (attempts - 1)) * spread, _LONGEST_DELAY)


def _delivery(session: Session, row: Outbox) -> Delivery:
    message = session.get_one(Message, row.message_id)
    conversation = session.get_one(Conversation, row.conversation_id)
    return Delivery(
        id=row.id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        channel=row.channel,
        address=row.address,
        attempts=row.attempts,
        content=message.content,
        author=message.author,
        language=conversation.language,
    )


def _tell(session: Session, delivery: Delivery, state: str, error: str | None, now: datetime) -> None:
    conversation = conversations.lock(session, delivery.conversation_id)
    changed = events.DeliveryChanged.model_validate({"message_id": delivery.message_id, "state": state, "error": error})
    events.append(session, conversation, changed, now, public=False)
