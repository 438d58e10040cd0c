"""Text: what is kept of a hostile, untidy or differently typed message."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq_index.text import LONGEST_CHARACTERS, clean, has_words, normal, without_marks

# Every code point, lone surrogates, controls and unassigned ones included.
ANYTHING = st.text(st.characters(codec=None), max_size=60)
STACKED = "Trường hợp này thì phải làm thế nào ạ"  # letters with two marks each


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("re\x00fund", "refund"),  # NUL
        ("re\u202efund\u202c", "refund"),  # bidirectional override
        ("re\u2066fund\u2069", "refund"),  # bidirectional isolate
        ("re\u200bfu\u200dnd\ufeff", "refund"),  # zero-width blank, joiner, byte order mark
        ("re\ud800fund\udfff", "refund"),  # lone surrogates
        ("re\ue000fund\U0010ffff", "refund"),  # private use, not a character
        ("\x1b[31mrefund\x07", "[31mrefund"),  # a terminal's commands
        ("re\u00adfund", "refund"),  # soft hyphen
    ],
)
def test_characters_that_hide_or_command_are_removed(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


def test_every_kind_of_white_space_becomes_one_blank() -> None:
    assert clean("\t where \r\n\u00a0 is\u2003\u3000my\x0b\x85\u2028parcel \n") == "where is my parcel"


def test_words_are_not_changed_by_cleaning() -> None:
    assert clean("  ¿Dónde está MI pedido?  CS-204518 🙂 ") == "¿Dónde está MI pedido? CS-204518 🙂"


def test_accents_typed_as_marks_of_their_own_are_composed() -> None:
    assert clean(unicodedata.normalize("NFD", STACKED)) == STACKED


def test_a_mark_separated_from_its_letter_by_a_zero_width_character_is_composed_all_the_same() -> None:
    assert clean("e\u200b\u0301xito") == "éxito"


@given(ANYTHING)
@example("\ud83d\ude42")  # an emoji as two halves
def test_what_is_cleaned_holds_nothing_invisible(text: str) -> None:
    categories = {unicodedata.category(character) for character in clean(text)}
    assert categories.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    clean(text).encode()  # nothing is left that UTF-8 cannot write


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("other", ["WHERE is my  Refund", "ｗｈｅｒｅ is my refund", "where is my\u200b re\u00adfund"])
def test_phrasings_that_differ_in_case_width_and_blanks_only_have_one_form(other: str) -> None:
    assert normal(other) == normal("where is my refund")


def test_repeated_letters_and_marks_are_cut_to_two() -> None:
    assert normal("heeeeelp!!!!!!") == "heelp!!"


def test_repeated_digits_are_kept_because_they_are_numbers() -> None:
    assert normal("order 2000000") == "order 2000000"


@given(ANYTHING)
@example("¨")  # its compatible form begins with a blank
@example("a ¨b")
@example("a ͺ b")
@settings(deadline=None)
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(ANYTHING)
@example("a ¨b")
@settings(deadline=None)
def test_a_normal_form_has_no_blank_to_spare(text: str) -> None:
    assert normal(text) == " ".join(normal(text).split())


@given(ANYTHING)
@example("áàa")  # three letters that are one letter without their marks
@settings(deadline=None)
def test_a_form_without_marks_is_its_own_form(text: str) -> None:
    assert without_marks(without_marks(text)) == without_marks(text)


@given(ANYTHING)
@settings(deadline=None)
def test_a_form_without_marks_has_none(text: str) -> None:
    assert not any(unicodedata.combining(character) for character in without_marks(text))


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        (STACKED, "truong hop nay thi phai lam the nao a"),
        ("Đơn hàng của tôi ở đâu", "don hang cua toi o dau"),
        ("¿Cuándo llegará el señor?", "¿cuando llegara el senor?"),
        (unicodedata.normalize("NFD", "Đặng Thị Hồng"), "dang thi hong"),
    ],
)
def test_marks_and_the_bar_of_the_letter_d_are_left_out(typed: str, bare: str) -> None:
    assert without_marks(typed) == bare


@pytest.mark.parametrize("unit", ["a b ", "ﷺ", "🙂", "ễ", "\u200b", "ß", "x\u0301"])
def test_ten_thousand_characters_are_cut_to_size(unit: str) -> None:
    assert len(normal(unit * (10_000 // len(unit)))) <= LONGEST_CHARACTERS


def test_what_stands_in_the_beginning_of_a_long_message_is_kept() -> None:
    assert normal("where is my refund " + "and so on " * 1_000).startswith("where is my refund and so on")


@pytest.mark.parametrize("text", ["refund", "đ", "7", "退款", "🙂 ok", "возврат"])
def test_a_letter_or_digit_of_any_script_is_a_word(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize("text", ["", " ", "🙂🙂", "?!…", "👩‍👩‍👧", "—", "\u0301"])
def test_pictures_and_punctuation_are_no_words(text: str) -> None:
    assert not has_words(text)
