"""Telegram's shapes: what an update holds for us, and how a message of ours becomes Telegram's. Pure functions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
    User,
)

from bot.channels.splitting import split
from bot.messages import RemoteFile, UnreadableMessage
from bot.readable import readable

LONGEST_TEXT = 4096  # of one message; counted in UTF-16 units, the stricter of the ways to count
LONGEST_DATA = 64  # bytes of callback_data
LONGEST_TITLE = 60
MOST_BUTTONS = 100
# Titles up to this length still fit side by side on a narrow phone.
_SHORT_TITLE = 18
_LARGEST_NUMBER = 2**63 - 1
# The library checks no types: what it does with a shape that Telegram never sends surfaces as one of these.
_LIBRARY_STUMBLES = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)

# ---- in -------------------------------------------------------------------------------------------------------------


class Malformed(Exception):
    """This is not an update as Telegram sends them."""


# The last two: she blocked the bot, or lets it write again.
Kind = Literal["text", "press", "attachment", "other", "blocked", "unblocked"]


@dataclass(frozen=True)
class Heard:
    """What one update holds for us. `words` is the text, the caption, or the id of the pressed button."""

    kind: Kind
    update_id: int
    chat_id: int
    private: bool
    words: str
    name: str
    language: str
    album: str | None = None  # several pictures sent at once share it
    query: str | None = None  # the press that Telegram waits to have answered
    pressed_in: int | None = None  # the message under which it was pressed
    edited: bool = False
    files: tuple[RemoteFile, ...] = ()

    @property
    def address(self) -> str:
        """The chat, as the desk's address of the shopper."""
        return str(self.chat_id)


def parse(body: bytes) -> Update:
    """A webhook's body. Raises Malformed."""
    try:
        update = Update.de_json(json.loads(body), None)
        read(update)
    except _LIBRARY_STUMBLES as error:
        raise Malformed(type(error).__name__) from None
    return update


def read(update: Update) -> Heard | None:
    """What is for us in an update; None for what bots send, for service messages, and for kinds that we do not ask for.

    Raises:
        Malformed: a field does not hold what Telegram puts there.
    """
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _blocked(update.update_id, update.my_chat_member)
    message = update.message or update.channel_post or update.edited_message or update.edited_channel_post
    if message is None or (message.from_user is not None and message.from_user.is_bot):
        return None
    words = message.text or message.caption or ""
    private = message.chat.type == Chat.PRIVATE
    # What is changed afterwards are the words; the file was taken in with them.
    files = _files(message) if update.message is not None else ()
    kind: Kind = "text" if words or files else "attachment"
    if kind == "attachment" and not (_holds_something(message) and update.edited_message is None):
        # A live location is edited again and again: saying each time that it cannot be read would be a nuisance.
        if private:
            return None
        kind = "other"
    edited, album = update.edited_message is not None, message.media_group_id
    return _heard(
        kind, update.update_id, message.chat, words, message.from_user, album=album, edited=edited, files=files
    )


def _files(message: Message) -> tuple[RemoteFile, ...]:
    """What the desk can take of a message: one file at most, a picture in its largest size. An animation is a document too."""
    photo = message.photo[-1] if message.photo else None
    found = photo or message.document or message.voice or message.audio or message.video or message.video_note
    if found is None:
        return ()
    name, media_type = getattr(found, "file_name", None) or "", getattr(found, "mime_type", None) or ""
    if not all(isinstance(one, str) for one in (found.file_id, name, media_type)):
        raise Malformed("file_id, file_name and mime_type must be text")
    return (RemoteFile(found.file_id, name, media_type),)


def _blocked(update_id: int, change: ChatMemberUpdated) -> Heard | None:
    """In a private chat the bot is "kicked" by who blocks it; in groups it may come and go as people like."""
    if change.chat.type != Chat.PRIVATE:
        return None
    kind: Kind = "blocked" if change.new_chat_member.status == ChatMember.BANNED else "unblocked"
    return _heard(kind, update_id, change.chat, "", change.from_user)


def _pressed(update_id: int, query: CallbackQuery) -> Heard:
    """A press under a message; without a message (which ours always have) it is taken for one in the presser's own chat."""
    message, user = query.message, query.from_user
    chat = message.chat if message is not None else Chat(user.id, Chat.PRIVATE)
    under = message.message_id if message is not None else None
    return _heard("press", update_id, chat, query.data or "", user, query=query.id, pressed_in=under)


def _heard(
    kind: Kind,
    update_id: int,
    chat: Chat,
    words: str,
    user: User | None,
    **more: Any,
) -> Heard:
    language = (user.language_code if user else None) or ""
    if not isinstance(update_id, int) or not isinstance(chat.id, int):
        raise Malformed("update_id and chat.id must be numbers")
    if abs(update_id) > _LARGEST_NUMBER or abs(chat.id) > _LARGEST_NUMBER:
        raise Malformed("update_id and chat.id must be numbers of 64 bits")
    if not isinstance(words, str) or not isinstance(language, str):
        raise Malformed("text, caption, data and language_code must be text")
    return Heard(kind, update_id, chat.id, chat.type == Chat.PRIVATE, words, _name(user), language, **more)


def _name(user: User | None) -> str:
    """A name fit to store and show: whoever writes to us chose it freely."""
    try:
        return readable(user.full_name)[:120] if user is not None else ""
    except UnreadableMessage:
        return ""


def _holds_something(message: Message) -> bool:
    """Whether somebody sent this; otherwise it is a service message such as "pinned a message"."""
    return bool(message.effective_attachment or message.checklist)


# ---- out ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """One message of Telegram's: plain text without a parse mode, so there is nothing to escape."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def parts(content: Mapping[str, Any]) -> list[Part]:
    """A stored content as messages in order; the buttons stand under the last. Empty when there is nothing to say."""
    text = str(content["text"])
    if "question" in content:  # the buttons below are answers to it
        text = f"{text}\n\n{content['question']}"
    pieces = split(text, LONGEST_TEXT)
    last = len(pieces) - 1
    buttons = keyboard(content.get("buttons", ()))
    return [Part(piece, buttons if number == last else None) for number, piece in enumerate(pieces)]


def keyboard(buttons: Sequence[Mapping[str, str]]) -> InlineKeyboardMarkup | None:
    """Buttons two a row when all titles are short, else one a row. What Telegram would refuse to show is left out."""
    shown = [
        InlineKeyboardButton(_cut(button["title"].strip()), callback_data=button["id"])
        for button in buttons
        if button["title"].strip() and 0 < len(button["id"].encode()) <= LONGEST_DATA
    ][:MOST_BUTTONS]
    across = 2 if all(len(button.text) <= _SHORT_TITLE for button in shown) else 1
    rows = [shown[start : start + across] for start in range(0, len(shown), across)]
    return InlineKeyboardMarkup(rows) if rows else None


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
