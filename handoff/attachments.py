"""Files in conversations: taken in after a look at their bytes, bound to one conversation, and sent with a message."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from handoff import clamd, pictures
from handoff.desk_model import Attachment, AttachmentContent
from handoff.file_kinds import PICTURES, clean_name, kind_of
from handoff.model import Conversation, Message

MOST_IN_A_MESSAGE = 10
_MOST_UNSENT = 20  # of one side of a conversation: who uploads and never sends fills no disk
UNSENT_KEPT = timedelta(days=1)

Cause = Literal["empty", "too_large", "kind", "picture", "harmful", "scanner", "too_many", "unknown"]


class RefusedFile(Exception):
    """A file that is not taken. Pages have their own words for the cause; `str()` is for logs and the API."""

    def __init__(self, cause: Cause, words: str) -> None:
        super().__init__(words)
        self.cause = cause


@dataclass(frozen=True)
class Examined:
    """A file that may be kept. Width and height in pixels, of pictures only."""

    name: str
    media_type: str
    data: bytes
    width: int | None = None
    height: int | None = None


def examine(data: bytes, name: str, largest: int, scanner: str = "") -> Examined:
    """Look at a file before it is kept; pictures are encoded anew. Takes long for large pictures: not on the event loop.

    Raises:
        RefusedFile
    """
    if not data:
        raise RefusedFile("empty", "The file is empty.")
    if len(data) > largest:
        raise RefusedFile("too_large", f"The file has {len(data)} bytes; at most {largest} are taken.")
    media_type = kind_of(data, name)
    if media_type is None:
        raise RefusedFile(
            "kind", "Taken are PNG, JPEG, WebP and GIF pictures, PDF, plain text, CSV, MP4, M4A, AAC and OGG."
        )
    _scan(data, scanner)
    shown = clean_name(name, media_type)
    if media_type not in PICTURES:
        return Examined(shown, media_type, data)
    try:
        picture = pictures.encode_anew(data, media_type)
    except pictures.BadPicture as error:
        raise RefusedFile("picture", f"The picture cannot be read: {error}.") from None
    return Examined(shown, media_type, picture.data, picture.width, picture.height)


def _scan(data: bytes, scanner: str) -> None:
    if not scanner:
        return
    try:
        harm = clamd.found_in(data, scanner)
    except clamd.ScannerAway as error:
        raise RefusedFile("scanner", str(error)) from error
    if harm is not None:
        raise RefusedFile("harmful", f"The virus scanner calls it {harm}.")


def add(
    session: Session, conversation: Conversation, agent_id: str | None, file: Examined, now: datetime
) -> Attachment:
    """Keep a file that is not sent yet. `agent_id` is None for the shopper's. The caller holds the conversation.

    Raises:
        RefusedFile: too many wait to be sent.
    """
    unsent = select(func.count()).select_from(Attachment).where(*_unsent(conversation.id, agent_id))
    if (session.scalar(unsent) or 0) >= _MOST_UNSENT:
        raise RefusedFile("too_many", f"{_MOST_UNSENT} files wait to be sent already; send them first.")
    return keep(session, new_id(), conversation.id, None, agent_id, file, now)


def new_id() -> str:
    """An id for a file that nobody guesses."""
    return secrets.token_urlsafe(32)


def keep(
    session: Session,
    file_id: str,
    conversation_id: str,
    message_id: str | None,
    agent_id: str | None,
    file: Examined,
    now: datetime,
) -> Attachment:
    """Store a file. The caller holds the conversation."""
    row = Attachment(
        id=file_id,
        conversation_id=conversation_id,
        message_id=message_id,
        agent_id=agent_id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.data),
        sha256=hashlib.sha256(file.data).hexdigest(),
        width=file.width,
        height=file.height,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add(AttachmentContent(attachment_id=row.id, data=file.data))
    session.flush()
    return row


def unsent(session: Session, conversation: Conversation, agent_id: str | None, ids: Sequence[str]) -> list[Attachment]:
    """The files that go with the next message, in the order of `ids`; each only once, and only of who put them there.

    Raises:
        RefusedFile: one of them is not there (any more), was sent, or is somebody else's.
    """
    if len(ids) > MOST_IN_A_MESSAGE or len(set(ids)) < len(ids):
        raise RefusedFile("too_many", f"A message takes up to {MOST_IN_A_MESSAGE} files.")
    query = select(Attachment).where(Attachment.id.in_(ids), *_unsent(conversation.id, agent_id)).with_for_update()
    found = {row.id: row for row in session.scalars(query)}
    if len(found) < len(ids):
        raise RefusedFile("unknown", "One of the files is not there any more; attach it again.")
    return [found[one] for one in ids]


def send_with(message_id: str, files: Sequence[Attachment]) -> None:
    """Bind files to the message that shows them, after it is stored."""
    for file in files:
        file.message_id = message_id


def discard(session: Session, conversation_id: str, agent_id: str | None, attachment_id: str) -> None:
    """Throw away a file that was not sent. One that is not there needs no throwing away."""
    session.execute(delete(Attachment).where(Attachment.id == attachment_id, *_unsent(conversation_id, agent_id)))


def shown(file: Attachment) -> dict[str, Any]:
    """A file as messages name it. Width and height in pixels, size in bytes."""
    facts = {"id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size}
    return facts | {"width": file.width, "height": file.height}


def in_words(message: Mapping[str, Any]) -> str:
    """A message's content in a line: its text, else the names of its files."""
    return str(message.get("text", "")) or ", ".join(file["name"] for file in message.get("attachments", ()))


def content(session: Session, attachment_id: str) -> tuple[Attachment, bytes] | None:
    """A file with its bytes. Who may see it is for the caller to decide."""
    found = session.get(Attachment, attachment_id)
    kept = session.get(AttachmentContent, attachment_id)
    return (found, kept.data) if found is not None and kept is not None else None


def is_shoppers(session: Session, file: Attachment) -> bool:
    """Whether the shopper may see a file of her conversation: what she put there, and what agents sent her, not their notes."""
    if file.agent_id is None:
        return True
    message = session.get(Message, file.message_id) if file.message_id is not None else None
    return message is not None and not message.note


def sweep(session: Session, now: datetime) -> None:
    """Delete what was never sent."""
    session.execute(
        delete(Attachment).where(Attachment.message_id.is_(None), Attachment.created_at <= now - UNSENT_KEPT)
    )


def _unsent(conversation_id: str, agent_id: str | None) -> tuple[Any, ...]:
    whose = Attachment.agent_id.is_(None) if agent_id is None else Attachment.agent_id == agent_id
    return Attachment.conversation_id == conversation_id, whose, Attachment.message_id.is_(None)
