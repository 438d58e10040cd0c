"""Limits on looking orders up, so that the bot is no way to find out whose order is whose."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff import search
from handoff.model import Conversation, Identity, OrderLookup
from handoff.settings import HandoffSettings


@dataclass(frozen=True)
class Allowance:
    """How many wrong tries this shopper has left, and which orders nobody may try for now."""

    left: int
    locked: tuple[str, ...]


def allowance(session: Session, conversation: Conversation, settings: HandoffSettings, now: datetime) -> Allowance:
    """Counted by shopper, whatever the conversation, and by order, whoever tried."""
    since = now - settings.order_lookup_window
    wrong = (OrderLookup.at > since) & OrderLookup.found.is_(False)
    contact_id = session.scalar(select(Identity.contact_id).where(Identity.id == conversation.identity_id))
    mine = select(func.count()).select_from(OrderLookup).where(wrong, OrderLookup.contact_id == contact_id)
    tried_out = (
        select(OrderLookup.order_number)
        .where(wrong)
        .group_by(OrderLookup.order_number)
        .having(func.count() >= 2 * settings.order_lookups)
    )
    left = settings.order_lookups - int(session.scalar(mine) or 0)
    return Allowance(max(left, 0), tuple(session.scalars(tried_out.limit(500))))


def record(session: Session, conversation: Conversation, order_number: str, found: bool, now: datetime) -> None:
    """Remember one attempt."""
    identity = session.get_one(Identity, conversation.identity_id)
    session.add(
        OrderLookup(
            conversation_id=conversation.id,
            contact_id=identity.contact_id,
            order_number=order_number[:20],
            found=found,
            at=now,
        )
    )
    search.know(session, conversation.id)
