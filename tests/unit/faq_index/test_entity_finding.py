"""Entities: order numbers, addresses, phone numbers and names of languages, as thumbs type them."""

import re
import warnings
from itertools import pairwise

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq_index.entities import VALUES, Entity, EntityFinder
from faq_index.text import clean

NAMES = {"english": "en", "castellano": "es", "tiếng việt": "vi", "tieng viet": "vi"}
FINDER = EntityFinder(language_names=NAMES)


def values(text: str, finder: EntityFinder = FINDER) -> list[tuple[str, str]]:
    return [(entity.kind, entity.value) for entity in finder.find(text)]


@pytest.mark.parametrize(
    "typed",
    [
        "CS-204518", "cs-204518", "Cs204518", "CS 204518", "cs_204518", "CS.204518", "CS–204518", "CS—204518",
        "cs- 204518", "CS - 204518", "#204518", "# 204518", "204518", "204518.", "204518,", "(204518)", "204518?",
        "order#204518", "order: 204518", "order no. 204518", "pedido nº 204518", "đơn 204518 ạ", "CS-204518!!",
        "204518/2", "my order CS-204518 never came", "“204518”", "2\u200b04518", "２０４５１８", "cs-２０４５１８",
    ],
)  # fmt: skip
def test_an_order_number_is_found_however_it_is_typed(typed: str) -> None:
    assert values(clean(typed)) == [("order_number", "CS-204518")]


@pytest.mark.parametrize(
    "typed",
    [
        "20451", "2045189", "204,518", "204.518", "204-518", "204 518", "x204518", "204518x", "204518@", "@204518",
        "v1.204518", "204518.50", "in 2026", "100 days", "cs", "#", "#12", "cs-123", "docs204518", "CS-1234567890",
    ],
)  # fmt: skip
def test_other_numbers_are_no_order(typed: str) -> None:
    assert values(typed) == []


def test_a_marked_number_may_have_another_length() -> None:
    assert values("#1234 and CS-123456789") == [("order_number", "CS-1234"), ("order_number", "CS-123456789")]


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("+44 7400 123456", "+447400123456"),
        ("07400 123456", "+447400123456"),
        ("07400123456", "+447400123456"),
        ("(020) 7946 0958", "+442079460958"),
        ("0044 7400 123456", "+447400123456"),
        ("+34 612 34 56 78", "+34612345678"),
        ("612345678", "+34612345678"),
        ("612-345-678", "+34612345678"),
        ("0912 345 678", "+84912345678"),
        ("0912.345.678", "+84912345678"),
        ("+84912345678", "+84912345678"),
        ("+1 212 555 2368", "+12125552368"),
    ],
)
def test_a_phone_number_is_found_in_the_formats_of_three_countries(typed: str, phone: str) -> None:
    assert values(f"it is {typed}, thanks") == [("phone", phone)]


@pytest.mark.parametrize(
    "number",
    ["+44 7700 900123", "07700 900123", "+44 7700 900 123", "07700-900123", "0044 7700 900123"],
)
def test_the_end_of_a_phone_number_is_no_order(number: str) -> None:
    """Numbers that no network has given out (Ofcom's for films, the demo shop's) and mistyped ones look like this."""
    assert "order_number" not in {kind for kind, _ in values(f"you can call {number}")}


@pytest.mark.parametrize("number", ["+44 7700 900123", "+447700900123", "07700 900123"])
def test_the_phone_numbers_of_the_demo_shop_are_found(number: str) -> None:
    assert values(number) == [("phone", "+447700900123")]


@pytest.mark.parametrize("text", ["01.02.2026 10:30", "01-02-2026 10:30", "+999 7700900123", "00340434161094042557"])
def test_days_tracking_numbers_and_countries_that_there_are_not_are_no_phone(text: str) -> None:
    assert values(text) == []


def test_the_shops_first_country_decides_what_a_national_number_means() -> None:
    assert values("0912 345 678", EntityFinder(("VN", "GB"), NAMES)) == [("phone", "+84912345678")]
    assert values("612 345 678", EntityFinder(("GB",), NAMES)) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ana@correo.es", "ana@correo.es"),
        ("it's Ana.Ruiz@Correo.ES.", "ana.ruiz@correo.es"),
        ("mail me (ana+shop@mail.correo.co.uk), please", "ana+shop@mail.correo.co.uk"),
        ("<ana_ruiz@correo-rapido.es>", "ana_ruiz@correo-rapido.es"),
        ("mi correo es:ana@correo.es;gracias", "ana@correo.es"),
        ("nguyễn@thu.example ạ", "nguyễn@thu.example"),
    ],
)
def test_an_address_is_found_in_a_sentence(text: str, address: str) -> None:
    assert values(text) == [("email", address)]


ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")  # said plainly, and slow for long words
ADDRESS_PIECES = st.sampled_from(["a", "b1", "é", "@", "@", ".", ".", "+", "-", "_", " ", ",", "correo.es", "x@y.z"])


