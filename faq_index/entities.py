"""Entities: order numbers, e-mail addresses, phone numbers and names of languages, in one pass of a blank spaCy pipeline."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import phonenumbers
import spacy
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

# "CS-204518", typed in every way that thumbs find: cs204518, CS 204518, #204518, 204518.
_MARKED_ORDER = re.compile(r"(?<![\w@.+-])(?:#\s?|cs[\s\-–_.]?)(\d{4,9})(?![\w@])", re.IGNORECASE)
_BARE_ORDER = re.compile(r"(?<![\w@.,+-])(\d{6})(?![\w@]|[.,-]\d)")
# A word, and the rest of an address when it is one. Asking for the rest would try every letter of a long word as the start of
# an address: 10,000 of them took 0.3 s.
_WORD_OR_EMAIL = re.compile(r"[\w.+-]+(@[\w-]+(?:\.[\w-]+)+)?")
# Ten digits or more after a plus, or with a nought before them: nothing else in a shop is written so.
_DIALLED = re.compile(r"(?<![\w@.,+-])(?:[+＋]|\(?(?=[0０]))(?:[ ()-]{0,2}\d){10,15}(?![\w@]|[:.,]\d)")

_SIGNS = re.compile(r"[^\w\s]|_")  # what stands between words, besides blanks

VALUES = ("order_number", "email", "phone")


class Entity(NamedTuple):
    """One value in a message; `start` and `end` are character offsets."""

    kind: str  # one of VALUES, or wanted_language
    value: str
    start: int
    end: int


@Language.factory("shop_values")
class ShopValues:
    """Finds values in the running text and keeps them beside the tokens: a phone number ends where no token does.

    Earlier rules win: digits in an e-mail address are no order, and six bare digits may be part of a phone.
    """

    def __init__(self, nlp: Language, name: str, regions: list[str]) -> None:
        self._regions = regions

    def __call__(self, doc: Doc) -> Doc:
        found: list[Entity] = []
        for rule in (_emails, _marked_orders, self._valid_phones, self._dialled_phones, _bare_orders):
            for entity in rule(doc.text):
                if _is_free(entity, found):
                    found.append(entity)
        doc.user_data["shop_values"] = found
        return doc

    def _valid_phones(self, text: str) -> Iterator[Entity]:
        for region in self._regions:
            for match in phonenumbers.PhoneNumberMatcher(text, region):
                yield _phone(match.number, match.start, match.end)

    def _dialled_phones(self, text: str) -> Iterator[Entity]:
        """Numbers that no network has given out, for a shopper may mistype one and the demo shop's are of that kind."""
        for match in _DIALLED.finditer(text):
            for region in self._regions:
                if number := _possible_number(match.group(), region):
                    yield _phone(number, *match.span())


class EntityFinder:
    """A pipeline of rules for values, and spaCy's entity ruler for names of languages.

    `regions` are the countries whose national phone formats are understood (ISO 3166, the shop's own first);
    `language_names` maps what shoppers call a language to its code.
    """

    def __init__(
        self, regions: tuple[str, ...] = ("GB", "ES", "VN"), language_names: Mapping[str, str] | None = None
    ) -> None:
        self._pipeline = spacy.blank("xx")
        # Not its own tokenizer, whose time grows with the square of a run of signs: 2,000 emoji took 0.4 s.
        self._pipeline.tokenizer = Tokenizer(self._pipeline.vocab, infix_finditer=_SIGNS.finditer)
        self._pipeline.add_pipe("shop_values", config={"regions": list(regions)})
        if language_names:  # a ruler without a pattern warns at every message
            ruler = self._pipeline.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
            ruler.add_patterns(
                [{"label": "wanted_language", "pattern": name, "id": code} for name, code in language_names.items()]
            )

    def find(self, text: str) -> list[Entity]:
        """The values in `text`, in their order, without overlaps."""
        doc = self._pipeline(text)
        values: list[Entity] = doc.user_data["shop_values"]
        names = [Entity("wanted_language", span.ent_id_, span.start_char, span.end_char) for span in doc.ents]
        return sorted([*values, *(name for name in names if _is_free(name, values))], key=lambda entity: entity.start)


def _is_free(entity: Entity, taken: list[Entity]) -> bool:
    return all(entity.end <= other.start or entity.start >= other.end for other in taken)


def _emails(text: str) -> Iterator[Entity]:
    for match in _WORD_OR_EMAIL.finditer(text):
        if match[1]:
            yield Entity("email", match[0].lower(), *match.span())


def _marked_orders(text: str) -> Iterator[Entity]:
    return map(_order, _MARKED_ORDER.finditer(text))


def _bare_orders(text: str) -> Iterator[Entity]:
    return map(_order, _BARE_ORDER.finditer(text))


def _order(match: re.Match[str]) -> Entity:
    digits = "".join(str(unicodedata.decimal(digit)) for digit in match.group(1))  # "２０４" is typed on phones in Asia
    return Entity("order_number", f"CS-{digits}", *match.span())


def _possible_number(written: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:  # of a country that there is not
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    return number if reason == phonenumbers.ValidationResult.IS_POSSIBLE else None


def _phone(number: phonenumbers.PhoneNumber, start: int, end: int) -> Entity:
    return Entity("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), start, end)
