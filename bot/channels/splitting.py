"""Cutting a long text into messages, and a long title down, where a channel takes only so much. Pure functions."""

import unicodedata

# Marks on one letter, joined emoji: a cut steps back over so many characters at most, or hostile text would yield crumbs.
_LONGEST_CLUSTER = 32


def split(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` UTF-16 units, cut between paragraphs, else lines, else words, else letters."""
    pieces, rest = [], text.strip()
    while units(rest) > most:
        border = _border(rest, most)
        pieces.append(rest[:border].rstrip())
        rest = rest[border:].lstrip()
    return [*pieces, rest] if rest else pieces


def units(text: str) -> int:
    """Length in UTF-16 units: characters beyond the basic plane, such as most emoji, count two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _border(text: str, most: int) -> int:
    """Where to cut a text that is longer than `most`."""
    fits = _fitting(text, most)
    for mark in ("\n\n", "\n"):
        found = text.rfind(mark, 0, fits + len(mark))
        if found >= fits // 2:  # an earlier one would leave a stub
            return found
    found = max(text.rfind(" ", 0, fits + 1), text.rfind("\n", 0, fits + 1))
    return found if found > 0 else _between_letters(text, fits)


def _fitting(text: str, most: int) -> int:
    """How many characters fit into `most` units."""
    fits = min(len(text), most)
    while units(text[:fits]) > most:
        fits -= max(1, (units(text[:fits]) - most) // 2)
    return fits


def _between_letters(text: str, fits: int) -> int:
    """The last place up to `fits` that does not tear marks off a letter or an emoji apart."""
    for border in range(fits, max(fits - _LONGEST_CLUSTER, 0), -1):
        after, before = text[border], text[border - 1]
        clings = unicodedata.combining(after) or after in "\u200d\ufe0f" or "\U0001f3fb" <= after <= "\U0001f3ff"
        if not clings and before != "\u200d":
            return border
    return fits


def cut(title: str, most: int) -> str:
    """A title of at most `most` UTF-16 units, with an ellipsis where something is missing."""
    if units(title) <= most:
        return title
    return title[: _between_letters(title, _fitting(title, most - 1))].rstrip() + "…"
