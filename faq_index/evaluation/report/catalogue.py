"""The catalogue: the report's words in every language, from words/<language>.toml."""

import tomllib
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "es", "vi")
OWN_NAMES = {"en": "English", "es": "Español", "vi": "Tiếng Việt"}

_FOLDER = Path(__file__).parent / "words"


def read_catalogue() -> dict[str, dict[str, str]]:
    """By language, sentences by dotted key; {names} in braces stand for numbers. Counts stand where no plural is needed."""
    return {language: _flat(tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))) for language in LANGUAGES}


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat
