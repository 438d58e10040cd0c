"""What a shopper wrote, fit to store and to show."""

import unicodedata

from bot.messages import LONGEST_TEXT, UnreadableMessage

# Control and format characters and lone surrogates say nothing and hide much. Tab and line break stay, and the joiners,
# which make one sign of several.
_HIDDEN_KINDS = frozenset(("Cc", "Cf", "Cs"))
_KEPT = frozenset("\t\n\u200c\u200d")


def readable(text: str, *, empty: bool = False) -> str:
    """The shopper's words, fit to store and show.

    Raises:
        UnreadableMessage: nothing is left, which `empty` allows, or it is longer than LONGEST_TEXT.
    """
    words = "".join(sign for sign in text if sign in _KEPT or unicodedata.category(sign) not in _HIDDEN_KINDS).strip()
    if all(sign in _KEPT or sign.isspace() for sign in words):
        if empty:
            return ""
        raise UnreadableMessage("empty", "The message is empty.")
    if len(words) > LONGEST_TEXT:
        raise UnreadableMessage(
            "too_long",
            f"The message has {len(words)} characters; {LONGEST_TEXT} fit into one. Shorten it, or send it in parts.",
        )
    return words
