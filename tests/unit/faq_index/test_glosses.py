"""Glosses: other languages' words in rough English, and nothing of what is not in the lists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_index.gloss import Glosses, WordList
from faq_index.text import LONGEST_CHARACTERS, normal, without_marks

ENTRIES = {
    "hoàn tiền": "refund",
    "hoàn": "complete",
    "tiền": "money",
    "khi nào": "when",
    "chợ": "market",
    "đổi trả": "return",
    "được": "can",
    "có được": "may i",
    "không": "not",
    "không $": "",
    "ạ": "",
}
SHOP = WordList(ENTRIES)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("hoàn tiền", "refund"),
        ("tiền hoàn", "money complete"),
        ("hoàn hoàn tiền tiền", "complete refund money"),
        ("khi nào hoàn tiền", "when refund"),
        ("khi", "khi"),  # half of an entry is none
    ],
)
def test_the_longest_entry_that_fits_is_taken(text: str, english: str) -> None:
    assert SHOP.gloss(text) == english


@pytest.mark.parametrize(
    "text", ["HOÀN Tiền", "hoàn, tiền!", "hoàn   tiền", "hoa\u0300n tie\u0302\u0300n", "¿hoàn-tiền?"]
)
def test_case_punctuation_and_the_way_letters_are_composed_do_not_matter(text: str) -> None:
    assert SHOP.gloss(text) == "refund"


# ---- marks ---------------------------------------------------------------------------------------------------------------


def test_what_is_written_comes_before_what_it_may_stand_for() -> None:
    words = WordList({"má": "mother", "ma": "ghost", "mà": "but"})
    assert [words.gloss(text) for text in ("ma", "má", "mà", "mạ")] == ["ghost", "mother", "but", "mạ"]


def test_of_two_entries_that_look_alike_without_marks_the_first_is_read() -> None:
    assert WordList({"chờ": "wait", "chợ": "market"}).gloss("cho") == "wait"


def test_a_longer_entry_read_without_marks_comes_before_a_shorter_one_as_written() -> None:
    assert WordList({"doi": "crew", "đổi trả": "return"}).gloss("doi tra") == "return"


def test_text_typed_without_marks_is_read_without_them() -> None:
    assert SHOP.gloss("khi nao hoan tien") == "when refund"
    assert SHOP.gloss("cho") == "market"
    assert WordList({"año": "year", "envío": "shipping"}).gloss("envio ano") == "shipping year"


@pytest.mark.parametrize("text", ["được cho", "cho được", "cho cà phê", "cho đ", "cho ñ"])
def test_one_word_without_marks_beside_marked_ones_is_what_it_looks_like(text: str) -> None:
    """Who types marks types them all: "cho" (for) is then no "chợ" (market)."""
    assert "cho" in SHOP.gloss(text).split()


def test_several_words_without_marks_are_an_entry_even_beside_marked_ones() -> None:
    """Two words are no chance: somebody typed the half of the message in haste."""
    assert SHOP.gloss("được doi tra") == "can return"


def test_words_with_other_marks_than_the_entry_has_are_not_the_entry() -> None:
    assert SHOP.gloss("hoán tiên") == "hoán tiên"


def test_a_mark_that_no_letter_is_composed_with_is_a_mark() -> None:
    assert SHOP.gloss("x\u0331y cho").split()[-1] == "cho"
    assert SHOP.gloss("x\u0331y doi tra").split()[-1] == "return"


@pytest.mark.parametrize(
    ("listed", "typed"), [("hoà", "hòa"), ("hủy", "huỷ"), ("khỏe", "khoẻ"), ("THUỲ", "thùy"), ("tóa lọa", "toá loạ")]
)
def test_the_tone_may_stand_over_either_vowel(listed: str, typed: str) -> None:
    for words, text in ((listed, typed), (typed, listed), (listed, listed), (typed, typed)):
        assert WordList({words: "found"}).gloss(f"shop {text} 7") == "shop found 7"


def test_after_q_the_u_is_no_vowel() -> None:
    assert WordList({"quý": "precious"}).gloss("quý") == "precious"
    assert WordList({"quý": "precious"}).gloss("qúy") == "qúy"


def test_before_another_letter_the_tone_has_one_place_only() -> None:
    assert WordList({"hòan": "wrong"}).gloss("hoàn") == "hoàn"


# ---- ends, and what leaves nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("có được không", "may i"),
        ("có được không?", "may i"),
        ("co duoc khong", "may i"),
        ("không được", "not can"),
        ("có được không hoàn tiền", "may i not refund"),
        ("được không $ hoàn tiền", "can not refund"),  # a sign that shoppers type is not the end of their message
        ("được không $", "can"),
        ("$ được", "can"),
    ],
)
def test_an_entry_for_the_end_of_the_message_counts_there_alone(text: str, english: str) -> None:
    assert SHOP.gloss(text) == english


def test_an_entry_without_english_drops_its_words() -> None:
    assert SHOP.gloss("ạ hoàn tiền ạ") == "refund"


@pytest.mark.parametrize("text", ["ạ", "ạ ạ", "không", "Không?!", "", "?!", "🙂 🙂", "$", "$$$", "ạ $"])
def test_a_message_that_would_become_empty_stays_as_it_was(text: str) -> None:
    assert SHOP.gloss(text) == text


@pytest.mark.parametrize("text", ["CS-204518", "nguyễn thị hoa", "zalo 0912345678", "iphone 15", "退款", "возврат"])
def test_names_numbers_and_unknown_words_stay(text: str) -> None:
    assert SHOP.gloss(text).split() == normal(text).replace("-", " ").split()


def test_a_list_without_entries_changes_no_word() -> None:
    assert WordList({}).gloss("hoàn tiền") == "hoàn tiền"


def test_each_language_has_its_own_list_or_none() -> None:
    glosses = Glosses({"vi": ENTRIES, "es": {"dinero": "money"}})
    assert glosses.gloss("hoàn tiền", "vi") == "refund"
    assert glosses.gloss("hoàn tiền", "es") == "hoàn tiền"
    assert glosses.gloss("dinero", "es") == "money"
    assert glosses.gloss("Dinero, $!", "en") == "Dinero, $!"
    assert Glosses({}).gloss("hoàn tiền", "vi") == "hoàn tiền"


# ---- hostile input -------------------------------------------------------------------------------------------------------


LONG = [
    "hoàn " * 2_500,
    "a" * 10_000,
    "ễ" * 10_000,
    "ﷺ" * 10_000,
    "x\u0301" * 5_000,
    "$ chợ " * 2_000,
    "x\u0331 " * 3_000,
]
NOTHING = ["🙂" * 10_000, "$ " * 5_000, "\u200b" * 10_000, "\ud800" * 10_000, "\x00" * 10_000, "không $ " * 1_250]


@pytest.mark.parametrize("text", LONG, ids=lambda text: f"{text[:2]!a}")
def test_of_ten_thousand_characters_those_are_read_that_the_index_reads(text: str) -> None:
    found = SHOP.gloss(text)
    assert found == SHOP.gloss(normal(text))
    assert len(found.split()) <= LONGEST_CHARACTERS


@pytest.mark.parametrize("text", NOTHING, ids=lambda text: f"{text[:2]!a}")
def test_ten_thousand_characters_that_say_nothing_stay(text: str) -> None:
    assert WordList({"không": "", "không $": ""}).gloss(text) == text


@pytest.mark.parametrize(
    "text", ["\ud800hoàn\udfff tiền", "ho\x00àn tiền", "\u202ehoàn\u200b tiền\u2066", "🙂hoàn tiền🙂"]
)
def test_what_cannot_be_seen_does_not_hide_a_word(text: str) -> None:
    assert SHOP.gloss(text) == "refund"


@given(st.text(st.characters(codec=None), max_size=60) | st.text("hoàn tiềkôgchợ$ ?", max_size=60))
@settings(deadline=None, max_examples=200)
def test_whatever_comes_out_is_english_of_the_list_or_was_typed(text: str) -> None:
    found = SHOP.gloss(text)
    english = {word for words in ENTRIES.values() for word in words.split()}
    assert bool(found) == bool(text)
    if found != text:
        left = [word for word in found.split() if word not in english]
        assert all(without_marks(word) in without_marks(text) for word in left)