@given(st.lists(ADDRESS_PIECES, max_size=14).map("".join))
@example("a@b.c+d@e.f")
@example("a@b@c.d")
@example("a@b.c.@d.e-f")
@settings(deadline=None, max_examples=500)
def test_every_address_is_found_and_nothing_else(text: str) -> None:
    found = [(entity.start, entity.end) for entity in FINDER.find(text) if entity.kind == "email"]
    assert found == [match.span() for match in ADDRESS.finditer(text)]


@pytest.mark.parametrize("text", ["ana@", "@ana", "ana@localhost", "ana at correo dot es", "ana@.es", "a @ b.es"])
def test_half_an_address_is_none(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("204518@correo.es", [("email", "204518@correo.es")]),
        ("ana204518@correo.es", [("email", "ana204518@correo.es")]),
        ("english@correo.es", [("email", "english@correo.es")]),
        ("english-shop@correo.es", [("email", "english-shop@correo.es")]),
        ("0912345678@thu.example", [("email", "0912345678@thu.example")]),
        ("#612345678", [("order_number", "CS-612345678")]),
        ("CS-204518 +34612345678", [("order_number", "CS-204518"), ("phone", "+34612345678")]),
        ("+34612345678 204518", [("phone", "+34612345678"), ("order_number", "CS-204518")]),
        ("204518 ana@correo.es", [("order_number", "CS-204518"), ("email", "ana@correo.es")]),
        ("07700 900123 204518", [("phone", "+447700900123"), ("order_number", "CS-204518")]),
        ("204518 07700 900123", [("order_number", "CS-204518"), ("phone", "+447700900123")]),
        ("204518 204525", [("order_number", "CS-204518"), ("order_number", "CS-204525")]),
        ("204518, in English", [("order_number", "CS-204518"), ("wanted_language", "en")]),
    ],
)
def test_several_values_are_told_apart_and_come_in_their_order(text: str, found: list[tuple[str, str]]) -> None:
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("English please", "en"),
        ("CASTELLANO", "es"),
        ("nói tiếng việt được không", "vi"),
        ("Tiếng Việt nhé", "vi"),
        ("noi tieng viet", "vi"),
    ],
)
def test_a_language_is_found_by_the_name_that_shoppers_give_it(text: str, code: str) -> None:
    assert values(text) == [("wanted_language", code)]


@pytest.mark.parametrize("text", ["englishman", "tiếng", "deutsch", "Việt Nam"])
def test_other_words_are_no_language(text: str) -> None:
    assert values(text) == []


def test_a_shop_without_names_of_languages_understands_values_quietly() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert values("in english, CS-204518", EntityFinder(language_names={})) == [("order_number", "CS-204518")]


def test_places_are_those_of_the_value_in_the_text() -> None:
    text = "về đơn CS-204518 của ana@correo.es"
    assert [(e.kind, text[e.start : e.end]) for e in FINDER.find(text)] == [
        ("order_number", "CS-204518"),
        ("email", "ana@correo.es"),
    ]


PIECES = st.sampled_from(
    ["CS-", "204518", "#", "+44", " ", "0912 345 678", "612345678", "ana@", "correo.es", ".", ",", "-", "english", "tiếng",
     "việt", "🙂", "\u0301", "x", "(", "/", "07400 123456"]
)  # fmt: skip


@given(st.one_of(st.lists(PIECES, max_size=8).map("".join), st.text(max_size=80)))
@example("english#204518")
@example("castellano-CS204518@correo.es")
@settings(deadline=None, max_examples=300)
def test_values_never_overlap_and_are_written_in_one_way(text: str) -> None:
    text = clean(text)
    found: list[Entity] = FINDER.find(text)
    assert all(before.end <= after.start for before, after in pairwise(found))
    for entity in found:
        assert 0 <= entity.start < entity.end <= len(text)
        match entity.kind:
            case "order_number":
                assert re.fullmatch(r"CS-[0-9]{4,9}", entity.value)
            case "email":
                assert entity.value == entity.value.lower()
                assert entity.value in text.lower()
            case "phone":
                assert phonenumbers.is_possible_number(phonenumbers.parse(entity.value))
            case _:
                assert (entity.kind, entity.value in NAMES.values()) == ("wanted_language", True)


@pytest.mark.parametrize("unit", ["a", "1", "204518 ", "a@", "english ", "🙂", "+", "$", "cs", "ễ"])
def test_ten_thousand_characters_are_read(unit: str) -> None:
    assert {e.kind for e in FINDER.find(unit * (10_000 // len(unit)))} <= {*VALUES, "wanted_language"}
