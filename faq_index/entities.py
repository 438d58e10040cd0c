"""Entities: order numbers, e-mail addresses, phone numbers and names of languages, in one pass of a blank spaCy pipeline."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import phonenumbers
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

# "CS-204518", typed in every way that thumbs find: cs204518, CS 204518, #204518, 204518.
_MARKED_ORDER = re.compile(r"(?<![\w@.+-])(?:#\s?|cs[\s\-–_.]?)(\d{4,9})(?![\w@])", re.IGNORECASE)
_BARE_ORDER = re.compile(r"(?<![\w@.,+-])(\d{6})(?![\w@]|[.,-]\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


VALUES = ("order_number", "email", "phone")


class Entity(NamedTuple):
    """One value in a message; `start` and `end` are character offsets."""

    kind: str  # one of VALUES, or wanted_language
    value: str
    start: int
    end: int


class EntityFinder:
    """A blank multilingual pipeline with one component of rules, so that a message is read once.

    `regions` are the countries whose national phone formats are understood (ISO 3166, the shop's own first);
    `language_names` maps what shoppers call a language to its code.
    """

    def __init__(
        self, regions: tuple[str, ...] = ("GB", "ES", "VN"), language_names: Mapping[str, str] | None = None
    ) -> None:
        self._pipeline = spacy.blank("xx")
        ruler = self._pipeline.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
        ruler.add_patterns(
            [{"label": "wanted_language", "pattern": name, "id": code} for name, code in (language_names or {}).items()]
        )
        self._pipeline.add_pipe("faqdesk_values", config={"regions": list(regions)})

    def find(self, text: str) -> list[Entity]:
        """The values in `text`, in their order, without overlaps."""
        doc = self._pipeline(text)
        found = []
        for span in doc.spans.get("values", []):
            found.append(Entity(span.label_, span.ent_id_ or span.id_, span.start_char, span.end_char))
        return found


@Language.factory("faqdesk_values", default_config={"regions": ["GB", "ES", "VN"]})  # type: ignore[untyped-decorator]
def _create(nlp: Language, name: str, regions: list[str]) -> "_Values":
    return _Values(tuple(regions))


class _Values:
    """The rules. Earlier ones win: digits in an e-mail address are no order, and six bare digits may be part of a phone."""

    def __init__(self, regions: tuple[str, ...]) -> None:
        self._regions = regions

    def __call__(self, doc: Doc) -> Doc:
        taken: list[tuple[int, int]] = []
        spans: list[Span] = []
        for kind, value, start, end in (
            *self._emails(doc.text),
            *self._orders(_MARKED_ORDER, doc.text),
            *self._phones(doc.text),
            *self._orders(_BARE_ORDER, doc.text),
        ):
            if all(end <= other_start or start >= other_end for other_start, other_end in taken):
                taken.append((start, end))
                # Rules count characters; spaCy's tokens may cut elsewhere ("order#204518"), so the span widens to them.
                span = doc.char_span(start, end, label=kind, span_id=value, alignment_mode="expand")
                if span is not None:
                    spans.append(span)
        languages = [span for span in doc.ents if span.label_ == "wanted_language"]
        doc.spans["values"] = sorted([*spans, *languages], key=lambda span: span.start)
        return doc

    def _emails(self, text: str) -> list[Entity]:
        return [Entity("email", m.group().rstrip(".").lower(), *m.span()) for m in _EMAIL.finditer(text)]

    def _orders(self, pattern: re.Pattern[str], text: str) -> list[Entity]:
        return [Entity("order_number", f"CS-{m.group(1)}", *m.span()) for m in pattern.finditer(text)]

    def _phones(self, text: str) -> list[Entity]:
        found = []
        for region in self._regions:
            for match in phonenumbers.PhoneNumberMatcher(text, region):
                number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
                found.append(Entity("phone", number, match.start, match.end))
        return found
