"""Choices in channels that cannot draw them all: they are numbered in the text, and a number that is typed is a press."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.model import Identity, Message

_NUMBER = re.compile(r"\s*#?0*([1-9]\d{0,2})[.)]?\s*")
Content = Mapping[str, Any]


def listed(text: str, buttons: Sequence[Mapping[str, str]]) -> str:
    """The text with the buttons below it, a line each."""
    lines = (f"{number}. {button['title'].strip()}" for number, button in enumerate(buttons, 1))
    return "\n".join((text, "", *lines))


def pressed(session: Session, channel: str, address: str, text: str, is_numbered: Callable[[Content], bool]) -> str:
    """The id of the button that a typed number means; "" when it is only a number.

    It is one while the latest word to the shopper that had buttons showed them with numbers, and she has said nothing since.
    """
    number = _NUMBER.fullmatch(text)
    if number is None:
        return ""
    identity = session.scalar(select(Identity).where(Identity.channel == channel, Identity.address == address))
    conversation = conversations.latest(session, identity.id) if identity is not None else None
    if conversation is None:
        return ""
    newest = select(Message).where(Message.conversation_id == conversation.id, ~Message.note)
    for message in session.scalars(newest.order_by(Message.seq.desc()).limit(10)):
        if message.author == "shopper":
            return ""
        if buttons := usable(message.content):
            chosen = int(number[1])
            return buttons[chosen - 1]["id"] if is_numbered(message.content) and chosen <= len(buttons) else ""
    return ""


def usable(content: Content) -> list[Mapping[str, str]]:
    """The buttons that can be drawn: they have a title."""
    return [button for button in content.get("buttons", ()) if button["title"].strip()]
