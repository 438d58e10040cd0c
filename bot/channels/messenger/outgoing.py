"""Messenger's shapes, out: a stored content as messages of the Send API. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.numbered import listed, usable
from bot.channels.splitting import cut, split, units

LONGEST_TEXT = 2000  # (?) third parties say so; what is longer is refused
MOST_REPLIES, LONGEST_TITLE = 13, 20
# Which files go as what; anything else goes as a file. All up to 25 MB.
LARGEST_FILE = 25_000_000
_KINDS = {"image": "image", "video": "video", "audio": "audio"}
Message = dict[str, Any]


def parts(content: Mapping[str, Any]) -> list[Message]:
    """A stored content as messages in order, without its files; what can be pressed stands under the last."""
    buttons = usable(content)
    text = str(content["text"])
    if "question" in content:  # the buttons are answers to it
        text = f"{text}\n\n{content['question']}"
    if is_numbered(content):
        text = listed(text, buttons)
    messages: list[Message] = [{"text": piece} for piece in split(text, LONGEST_TEXT)]
    if messages and 0 < len(buttons) <= MOST_REPLIES:
        messages[-1]["quick_replies"] = _replies(buttons)
    return messages


def is_numbered(content: Mapping[str, Any]) -> bool:
    """Whether its buttons stand in the text with numbers: there are too many, or their titles are too long to be drawn."""
    buttons = usable(content)
    return len(buttons) > MOST_REPLIES or any(units(button["title"].strip()) > LONGEST_TITLE for button in buttons)


def kind_of(media_type: str) -> str:
    """As what a file is sent."""
    return _KINDS.get(media_type.partition("/")[0], "file")


def _usable(content: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return [button for button in content.get("buttons", ()) if button["title"].strip()]


def _replies(buttons: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Quick replies; with numbers before them where their titles are cut."""
    numbered = any(units(button["title"].strip()) > LONGEST_TITLE for button in buttons)
    return [
        {
            "content_type": "text",
            "title": cut(
                f"{number}. {button['title'].strip()}" if numbered else button["title"].strip(), LONGEST_TITLE
            ),
            "payload": button["id"],
        }
        for number, button in enumerate(buttons, 1)
    ]
