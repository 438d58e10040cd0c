"""Messages that could not be delivered: people see them, and send them again or give them up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff import conversations, outbox
from handoff.model import Audit, Contact, Conversation, Identity, Message, Outbox
from handoff.outbox import MOST_ATTEMPTS
from handoff.whys import Why


class NotDead(Exception):
    """The message is on its way again, has arrived, or was given up: there is nothing left to decide."""


class UnknownDelivery(Exception):
    """There is no such message on its way."""


@dataclass(frozen=True)
class DeadLetter:
    """One parked message, with what a person needs to decide."""

    id: int
    conversation_id: str
    message_id: str
    channel: str
    name: str
    author: str
    text: str
    why: Why | None  # none of what was parked before faqdesk kept it apart from what the provider said
    error: str
    attempts: int
    uncertain: bool
    created_at: datetime


def parked(session: Session, limit: int = 200) -> list[DeadLetter]:
    """The oldest first, in the order in which they would be sent again."""
    query = (
        select(Outbox, Message, Contact.name)
        .join(Message, Message.id == Outbox.message_id)
        .join(Conversation, Conversation.id == Outbox.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Contact, Contact.id == Identity.contact_id)
        .where(Outbox.state == "dead")
        .order_by(Outbox.id)
        .limit(limit)
    )
    return [
        DeadLetter(
            id=row.id,
            conversation_id=row.conversation_id,
            message_id=row.message_id,
            channel=row.channel,
            name=name,
            author=message.author,
            text=str(message.content["text"]),
            why=row.why,
            error=row.error or "",
            attempts=row.attempts,
            uncertain=row.uncertain,
            created_at=row.created_at,
        )
        for row, message, name in session.execute(query)
    ]


def count(session: Session) -> int:
    """How many messages are parked."""
    return int(session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == "dead")) or 0)


def of_conversation(session: Session, conversation_id: str) -> dict[str, int]:
    """Of a conversation's parked messages: the number of the delivery, by which it is decided on, for each message's id."""
    found = select(Outbox.message_id, Outbox.id)
    found = found.where(Outbox.conversation_id == conversation_id, Outbox.state == "dead")
    return dict(session.execute(found).tuples().all())


def replay(session: Session, outbox_id: int, actor: str, now: datetime) -> None:
    """Try again, as patiently as the first time; before everything of the conversation that waits and is younger.

    Raises:
        NotDead, UnknownDelivery.
    """
    row = _dead(session, outbox_id)
    # Rounded up instead of begun anew: the number of attempts also tells a worker's lease from an older one.
    row.attempts = -(-row.attempts // MOST_ATTEMPTS) * MOST_ATTEMPTS
    row.state, row.not_before = "queued", now
    _record(session, row, "replay", actor, now)
    row.why = row.error = None
    session.flush()
    outbox.tell(session, row, "queued", now)


def give_up(session: Session, outbox_id: int, actor: str, now: datetime) -> None:
    """Stop trying. The message stays in the conversation, where its events say that it did not arrive.

    Raises:
        NotDead, UnknownDelivery.
    """
    row = _dead(session, outbox_id)
    _record(session, row, "drop_delivery", actor, now)
    outbox.tell(session, row, "dropped", now)
    session.delete(row)
    session.flush()


def _dead(session: Session, outbox_id: int) -> Outbox:
    known = session.get(Outbox, outbox_id)
    if known is None:
        raise UnknownDelivery(f"there is no message number {outbox_id} on its way")
    conversations.lock(session, known.conversation_id)
    row = session.get(Outbox, outbox_id, populate_existing=True, with_for_update=True)
    if row is None or row.state != "dead":
        raise NotDead(f"message number {outbox_id} is not parked any more; somebody else decided, or it has arrived")
    return row


def _record(session: Session, row: Outbox, act: str, actor: str, now: datetime) -> None:
    details = {"message": row.message_id, "why": row.why, "error": row.error, "attempts": row.attempts}
    session.add(Audit(at=now, actor=actor, act=act, conversation_id=row.conversation_id, details=details))
    session.flush()
