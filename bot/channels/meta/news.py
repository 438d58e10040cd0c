"""What a call of Meta's changes in the database beside the messages that it brings."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.meta.failures import refused
from bot.channels.meta.heard import Correlation, Heard, Told, correlation
from handoff import conversations, receipts
from handoff.database import Database
from handoff.model import Conversation, Identity
from handoff.troubles import again_when_undone
from handoff.whys import Reason
from handoff.wording import known_language


@again_when_undone
def sender_of(database: Database, channel: str, heard: Heard, now: datetime) -> str:
    """The language of her latest conversation. Who was known by her number is known by what names her for good from now on."""
    with database.read() as session:
        known = _identity(session, channel, heard.address)
        former = _identity(session, channel, heard.former) if heard.former and known is None else None
        language = _language(session, known or former)
    if former is not None:
        with database.write() as session:
            conversations.readdress(session, channel, heard.former, heard.address)
    return language


def note(database: Database, channel: str, told: Sequence[Told], now: datetime) -> None:
    """What became of our messages, each in a transaction of its own: they are of different conversations."""
    for one in told:
        for address in one.addresses:
            _note(database, channel, address, one, now)


@again_when_undone
def _note(database: Database, channel: str, address: str, told: Told, now: datetime) -> None:
    part = correlation(told.correlation)
    with database.write() as session:
        if told.error is not None:
            _failed(session, channel, address, told.provider_id, part, refused(told.error), now)
            return
        if part is not None and part.is_last:
            receipts.arrived(session, channel, address, told.provider_id, part.message_id, now, anew=part.anew)
        if told.up_to is not None:
            receipts.up_to(session, channel, address, told.up_to, now, read=told.state == "read")
        elif told.state == "read":
            receipts.read(session, channel, address, told.provider_id, now)
        elif told.state == "delivered":
            receipts.delivered(session, channel, address, told.provider_id, now)


def _failed(
    session: Session,
    channel: str,
    address: str,
    provider_id: str,
    part: Correlation | None,
    because: Reason,
    now: datetime,
) -> None:
    if part is None:
        receipts.failed(session, channel, address, provider_id, "", because, now)
        return
    given = (provider_id, part.message_id, because, now)
    receipts.failed(session, channel, address, *given, anew=part.anew, last=part.is_last)


def _identity(session: Session, channel: str, address: str) -> Identity | None:
    return session.scalar(select(Identity).where(Identity.channel == channel, Identity.address == address))


def _language(session: Session, identity: Identity | None) -> str:
    if identity is None:
        return known_language(None)
    query = select(Conversation.language).where(Conversation.identity_id == identity.id)
    return known_language(session.scalar(query.order_by(Conversation.created_at.desc()).limit(1)))
