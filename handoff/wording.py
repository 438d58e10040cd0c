"""Words: what people read, in every language, kept in TOML beside the code that says it.

gettext would want a compile step and Fluent a runtime in the browser as well; sentences with names in braces and plural
forms by the locale's own rules are all that is needed (docs/decisions/0005-words.md).
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale

LANGUAGES = ("en", "es", "vi")
_PLURAL_FORMS = {"zero", "one", "two", "few", "many", "other"}
_NAMES = re.compile(r"\{(\w+)\}")

Entry = str | Mapping[str, str]


class WordingError(Exception):
    """The files do not say the same things in every language."""


class Wording:
    """One room's words. Keys are dotted paths into the TOML files; a value is a sentence or its plural forms."""

    def __init__(self, entries: Mapping[str, Mapping[str, Entry]]) -> None:
        self._entries = entries

    @classmethod
    def load(cls, folder: Path) -> "Wording":
        """Read <folder>/<language>.toml. Raises WordingError when a language lacks a key or a name in braces."""
        entries = {
            language: _flatten(tomllib.loads((folder / f"{language}.toml").read_text("utf-8")))
            for language in LANGUAGES
        }
        first = entries[LANGUAGES[0]]
        for language, words in entries.items():
            different = sorted(first.keys() ^ words.keys())
            if different:
                raise WordingError(f"{folder.name}/{language}.toml: {', '.join(different)} is not in every language")
            for key, entry in words.items():
                if _placeholders(entry) != _placeholders(first[key]):
                    raise WordingError(f"{folder.name}/{language}.toml: {key} does not name what the English one names")
        return cls(entries)

    def say(self, language: str, key: str, /, **values: Any) -> str:
        """The words for `key`; `count` chooses the plural form. Raises KeyError for an unknown key."""
        entry = self._entries[known_language(language)][key]
        if not isinstance(entry, str):
            entry = entry.get(_plural(known_language(language), values["count"]), entry["other"])
        return entry.format(**values)

    def section(self, language: str, prefix: str) -> dict[str, Entry]:
        """All entries below `prefix`, without it: what a page hands to its scripts."""
        start = prefix + "."
        words = self._entries[known_language(language)]
        return {key.removeprefix(start): entry for key, entry in words.items() if key.startswith(start)}


def known_language(language: str | None) -> str:
    """`language`, or a wider form of it ("es-MX" → "es"), when we speak it; else the first of ours."""
    code = (language or "").replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else LANGUAGES[0]


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Entry]:
    flat: dict[str, Entry] = {}
    for key, value in table.items():
        if isinstance(value, str) or set(value) <= _PLURAL_FORMS:
            flat[prefix + key] = value
        else:
            flat |= _flatten(value, f"{prefix}{key}.")
    return flat


def _placeholders(entry: Entry) -> set[str]:
    forms = [entry] if isinstance(entry, str) else list(entry.values())
    # A singular may spell its number out ("one person"), so every form's names are pooled.
    return {name for form in forms for name in _NAMES.findall(form)}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _plural(language: str, count: int) -> str:
    return str(_locale(language).plural_form(count))
