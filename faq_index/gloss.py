"""Glosses: messages in other languages, put into rough English word by word, for an encoder that reads only English.

"hoàn tiền khi nào" becomes "refund when". The words stand in data/glosses/<language>.csv; whatever is not in them, names and
numbers above all, stays as it was typed. Nothing of this is ever shown to anybody.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from faq_index.errors import KnowledgeError
from faq_index.text import normal, without_marks

_END = "$"  # in a list: the end of the message, where Vietnamese "không" asks and does not deny
_WORD = re.compile(r"\w+")
_LONGEST_WORDS = 8
# The same syllable with the tone over its first or its second vowel: both are taught in school.
_PLACED = {
    old: new
    for vowels in ("oa", "oe", "uy")
    for mark in ("\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    for old, new in [(normal(vowels + mark), normal(vowels[0] + mark + vowels[1]))]
}
_NEW_STYLE = re.compile(rf"(?<!q)(?:{'|'.join(_PLACED)})\b")

Entries = Mapping[str, str]  # words as the language writes them -> English, perhaps none


class WordList:
    """One language's entries; the longest that fits is taken, first as it is written, then without its marks."""

    def __init__(self, entries: Entries) -> None:
        self._written: dict[tuple[str, ...], str] = {}
        self._bare: dict[tuple[str, ...], str] = {}
        for words, english in entries.items():
            end = (_END,) if words.endswith(_END) else ()
            self._written.setdefault((*_words(_key(words)), *end), english)
            self._bare.setdefault((*_words(without_marks(words)), *end), english)
        self._longest = max(map(len, self._written), default=1)

    def gloss(self, text: str) -> str:
        """`text` in rough English; as it was when that leaves nothing."""
        written, bare = (*_words(_key(text)), _END), (*_words(without_marks(text)), _END)
        # Who types some marks types them all: "cho" is then no misspelt "chợ".
        unmarked = written == bare
        if len(written) != len(bare):  # a mark that no letter is composed with parts a word, and none without it
            bare = written
        found: list[str] = []
        place = 0
        while place < len(written):
            length, english = self._longest_at(written, bare, place, unmarked)
            found.append(english)
            place += length
        return " ".join(word for word in found if word) or text

    def _longest_at(
        self, written: tuple[str, ...], bare: tuple[str, ...], place: int, unmarked: bool
    ) -> tuple[int, str]:
        for length in range(min(self._longest, len(written) - place), 0, -1):
            words, stripped = written[place : place + length], bare[place : place + length]
            if words in self._written:
                return length, self._written[words]
            if (unmarked or length > 1) and words == stripped and stripped in self._bare:
                return length, self._bare[stripped]
        return 1, "" if written[place] == _END else written[place]


class Glosses:
    """The word lists of the languages that have one."""

    def __init__(self, entries: Mapping[str, Entries]) -> None:
        self._lists = {language: WordList(own) for language, own in entries.items()}

    def gloss(self, text: str, language: str) -> str:
        """`text` as it is when its language has no list."""
        return self._lists[language].gloss(text) if language in self._lists else text


def read_glosses(folder: Path, languages: Iterable[str]) -> dict[str, dict[str, str]]:
    """The lists of those languages that have one.

    Raises:
        KnowledgeError: a list is not UTF-8 CSV with the columns words, english.
    """
    return {language: _read(file) for language in languages if (file := folder / f"{language}.csv").is_file()}


def _read(file: Path) -> dict[str, str]:
    entries: dict[str, str] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            if next(reader, None) != ["words", "english"]:
                raise KnowledgeError(f"{file} must begin with the line words,english.")
            for row in reader:
                if len(row) != 2 or not 0 < len(_words(row[0])) <= _LONGEST_WORDS:
                    raise KnowledgeError(
                        f"{file}, line {reader.line_num}: an entry is one to {_LONGEST_WORDS} words, a comma, its English."
                    )
                entries.setdefault(row[0], row[1])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(f"{file} cannot be read as UTF-8 CSV: {error}") from None
    return entries


def _key(text: str) -> str:
    return _NEW_STYLE.sub(lambda match: _PLACED[match.group()], normal(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))
