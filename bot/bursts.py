"""Bursts: people write one thought in several short messages, and want one answer to it."""

import re
from datetime import datetime

from bot.engine.client import LONGEST_FOR_ENGINE
from handoff.model import Turn
from handoff.turns import Burst

_MOST_MESSAGES = 6  # the understanding hears so many sentences of one message
_FEW_WORDS, _FEW_CHARACTERS = 3, 30
_ASKS = re.compile(r"[?？¿؟]")
# An order number, an e-mail address, a telephone number: whole by themselves, and mostly what the bot has just asked for.
_IS_A_VALUE = re.compile(r"@|\d{4}")


def looks_unfinished(text: str) -> bool:
    """Whether more of it is likely to follow at once: "hi", "my order", but no question and no order number."""
    few = len(text.split()) <= _FEW_WORDS and len(text) <= _FEW_CHARACTERS
    return few and not _ASKS.search(text) and not _IS_A_VALUE.search(text)


def due(text: str, burst: Burst, began: datetime, now: datetime) -> datetime:
    """When a turn that ends with this message is answered; its first message came at `began`."""
    if not burst.quiet or not looks_unfinished(text):
        return now
    return max(now, min(now + burst.quiet, began + burst.longest))


def fits(turn: Turn, text: str) -> bool:
    """Whether the engine would still hear this message as part of the turn."""
    return turn.messages < _MOST_MESSAGES and len(turn.text) + 1 + len(text) <= LONGEST_FOR_ENGINE
