"""What the desk says to a shopper in its own name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from handoff import conversations, outbox
from handoff.model import Conversation, Message
from handoff.windows import Windows


@dataclass(frozen=True)
class NoticeButton:
    """A button under a notice. `payload` is for the desk itself and never leaves it."""

    title: str
    payload: str


def tell(
    session: Session,
    conversation: Conversation,
    text: str,
    windows: Windows,
    now: datetime,
    *,
    buttons: Sequence[NoticeButton] = (),
    asks: str = "",
    rating: str = "",
) -> Message:
    """Store a notice, and promise its delivery unless the shopper's channel takes none now.

    `asks` names what the shopper's next words may give; `rating` says that it is the "question" for a rating, or the "thanks"
    for one, which a screen may draw as it likes.
    """
    message_id = conversations.new_id()
    content: dict[str, Any] = {"type": "notice", "text": text}
    if buttons:  # as bot/messages.py stores them: the id names the message, so that a press cannot be forged
        content["buttons"] = [
            {"id": f"{message_id}.{number}", "title": button.title, "payload": button.payload}
            for number, button in enumerate(buttons)
        ]
    if asks:
        content["asks"] = asks
    if rating:
        content["rating"] = rating
    message = conversations.add_message(session, conversation, "desk", content, now, message_id=message_id)
    outbox.enqueue_within(session, conversation, message, windows, now)
    return message
