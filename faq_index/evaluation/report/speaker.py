"""The speaker: says each sentence in all languages at once, so that one page can be read in any of them.

The page shows English. Each text that differs between languages is marked with its place in a list, and the page's
script puts the reader's language there. What comes from a CSV is never part of these texts.
"""

from markupsafe import Markup

from faq_index.evaluation.report.catalogue import LANGUAGES, read_catalogue
from faq_index.evaluation.report.numbers import Localised


class Speaker:
    """For one page: it remembers what it said."""

    def __init__(self) -> None:
        self._catalogue = read_catalogue()
        self._places: dict[tuple[str, ...], int] = {}

    def say(self, key: str, /, tag: str = "span", **values: Localised) -> Markup:
        """The sentence as an element: `tag` may bring attributes ("th class=figure").

        Raises KeyError when the catalogue lacks it, or a name in braces has no value.
        """
        texts = tuple(
            self._catalogue[language][key].format(**{name: value.said(language) for name, value in values.items()})
            for language in LANGUAGES
        )
        return self._element(texts, tag)

    def number(self, value: Localised, tag: str = "span") -> Markup:
        """A number or a date; plain text where all languages write it alike."""
        texts = tuple(value.said(language) for language in LANGUAGES)
        return Markup.escape(texts[0]) if len(set(texts)) == 1 else self._element(texts, tag)

    def place(self, key: str) -> int:
        """Where the sentence stands in `texts`, its names in braces left for the page's script to fill in."""
        return self._place(tuple(self._catalogue[language][key] for language in LANGUAGES))

    def texts(self) -> dict[str, list[str]]:
        """By language, everything said so far, by place."""
        return {language: [texts[row] for texts in self._places] for row, language in enumerate(LANGUAGES)}

    def _element(self, texts: tuple[str, ...], tag: str) -> Markup:
        return Markup('<{} data-t="{}">{}</{}>').format(tag, self._place(texts), texts[0], tag.split()[0])

    def _place(self, texts: tuple[str, ...]) -> int:
        return self._places.setdefault(texts, len(self._places))
