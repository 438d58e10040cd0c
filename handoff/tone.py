"""A second look at an agent's words before they go out. Hints only: the agent decides."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

Hint = Literal["rude", "shouting", "marks", "impersonal"]

_LISTS = Path(__file__).parent / "words" / "rude.toml"
_MARKS = re.compile(r"[!?¡¿]{3,}")
_FEWEST_CAPITALS = 3  # words in a row: an abbreviation or two is no shouting


def hints(text: str, language: str) -> list[Hint]:
    """What a shopper might take amiss. Rude words are looked for in her language and in English."""
    found: list[Hint] = []
    if any(_rude(code).search(_normal(text)) for code in {language, "en"} if code in _lists()):
        found.append("rude")
    if _shouts(text):
        found.append("shouting")
    if _MARKS.search(text):
        found.append("marks")
    return found


def _shouts(text: str) -> bool:
    in_a_row = 0
    for word in re.findall(r"[^\W\d_]{2,}", text):
        in_a_row = in_a_row + 1 if word.isupper() else 0
        if in_a_row >= _FEWEST_CAPITALS:
            return True
    return False


@cache
def _rude(language: str) -> re.Pattern[str]:
    words = "|".join(re.escape(_normal(phrase)).replace(r"\ ", r"\s+") for phrase in _lists()[language])
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


@cache
def _lists() -> dict[str, list[str]]:
    return {language: found["phrases"] for language, found in tomllib.loads(_LISTS.read_text("utf-8")).items()}


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")
