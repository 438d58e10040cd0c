"""Numbers and dates as each language writes them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

_NOTHING = "–"


class Localised(Protocol):
    """Something that every language writes in its own way."""

    def said(self, language: str) -> str: ...


@dataclass(frozen=True)
class Share:
    """0..1 as a percentage, with one decimal unless it is `rough`; None where nothing could tell."""

    value: float | None
    rough: bool = False

    def said(self, language: str) -> str:
        if self.value is None:
            return _NOTHING
        pattern = str(Locale.parse(language).percent_formats[None].pattern)
        return str(
            format_percent(self.value, pattern if self.rough else pattern.replace("##0", "##0.0"), locale=language)
        )


@dataclass(frozen=True)
class Ratio:
    """A plain number with `decimals` decimals; None where nothing could tell."""

    value: float | None
    decimals: int = 3

    def said(self, language: str) -> str:
        if self.value is None:
            return _NOTHING
        return str(format_decimal(self.value, f"0.{'0' * self.decimals}", locale=language))


@dataclass(frozen=True)
class Count:
    """A whole number."""

    value: int

    def said(self, language: str) -> str:
        return str(format_decimal(self.value, locale=language))


@dataclass(frozen=True)
class Milliseconds:
    """A duration."""

    value: float

    def said(self, language: str) -> str:
        return f"{format_decimal(self.value, '0.0', locale=language)} ms"


@dataclass(frozen=True)
class Moment:
    """Date and time of day, given in UTC."""

    value: datetime

    def said(self, language: str) -> str:
        return f"{format_date(self.value, 'long', language)}, {format_time(self.value, 'HH:mm', locale=language)} UTC"


@dataclass(frozen=True)
class LanguageName:
    """The name of a language by its code; a code that is unknown stands for itself."""

    code: str

    def said(self, language: str) -> str:
        name = str(Locale.parse(language).languages.get(self.code, self.code))
        return name[:1].upper() + name[1:]
