"""Messages that belong to no channel: what comes in, what goes out, and the buttons between."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from handoff.attachments import Examined
from handoff.left_messages import Leaving
from handoff.model import Conversation, Message

_BUTTON_ID = re.compile(r"(?P<message>[0-9a-f]{32})\.[0-9]{1,3}")
LONGEST_TEXT = 5_000  # characters of one shopper message


class UnreadableMessage(Exception):
    """A message that cannot be taken in; the words say why and what to do, the cause lets channels say it in their own."""

    def __init__(self, cause: Literal["empty", "too_long", "old_button"], words: str) -> None:
        super().__init__(words)
        self.cause = cause


class UnknownSender(Exception):
    """Whoever wrote was admitted by her channel, and is not known any more: she was erased, and has to begin anew."""


@dataclass(frozen=True)
class RemoteFile:
    """A file that a shopper sent and the provider still has. `ref` is what its channel fetches it by: an id, or an address.

    Name and media type are what the sender says: shown until the file is here, and believed by nobody.
    """

    ref: str
    name: str = ""
    media_type: str = ""


@dataclass(frozen=True)
class Inbound:
    """One thing that a shopper sent. `external_id` is the channel's own id for it; `button_id` is set for a press.

    `language` is what the channel knows of the shopper's language, such as the page's; "" when nothing. `admitted` says that
    the channel lets shoppers in before they write; on the others whoever writes first becomes known by it. `enclosed` are
    files that came with it. `beside` stores what the channel keeps with the message, in the same transaction. With `leaving`
    she does not wait for the answer; `wants_call` says that she wants to be called.
    """

    channel: str
    external_id: str
    address: str
    text: str
    sent_at: datetime
    button_id: str | None = None
    name: str = ""
    language: str = ""
    client_id: str | None = None
    files: tuple[str, ...] = ()  # ids of what she put into the conversation before (handoff/attachments.py)
    admitted: bool = False
    enclosed: tuple[Examined, ...] = ()
    beside: Callable[[Session, Conversation, Message], None] | None = None
    remote_files: tuple[RemoteFile, ...] = ()  # what is to be fetched; up to 10
    edited: bool = False  # a new wording of something that she had sent before
    leaving: Leaving | None = None
    wants_call: bool = False


@dataclass(frozen=True)
class Button:
    """What a shopper can press. `payload` is for the engine and never leaves the desk; channels send ids."""

    title: str
    payload: str


@dataclass(frozen=True)
class Content:
    """What a message holds, whatever the channel. `text` stands for all of it where nothing richer can be shown."""

    type: str  # text, notice, article, choices, ask, order
    text: str
    buttons: tuple[Button, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)

    def stored(self, message_id: str) -> dict[str, Any]:
        """As JSON. A button's id names its message, so a press is looked up there and cannot be forged."""
        content: dict[str, Any] = {"type": self.type, "text": self.text, **self.data}
        if self.buttons:
            content["buttons"] = [
                {"id": f"{message_id}.{number}", "title": button.title, "payload": button.payload}
                for number, button in enumerate(self.buttons)
            ]
        return content


def message_of(button_id: str) -> str:
    """The id of the message that a button stands under; empty when no button has such an id."""
    found = _BUTTON_ID.fullmatch(button_id)
    return found["message"] if found else ""


def find_button(content: Mapping[str, Any], button_id: str) -> Button | None:
    """The button with this id in a stored content."""
    for button in content.get("buttons", ()):
        if button["id"] == button_id:
            return Button(button["title"], button["payload"])
    return None
