"""Files that shoppers sent and that are still at their channel's provider: each is a row until it is here, or given up.

Its message is stored at once and says that the file is coming; an event puts the file, or that it failed, in that place.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from handoff import attachments, conversations, events
from handoff.attachments import Examined
from handoff.file_kinds import plain_name, taken
from handoff.media_model import FileFetch
from handoff.model import Conversation, Message
from handoff.outbox import MOST_ATTEMPTS, backoff

LEASE = timedelta(seconds=60)
WAITED_FOR = timedelta(days=6)  # providers keep what shoppers sent for about a week
MOST_AT_ONCE = 30  # of a conversation: who sends more than can be fetched fills no disk
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Fetch:
    """One leased row."""

    id: str
    conversation_id: str
    channel: str
    ref: str
    name: str
    attempts: int
    language: str


@dataclass(frozen=True)
class Expected:
    """A file as its sender names it; `ref` is what its channel fetches it by."""

    ref: str
    name: str
    media_type: str


def placeholder(file: Expected, *, state: str = "coming") -> dict[str, Any]:
    """A file that is not here, as messages name it. What its sender says of it is shown, and nothing is done by it."""
    return {
        "id": attachments.new_id(),
        "name": plain_name(file.name)[:_LONGEST_NAME] or "file",
        "media_type": file.media_type if taken(file.media_type) else "",
        "size": None,
        "width": None,
        "height": None,
        "state": state,
    }


def has_room(session: Session, conversation_id: str, count: int) -> bool:
    """Whether so many more files may be owed to a conversation."""
    owed = select(func.count()).select_from(FileFetch).where(FileFetch.conversation_id == conversation_id)
    return (session.scalar(owed) or 0) + count <= MOST_AT_ONCE


def owe(
    session: Session,
    message: Message,
    channel: str,
    files: Sequence[tuple[Expected, dict[str, Any]]],
    now: datetime,
) -> None:
    """Promise to fetch what stands in the message's content as coming."""
    for file, shown in files:
        row = FileFetch(id=shown["id"], conversation_id=message.conversation_id, message_id=message.id)
        row.channel, row.ref, row.name = channel, file.ref, shown["name"]
        row.attempts, row.not_before, row.created_at = 0, now, now
        session.add(row)
    session.flush()


def is_due(session: Session, now: datetime) -> bool:
    """Whether there may be something to take."""
    return session.scalar(select(FileFetch.id).where(_is_due(now)).limit(1)) is not None


def take(session: Session, now: datetime, count: int, besides: Collection[str] = ()) -> list[Fetch]:
    """Lease up to `count` due rows, besides those that the worker is still fetching."""
    due = select(FileFetch).where(_is_due(now), FileFetch.id.not_in(besides))
    rows = session.scalars(due.order_by(FileFetch.not_before).limit(count).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.lease_until, row.attempts = now + LEASE, row.attempts + 1
    session.flush()
    return [_fetch(session, row) for row in rows]


def _is_due(now: datetime) -> ColumnElement[bool]:
    """What was created in the future was created before the clock was set back: its times mean nothing any more."""
    waits = (FileFetch.not_before <= now) | (FileFetch.created_at > now)
    return waits & (FileFetch.lease_until.is_(None) | (FileFetch.lease_until < now))


def renew(session: Session, held: Sequence[Fetch], now: datetime) -> None:
    """Say that the worker that took these is still fetching them."""
    for fetch in held:
        mine = update(FileFetch).where(FileFetch.id == fetch.id, FileFetch.attempts == fetch.attempts)
        session.execute(mine.values(lease_until=now + LEASE).execution_options(synchronize_session=False))


def take_over(session: Session, now: datetime) -> None:
    """End all leases: their holders are known to be dead."""
    session.execute(update(FileFetch).where(FileFetch.lease_until.is_not(None)).values(lease_until=None))


def came(session: Session, fetch: Fetch, file: Examined, now: datetime) -> bool:
    """Keep the file and show it in its message. False when it is no longer owed: erased, or settled by another worker."""
    row = _held(session, fetch)
    if row is None:
        return False
    kept = attachments.keep(session, row.id, row.conversation_id, row.message_id, None, file, now)
    _settle(session, row, attachments.shown(kept), now)
    return True


def failed(session: Session, fetch: Fetch, now: datetime, *, permanent: bool, after: timedelta | None = None) -> bool:
    """Plan the next try, or give the file up and say so in its message. Returns whether it was given up just now.

    A provider that asks to wait (`after`) has not failed, and neither has a channel that is off for a while; but nothing is
    waited for longer than WAITED_FOR.
    """
    row = _held(session, fetch)
    if row is None:
        return False
    waits = after is not None and now - row.created_at < WAITED_FOR
    if not permanent and (waits or row.attempts < MOST_ATTEMPTS):
        row.lease_until, row.not_before = None, now + (backoff(row.attempts) if after is None else after)
        row.attempts -= waits
        session.flush()
        return False
    known = session.get_one(Message, row.message_id).content["attachments"]
    shown = next(one for one in known if one["id"] == row.id)
    _settle(session, row, shown | {"state": "failed"}, now)
    return True


def _held(session: Session, fetch: Fetch) -> FileFetch | None:
    """The row, with its conversation, while the worker that took this has it."""
    if conversations.find_and_lock(session, fetch.conversation_id) is None:
        return None
    mine = select(FileFetch).where(FileFetch.id == fetch.id, FileFetch.attempts == fetch.attempts)
    return session.scalar(mine.with_for_update().execution_options(populate_existing=True))


def _settle(session: Session, row: FileFetch, file: dict[str, Any], now: datetime) -> None:
    """The message shows this in the file's place, and nothing is owed any more."""
    message = session.get_one(Message, row.message_id, populate_existing=True)
    files = [file if one["id"] == row.id else one for one in message.content["attachments"]]
    message.content = message.content | {"attachments": files}
    conversation = session.get_one(Conversation, row.conversation_id)
    events.append(session, conversation, events.FileChanged(message_id=message.id, file=file), now, public=True)
    session.execute(delete(FileFetch).where(FileFetch.id == row.id))
    session.flush()


def _fetch(session: Session, row: FileFetch) -> Fetch:
    language = session.get_one(Conversation, row.conversation_id).language
    return Fetch(row.id, row.conversation_id, row.channel, row.ref, row.name, row.attempts, language)
