"""Agents' files to Telegram: in which of its ways a file may be sent, and what it says when it does not take one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from telegram import Bot, Message
from telegram.error import BadRequest, TelegramError

from bot.channels.outgoing_files import OutgoingFile

# What the Bot API publishes for sendPhoto and sendDocument.
LARGEST_PHOTO, LARGEST_DOCUMENT = 10_000_000, 50_000_000  # bytes
_MOST_PIXELS, _MOST_APART = 10_000, 20  # width and height together; how many times one is the other at most
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})  # a GIF would stand still
_READ = _WRITE = 25.0  # seconds; both are within what a send may take
Way = Callable[[Bot, str, OutgoingFile], Awaitable[Message]]


async def photo(bot: Bot, address: str, file: OutgoingFile) -> Message:
    """As a picture that is shown."""
    return await bot.send_photo(address, file.data, filename=file.name, read_timeout=_READ, write_timeout=_WRITE)


async def document(bot: Bot, address: str, file: OutgoingFile) -> Message:
    """As a file of its name."""
    return await bot.send_document(address, file.data, filename=file.name, read_timeout=_READ, write_timeout=_WRITE)


def ways(facts: Mapping[str, Any]) -> list[Way]:
    """How a file may be sent, the best first; empty when it is too large for any."""
    found: list[Way] = [document] if facts["size"] <= LARGEST_DOCUMENT else []
    width, height = facts.get("width") or 0, facts.get("height") or 0
    fits = width + height <= _MOST_PIXELS and max(width, height) <= _MOST_APART * min(width, height)
    if facts["media_type"] in _PHOTOS and facts["size"] <= LARGEST_PHOTO and fits:
        found.insert(0, photo)
    return found


def refuses_file(error: TelegramError) -> bool:
    """Whether it may be the file that Telegram does not want; if it is the chat, a link will be refused as well."""
    return isinstance(error, BadRequest) or "Request Entity Too Large" in error.message
