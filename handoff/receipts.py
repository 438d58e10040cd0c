"""What providers say of a message after they took it: delivered, read, failed. They say it late, twice, and in any order."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from handoff import conversations, outbox
from handoff.model import Conversation, Identity, Outbox
from handoff.outside import kept_id
from handoff.whys import Reason

# A provider names the time at which it got a message; what we call "sent" is when its answer was back.
_ON_THE_WAY = timedelta(seconds=30)
_AT_ONCE = 200  # messages that one word of a provider can be about


def delivered(session: Session, channel: str, address: str, provider_id: str, now: datetime) -> bool:
    """The message reached the shopper's device. Returns whether that was new."""
    found = _find(session, channel, address, Outbox.provider_id == kept_id(provider_id))
    return found is not None and _note(session, found, now, read=False)


def read(session: Session, channel: str, address: str, provider_id: str, now: datetime) -> bool:
    """The shopper has seen the message, so it was delivered too. Returns whether that was new."""
    found = _find(session, channel, address, Outbox.provider_id == kept_id(provider_id))
    return found is not None and _note(session, found, now, read=True)


def up_to(session: Session, channel: str, address: str, moment: datetime, now: datetime, *, read: bool) -> int:
    """Everything that the provider had by then was delivered, or read. Returns of how many messages that was new."""
    until = (Outbox.created_at <= moment) & (Outbox.sent_at <= moment + _ON_THE_WAY)
    open_still = Outbox.read_at.is_(None) if read else (Outbox.delivered_at.is_(None) & Outbox.read_at.is_(None))
    query = _of(channel, address).where(until, open_still, Outbox.state == "sent")
    rows = session.scalars(query.order_by(Outbox.id).limit(_AT_ONCE)).all()
    return sum(_note(session, row, now, read=read) for row in rows)


def arrived(
    session: Session,
    channel: str,
    address: str,
    provider_id: str,
    message_id: str,
    now: datetime,
    *,
    anew: int | None = None,
) -> bool:
    """The provider has the message although its answer was lost: it is not sent again. Returns whether that was new.

    `anew` is the number of the sending, where the provider gives it back; of an earlier one it says nothing (Outbox.anew).
    """
    row = _held(session, _find(session, channel, address, Outbox.message_id == message_id))
    if row is None or anew not in (None, row.anew):
        return False
    if row.sent_at is not None or not (row.uncertain or row.state == "sending"):
        return False
    row.provider_id, row.sent_at = kept_id(provider_id), now
    if row.state == "sending":  # its worker settles it, and finds that it was sent
        session.flush()
        return True
    row.state, row.why, row.error, row.lease_until = "sent", None, None, None
    session.flush()
    outbox.tell(session, row, outbox.how_far(row), now)
    return True


def failed(
    session: Session,
    channel: str,
    address: str,
    provider_id: str,
    message_id: str,
    because: Reason,
    now: datetime,
    *,
    anew: int | None = None,
    last: bool = True,
) -> bool:
    """The provider took the message and could not deliver it: it is parked where a person sees it. Whether that was new.

    `message_id` is ours, where the provider gives it back: of a message in parts it knows each by an id of its own. `anew`
    is the number of the sending (None: it does not give it back), and `last` whether the part was the message's last, whose
    id and whose ticks we know. Nothing that was sent of it counts any more: when it goes out again, all of it does.
    """
    row = _find(session, channel, address, Outbox.message_id == message_id) if message_id else None
    row = _held(session, row or _find(session, channel, address, Outbox.provider_id == kept_id(provider_id)))
    if row is None or _is_old(row, anew) or (last and _is_of_another_copy(row, provider_id)):
        return False
    state, row.anew = row.state, row.anew + 1
    row.sent_at = row.provider_id = row.delivered_at = row.read_at = None
    if state != "dead":  # else a person sees it already, with its reason
        row.why, row.error = because.why, outbox.shown(because.said)
    if state in ("queued", "sent"):  # while it is sent its worker settles it, and parks it for this reason
        row.state = "dead"
        session.flush()
        outbox.tell(session, row, "dead", now)
    return True


def _is_old(row: Outbox, anew: int | None) -> bool:
    """Whether a failure is of something that was sent before. Without the number: of what is not on its way."""
    return row.anew != anew if anew is not None else row.state not in ("sending", "sent")


def _is_of_another_copy(row: Outbox, provider_id: str) -> bool:
    """Whether she has the message all the same: its answer was lost once, so that it went out twice."""
    if row.delivered_at is not None or row.read_at is not None:
        return True
    return bool(provider_id) and row.state == "sent" and row.provider_id not in (None, kept_id(provider_id))


def delayed(session: Session, channel: str, address: str, message_id: str, because: Reason, now: datetime) -> bool:
    """The message is late, and still tried elsewhere: a remark for agents, no failure. Returns whether that was new."""
    row = _held(session, _find(session, channel, address, Outbox.message_id == message_id))
    if row is None or row.state != "sent" or row.delivered_at is not None or row.read_at is not None:
        return False
    row.why, row.error = because.why, outbox.shown(because.said)
    session.flush()
    outbox.tell(session, row, "sent", now)
    return True


def _of(channel: str, address: str) -> Select[Outbox]:
    """What was sent to this address, or to whoever has it now."""
    return (
        select(Outbox)
        .join(Conversation, Conversation.id == Outbox.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Outbox.channel == channel, or_(Identity.address == address, Outbox.address == address))
        .execution_options(populate_existing=True)
    )


def _find(session: Session, channel: str, address: str, which: ColumnElement[bool]) -> Outbox | None:
    """An id that no message to this address has is ignored, whoever made it up."""
    return session.scalar(_of(channel, address).where(which).order_by(Outbox.id.desc()).limit(1))


def _held(session: Session, found: Outbox | None) -> Outbox | None:
    """The row as it is, under its conversation's lock and its own: workers take rows without the conversation's."""
    if found is None:
        return None
    conversations.lock(session, found.conversation_id)
    return session.get(Outbox, found.id, populate_existing=True, with_for_update=True)


def _note(session: Session, found: Outbox, now: datetime, *, read: bool) -> bool:
    """Never backwards."""
    row = _held(session, found)
    if row is None or row.read_at is not None or (row.delivered_at is not None and not read):
        return False
    row.delivered_at = row.delivered_at or now
    row.read_at = now if read else None
    session.flush()
    outbox.tell(session, row, "read" if read else "delivered", now)
    return True
