"""What providers say of a message after they took it: delivered, read. They say it late, twice, and in any order."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import conversations, outbox
from handoff.model import Conversation, Identity, Outbox
from handoff.outside import kept_id


def delivered(session: Session, channel: str, address: str, provider_id: str, now: datetime) -> bool:
    """The message reached the shopper's device. Returns whether that was new."""
    return _note(session, channel, address, provider_id, now, read=False)


def read(session: Session, channel: str, address: str, provider_id: str, now: datetime) -> bool:
    """The shopper has seen the message, so it was delivered too. Returns whether that was new."""
    return _note(session, channel, address, provider_id, now, read=True)


def _note(session: Session, channel: str, address: str, provider_id: str, now: datetime, *, read: bool) -> bool:
    """Never backwards. An id that no message to this address has is ignored, whoever made it up."""
    query = (
        select(Outbox)
        .join(Conversation, Conversation.id == Outbox.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Identity.channel == channel, Identity.address == address, Outbox.provider_id == kept_id(provider_id))
        .order_by(Outbox.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    found = session.scalar(query)
    if found is None:
        return False
    conversations.lock(session, found.conversation_id)
    row = session.get_one(Outbox, found.id, populate_existing=True)
    if row.read_at is not None or (row.delivered_at is not None and not read):
        return False
    row.delivered_at = row.delivered_at or now
    row.read_at = now if read else None
    session.flush()
    outbox.tell(session, row, "read" if read else "delivered", None, now)
    return True
