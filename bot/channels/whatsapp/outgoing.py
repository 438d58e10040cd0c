"""WhatsApp's shapes, out: a stored content as messages of the Cloud API. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.numbered import listed, usable
from bot.channels.splitting import cut, split, units

LONGEST_TEXT = 4096
LONGEST_BODY = 1024  # of a message with buttons
MOST_BUTTONS, LONGEST_BUTTON = 3, 20
MOST_ROWS, LONGEST_ROW, LONGEST_DESCRIPTION = 10, 24, 72
# Which files go as what, and how large they may be; anything else is given as a link. Sound in OGG must be Opus.
_MEGA = 1_000_000
MEDIA = {
    "image/jpeg": ("image", 5 * _MEGA),
    "image/png": ("image", 5 * _MEGA),
    "video/mp4": ("video", 16 * _MEGA),
    "audio/mp4": ("audio", 16 * _MEGA),
    "application/pdf": ("document", 100 * _MEGA),
    "text/plain": ("document", 100 * _MEGA),
}
Message = dict[str, Any]
Buttons = Sequence[Mapping[str, str]]


def parts(content: Mapping[str, Any], choose: str) -> list[Message]:
    """A stored content as messages in order, without its files; the buttons stand under the last. `choose` opens a list."""
    if content["type"] == "template":
        return [_template(content["template"])]
    pieces, last, buttons = _words(content), "", usable(content)
    if buttons and not is_numbered(content) and pieces:
        pieces, last = _room_for_buttons(pieces)
    texts = [_text(piece) for piece in pieces]
    return [*texts, _interactive(last, buttons, choose)] if last else texts


def is_numbered(content: Mapping[str, Any]) -> bool:
    """Whether its buttons are too many to be drawn, or a list would cut them, so that they stand in the text with numbers."""
    buttons = usable(content)
    return len(buttons) > MOST_ROWS or any(units(button["title"].strip()) > LONGEST_DESCRIPTION for button in buttons)


def _words(content: Mapping[str, Any]) -> list[str]:
    text, buttons = str(content["text"]), usable(content)
    question = [str(content["question"])] if "question" in content else []  # the buttons are answers to it
    if is_numbered(content):
        return split(listed("\n\n".join([text, *question]), buttons), LONGEST_TEXT)
    together = "\n\n".join([text, *question])
    return [together] if question and units(together) <= LONGEST_BODY else [*split(text, LONGEST_TEXT), *question]


def _usable(content: Mapping[str, Any]) -> Buttons:
    return [button for button in content.get("buttons", ()) if button["title"].strip()]


def _room_for_buttons(pieces: list[str]) -> tuple[list[str], str]:
    """The words before, and those above the buttons, which take fewer."""
    *before, last = pieces
    *more, last = split(last, LONGEST_BODY)
    return [*before, *more], last


def _text(words: str) -> Message:
    return {"type": "text", "text": {"body": words, "preview_url": False}}


def _interactive(words: str, buttons: Buttons, choose: str) -> Message:
    titles = [button["title"].strip() for button in buttons]
    short = all(units(title) <= LONGEST_BUTTON for title in titles)
    action: Message
    if len(buttons) <= MOST_BUTTONS and short and len(set(titles)) == len(titles):
        kind = "button"
        replies = [{"id": button["id"], "title": button["title"].strip()} for button in buttons]
        action = {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
    else:
        kind = "list"
        rows = [_row(button["id"], button["title"].strip()) for button in buttons]
        action = {"button": cut(choose, LONGEST_BUTTON), "sections": [{"rows": rows}]}
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": words}, "action": action}}


def _row(button_id: str, title: str) -> dict[str, str]:
    """A title that is cut stands in full below itself."""
    row = {"id": button_id, "title": cut(title, LONGEST_ROW)}
    if units(title) > LONGEST_ROW:
        row["description"] = title
    return row


def _template(template: Mapping[str, Any]) -> Message:
    sent: Message = {"name": template["name"], "language": {"code": template["language"]}}
    if template["values"]:
        values = [{"type": "text", "text": value} for value in template["values"]]
        sent["components"] = [{"type": "body", "parameters": values}]
    return {"type": "template", "template": sent}
