"""The outbox: every message to a shopper is a row here, written in the transaction that created the message.

What providers say of a message afterwards is in handoff/receipts.py, what cannot be delivered in handoff/dead_letters.py.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import Session, aliased

from handoff import conversations, events
from handoff.left_model import LeftMessage
from handoff.model import Conversation, Identity, Message, Outbox
from handoff.outside import kept_id
from handoff.whys import Why
from handoff.windows import Windows, is_open

# A worker renews its leases while it sends: after so long the delivery of a desk that died is tried again by another one.
LEASE = timedelta(seconds=20)
MOST_ATTEMPTS = 8  # in a row; with the delays below about twenty minutes
# Browsers fetch their events themselves: storing the message is delivering it, and nothing can fail in between.
FETCHED_CHANNELS = frozenset({"web"})
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=10)


class TransportError(Exception):
    """A channel could not deliver. `permanent` errors are parked at once; the others are tried again later.

    `why` is what agents read, in their language; `said` are the provider's own words, which are shown as they are.
    `retry_after` is what the provider asked for. `uncertain` says that the provider may have the message all the same: the
    request was sent, and no answer came.
    """

    def __init__(
        self,
        why: Why,
        said: str = "",
        *,
        permanent: bool,
        retry_after: timedelta | None = None,
        uncertain: bool = False,
    ) -> None:
        super().__init__(f"{why}: {said}" if said else why)
        self.why, self.said = why, said
        self.permanent, self.retry_after, self.uncertain = permanent, retry_after, uncertain


@dataclass(frozen=True)
class Sent:
    """A provider took a message. `why` is what agents should know of how, such as a file that went as a link.

    `said` are the provider's own words on that.
    """

    provider_id: str | None
    why: Why | None = None
    said: str = ""


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
    anew: int = 0  # as Outbox.anew when it was taken


def enqueue(session: Session, conversation: Conversation, message: Message, now: datetime) -> None:
    """Promise that `message` reaches the shopper."""
    identity = session.get_one(Identity, conversation.identity_id)
    channel, address = identity.channel, identity.address
    if channel in FETCHED_CHANNELS and message.author == "agent":
        left = session.get(LeftMessage, conversation.id)
        if left is not None and left.ended_at is None and left.email:  # she does not sit before the chat
            channel, address = "email", left.email
    fetched = channel in FETCHED_CHANNELS
    session.add(
        Outbox(
            conversation_id=conversation.id,
            message_id=message.id,
            channel=channel,
            address=address,
            state="sent" if fetched else "queued",
            not_before=now,
            created_at=now,
            sent_at=now if fetched else None,
        )
    )


def enqueue_within(
    session: Session, conversation: Conversation, message: Message, windows: Windows, now: datetime
) -> None:
    """Promise that what no person has written reaches the shopper, unless her channel would refuse it: she wrote too long ago.

    Then it stays in the conversation, where agents see that it was not sent, and nothing is on its way.
    """
    if is_open(windows, session.get_one(Identity, conversation.identity_id), now):
        enqueue(session, conversation, message, now)
        return
    withheld = events.DeliveryChanged(message_id=message.id, state="withheld", error=None)
    events.append(session, conversation, withheld, now, public=False)


def is_due(session: Session, now: datetime, channels: Collection[str] | None = None) -> bool:
    """Whether there may be something to take: asked without writing, for whoever is woken more often than there is work."""
    return session.scalar(select(Outbox.id).where(_is_due(now), _of(channels)).limit(1)) is not None


def take(
    session: Session,
    now: datetime,
    count: int,
    besides: Collection[int] = (),
    channels: Collection[str] | None = None,
) -> list[Delivery]:
    """Lease up to `count` due rows: of each conversation only the oldest, so that order holds even when one waits.

    A lease that ran out makes the message uncertain: its worker may have sent it before it died. `besides` are the ids of
    deliveries that the worker is still sending, however old their leases are. `channels` are those that run here: what is
    for a channel that is switched off waits, untouched, until it is on again.
    """
    earlier = aliased(Outbox)
    due = (
        select(Outbox)
        .where(
            _is_due(now),
            _of(channels),
            Outbox.id.not_in(besides),
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
        row.uncertain = row.uncertain or row.state == "sending"
        row.state, row.lease_until, row.attempts = "sending", now + LEASE, row.attempts + 1
    session.flush()
    return [_delivery(session, row) for row in rows]


def _is_due(now: datetime) -> ColumnElement[bool]:
    """What was created in the future was created before the clock was set back: its times mean nothing any more."""
    waits = (Outbox.state == "queued") & ((Outbox.not_before <= now) | (Outbox.created_at > now))
    return waits | ((Outbox.state == "sending") & (Outbox.lease_until < now))


def _of(channels: Collection[str] | None) -> ColumnElement[bool]:
    return true() if channels is None else Outbox.channel.in_(channels)


def waiting(session: Session) -> dict[str, int]:
    """How many messages are not delivered yet, by channel."""
    open_rows = select(Outbox.channel, func.count()).where(Outbox.state.in_(("queued", "sending")))
    return {row[0]: row[1] for row in session.execute(open_rows.group_by(Outbox.channel))}


def renew(session: Session, held: Sequence[Delivery], now: datetime) -> None:
    """Say that the worker that took these is still sending them. A lease that went to another worker stays there."""
    for delivery in held:
        its = (Outbox.id == delivery.id) & (Outbox.state == "sending") & (Outbox.attempts == delivery.attempts)
        longer = update(Outbox).where(its).values(lease_until=now + LEASE)
        session.execute(longer.execution_options(synchronize_session=False))


def take_over(session: Session, now: datetime) -> int:
    """End all leases: their holders are known to be dead. Returns how many there were."""
    ended = update(Outbox).where(Outbox.state == "sending").values(lease_until=now - LEASE)
    return len(session.execute(ended.returning(Outbox.id)).all())


def sent(session: Session, delivery: Delivery, outcome: str | Sent | None, now: datetime) -> None:
    """The provider accepted the message; the outcome is its id for it, with a remark perhaps.

    When another worker has it by now, that one settles it: the next message must not overtake what is still in flight.
    """
    if conversations.find_and_lock(session, delivery.conversation_id) is None:
        return  # erased meanwhile, with all that was to be said in it
    row = _locked(session, delivery.id)
    if row is None or row.anew != delivery.anew:
        _park_if_void(session, row, delivery, now)
        return
    done, holds = outcome if isinstance(outcome, Sent) else Sent(outcome), _holds(row, delivery)
    if not holds and row.sent_at is not None:
        return
    row.uncertain = row.uncertain or not holds
    row.provider_id = kept_id(done.provider_id) if done.provider_id is not None else None
    row.sent_at = now
    if holds or row.state in ("queued", "dead"):
        row.state, row.lease_until, row.why, row.error = "sent", None, done.why, shown(done.said)
        session.flush()
        tell(session, row, how_far(row), now)


def failed(session: Session, delivery: Delivery, error: TransportError, now: datetime) -> bool:
    """Plan the next attempt, or park the message where a person sees it. Returns whether it was parked.

    Nothing changes when the lease ran out meanwhile and another worker took the message up, or when it was erased.
    """
    conversations.find_and_lock(session, delivery.conversation_id)
    row = _locked(session, delivery.id)
    if row is None or row.anew != delivery.anew or not _holds(row, delivery):
        return _park_if_void(session, row, delivery, now)
    row.lease_until, row.uncertain = None, row.uncertain or error.uncertain
    row.why, row.error = error.why, shown(error.said)
    if row.sent_at is not None:  # a worker that had lost its lease got it through
        row.state, row.why, row.error = "sent", None, None
    elif error.retry_after is not None and not error.permanent:
        # A provider that asks to wait has not failed.
        row.state, row.not_before, row.attempts = "queued", now + error.retry_after, row.attempts - 1
    elif error.permanent or row.attempts % MOST_ATTEMPTS == 0:
        row.state = "dead"
    else:
        row.state, row.not_before = "queued", now + backoff(row.attempts % MOST_ATTEMPTS)
    session.flush()
    if row.state in ("sent", "dead"):
        tell(session, row, how_far(row) if row.state == "sent" else "dead", now)
    return row.state == "dead"


def _park_if_void(session: Session, row: Outbox | None, delivery: Delivery, now: datetime) -> bool:
    """Park what the provider has said meanwhile that it cannot deliver, for the reason that it gave. Whether it was parked."""
    if row is None or row.anew == delivery.anew or not _holds(row, delivery):
        return False
    row.state, row.lease_until = "dead", None
    session.flush()
    tell(session, row, "dead", now)
    return True


def how_far(row: Outbox) -> events.DeliveryState:
    """How far a message has come that the provider has. What she does with it can be known before our own call is over."""
    if row.read_at is not None:
        return "read"
    return "delivered" if row.delivered_at is not None else "sent"


def shown(said: str) -> str | None:
    """A provider's words as they are kept: PostgreSQL cannot store a NUL, and nobody reads a page of them."""
    return said.replace("\0", "")[:500] or None


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
        anew=row.anew,
    )


def _holds(row: Outbox, delivery: Delivery) -> bool:
    """Whether the worker that took this delivery has the row still."""
    return row.state == "sending" and row.attempts == delivery.attempts


def _locked(session: Session, outbox_id: int) -> Outbox | None:
    return session.get(Outbox, outbox_id, populate_existing=True, with_for_update=True)


def tell(session: Session, row: Outbox, state: events.DeliveryState, now: datetime) -> None:
    """An event for agents, with what the row says of why. The caller holds the conversation's lock."""
    conversation = session.get_one(Conversation, row.conversation_id)
    about = {"why": row.why, "error": row.error, "uncertain": row.uncertain}
    changed = events.DeliveryChanged.model_validate({"message_id": row.message_id, "state": state} | about)
    events.append(session, conversation, changed, now, public=False)
