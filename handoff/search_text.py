"""Words as search sees them: without accents, case and punctuation; and where they stand in a text."""

import re
import unicodedata
from dataclasses import dataclass

_LONGEST_WORD = 64  # characters; what is longer was not typed by a person
_MOST_WORDS = 4_000  # of one text
_MOST_TERMS = 8
# Letters, digits, and the marks that are left over when a letter has no form with its accent.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
_NO_LETTER = re.compile(r"[\W_]+")
# Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ħ": "h", "ı": "i"})
_AROUND = 60  # characters shown on each side of a hit


@dataclass(frozen=True)
class Piece:
    """A part of a text; `hit` when it is what was looked for."""

    text: str
    hit: bool


def folded(text: str) -> str:
    """The words of a text in their plainest form, a space between them: "Áo dài ĐỎ!" is "ao dai do"."""
    words = (_fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", text)))
    return " ".join([word for word in words if word][:_MOST_WORDS])


def terms(query: str) -> list[str]:
    """The beginnings of words that are looked for; nothing in them means anything to a database. None for too little."""
    found = folded(query[:400]).split()[:_MOST_TERMS]
    return found if sum(map(len, found)) > 1 else []


def snippet(text: str, wanted: list[str]) -> list[Piece]:
    """The surroundings of the first hit, with every hit in them marked."""
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    hits = [found.span() for found in _WORD.finditer(plain) if _fold(found[0]).startswith(tuple(wanted))]
    begin = max(hits[0][0] - _AROUND, 0) if hits else 0
    end = min((hits[0][1] if hits else 0) + 2 * _AROUND, len(plain))
    pieces = [Piece("…", hit=False)] if begin else []
    for start, stop in [span for span in hits if span[1] <= end]:
        pieces += [Piece(plain[begin:start], hit=False), Piece(plain[start:stop], hit=True)]
        begin = stop
    pieces += [Piece(plain[begin:end], hit=False), Piece("…" if end < len(plain) else "", hit=False)]
    return [piece for piece in pieces if piece.text]


def _fold(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(one for one in apart if not unicodedata.combining(one)).translate(_PLAIN)
    return _NO_LETTER.sub("", letters)[:_LONGEST_WORD]
