"""Zalo's shapes: what an event holds for us, its signature, and how a message of ours becomes Zalo's. Pure functions."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.channels.numbered import listed
from bot.channels.splitting import cut, split
from bot.messages import RemoteFile, message_of

# Marked (?) in docs/guides/zalo.md: not in what Zalo publishes, confirmed by no account of ours.
LONGEST_TEXT = 2000  # (?) of one message; counted in UTF-16 units
MOST_BUTTONS = 5  # (?) of one message
LONGEST_TITLE = 100  # of a button
FREE_WINDOW = timedelta(hours=48)  # (?) after the shopper's last word, so long answers cost nothing,
FREE_REPLIES = 8  # (?) and so many at most; more of them are charged
PAID_WINDOW = timedelta(days=7)  # (?) after it only templates arrive
# Zalo repeats an event for twelve hours; what says that it is older, or of the future, is a replay.
OLDEST, CLOCKS_APART = timedelta(hours=24), timedelta(minutes=15)
LARGEST_EVENT = 64 * 1024  # bytes; an event is about one message
_TIMES_LOOKED_AT = 4
_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"?([0-9]{1,16})"?')
_DELIVERED, _SEEN = "user_received_message", "user_seen_message"
_FILES = ("image", "gif", "file", "audio", "video", "sticker")
_ATTACHED = (*_FILES, "link", "location", "business_card")

# ---- in -------------------------------------------------------------------------------------------------------------


class Malformed(Exception):
    """This is not an event as Zalo sends them."""


@dataclass(frozen=True)
class Heard:
    """What one event holds for us. `user` is the shopper; `ids` are the messages that it is about.

    A "text" has words or files, or both; of an "attachment" nothing can be taken in.
    """

    kind: Literal["text", "attachment", "delivered", "seen", "other"]
    at: datetime
    user: str = ""
    ids: tuple[str, ...] = ()
    text: str = ""
    files: tuple[RemoteFile, ...] = ()

    @property
    def pressed(self) -> str | None:
        """The id of a pressed button: Zalo sends it as if the shopper had written it."""
        return self.text if self.kind == "text" and not self.files and message_of(self.text) else None


_MessageId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,180}$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Person(_Shape):
    id: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,30}$")]


class _Place(_Shape):
    latitude: Annotated[float, Field(ge=-90, le=90)]  # Zalo writes both as text
    longitude: Annotated[float, Field(ge=-180, le=180)]


class _Inside(_Shape):
    url: Annotated[str, Field(max_length=4000)] | None = None
    name: Annotated[str, Field(max_length=1000)] | None = None  # files have one
    coordinates: _Place | None = None


class _Attachment(_Shape):
    type: Annotated[str, Field(max_length=60)]
    payload: _Inside | None = None


class _Message(_Shape):
    msg_id: _MessageId | None = None
    msg_ids: Annotated[tuple[_MessageId, ...], Field(max_length=200)] = ()
    text: Annotated[str, Field(max_length=20_000)] | None = None
    attachments: Annotated[tuple[_Attachment, ...], Field(max_length=100)] | None = None


class _Event(_Shape):
    app_id: str
    event_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,60}$")]
    timestamp: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}$")]
    sender: _Person | None = None
    recipient: _Person | None = None
    message: _Message | None = None


def is_signed(body: bytes, signature: str, app_id: str, secret: str) -> bool:
    """Whether the account's secret signed these very bytes.

    The signature is the SHA-256 of the app's id, the body, the event's own time and the secret. Because the time stands in the
    body, it is looked for there without reading the body as JSON. Nothing can be moved between body and time: what follows the
    body's last brace would make it no JSON.
    """
    given = signature.strip().lower().removeprefix("mac=").encode("utf-8", "replace")
    found = False
    for timestamp in dict.fromkeys(_TIMESTAMP.findall(body)[-_TIMES_LOOKED_AT:]):
        expected = sha256(app_id.encode() + body + timestamp + secret.encode()).hexdigest()
        found |= hmac.compare_digest(expected.encode(), given)
    return found


def parse(body: bytes, app_id: str) -> Heard:
    """What is for us in an event. Raises Malformed."""
    try:
        event = _Event.model_validate(json.loads(body))
        at = datetime.fromtimestamp(int(event.timestamp) / 1000, UTC)
    except (ArithmeticError, OSError, RecursionError, ValueError) as error:
        raise Malformed(type(error).__name__) from None
    if event.app_id != app_id:
        raise Malformed("of another app")
    return _heard(event, at)


def _heard(event: _Event, at: datetime) -> Heard:
    said, name = event.message, event.event_name
    if name in (_DELIVERED, _SEEN):
        if said is None or event.recipient is None:
            raise Malformed("a receipt without message or recipient")
        ids = said.msg_ids or ((said.msg_id,) if said.msg_id else ())
        return Heard("delivered" if name == _DELIVERED else "seen", at, event.recipient.id, ids)
    kind = name.removeprefix("user_send_")
    if kind == name or kind not in ("text", *_ATTACHED):
        return Heard("other", at)
    if said is None or said.msg_id is None or event.sender is None:
        raise Malformed("a message without its id or sender")
    attached = said.attachments or ()
    files = tuple(file for one in attached if (file := _file(one))) if kind in _FILES else ()
    words = "\n".join(filter(None, (said.text or "", *(_in_words(one, said.text or "") for one in attached))))
    return Heard("text" if words or files else "attachment", at, event.sender.id, (said.msg_id,), words, files)


def _file(attachment: _Attachment) -> RemoteFile | None:
    """What can be fetched; a sticker is a picture, and a voice message a sound."""
    inside = attachment.payload
    if inside is None or not inside.url:
        return None
    return RemoteFile(inside.url, inside.name or attachment.type)


def _in_words(attachment: _Attachment, beside: str) -> str:
    """A place as a link to a map, and a link itself unless it stands in the words already."""
    inside = attachment.payload
    if inside is None:
        return ""
    if inside.coordinates is not None:
        latitude, longitude = inside.coordinates.latitude, inside.coordinates.longitude
        return f"https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}"
    if attachment.type == "link" and inside.url and inside.url not in beside:
        return inside.url
    return ""


# ---- out ------------------------------------------------------------------------------------------------------------


def parts(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A stored content as Zalo's messages in order, the buttons under the last; empty when there is nothing to say."""
    text = str(content["text"])
    if "question" in content:  # the buttons below are answers to it
        text = f"{text}\n\n{content['question']}"
    buttons = [button for button in content.get("buttons", ()) if button["title"].strip()]
    if is_numbered(content):
        text = listed(text, content["buttons"])
    messages: list[dict[str, Any]] = [{"text": piece} for piece in split(text, LONGEST_TEXT)]
    if messages and buttons and not is_numbered(content):
        messages[-1]["attachment"] = {"type": "template", "payload": {"buttons": [_button(one) for one in buttons]}}
    return messages


def replies(content: Mapping[str, Any]) -> int:
    """As how many replies Zalo counts a stored content: its parts, and a message for each file. A template is none."""
    if content["type"] == "template":
        return 0
    return len(parts(content)) + len(content.get("attachments", ()))


def is_numbered(content: Mapping[str, Any]) -> bool:
    """Whether there are more buttons than Zalo draws, so that they are numbered in the text."""
    return len(content.get("buttons", ())) > MOST_BUTTONS


def _button(button: Mapping[str, str]) -> dict[str, str]:
    """It sends its payload as the shopper's words, and "hide" keeps them out of her sight."""
    return {"title": cut(button["title"].strip(), LONGEST_TITLE), "type": "oa.query.hide", "payload": button["id"]}
