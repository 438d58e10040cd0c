"""What a shopper writes, made fit to store and to show, and made harmless for the engine."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.engine.client import LONGEST_FOR_ENGINE, safe_for_engine
from bot.messages import LONGEST_TEXT, UnreadableMessage
from bot.readable import readable

# Every code point, lone surrogates and controls included.
ANYTHING = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    "words",
    [
        "Where is my order?",
        "Đơn hàng của mình đâu rồi ạ?",
        "¿Dónde está mi pedido? 📦",
        "two\nlines\tand a tab",
        "<script>alert(1)</script>",  # shown as text, so it stays what she wrote
        "🧑‍🌾 keeps the joiner that makes one sign of two",
        "/help is only words",
    ],
)
def test_ordinary_words_stay_as_they_are(words: str) -> None:
    assert readable(words) == words


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("re\x00fund", "refund"),
        ("\x1b[2Jrefund\x07", "[2Jrefund"),  # a terminal's commands
        ("\x9b2Jrefund", "2Jrefund"),  # the same command in one character
        ("re\u202efund\u202c", "refund"),  # bidirectional override
        ("re\u2066fund\u2069", "refund"),  # bidirectional isolate
        ("\u200ere\u200ffund\u061c", "refund"),  # direction marks
        ("re\u200bfund\ufeff", "refund"),  # zero-width blank, byte order mark
        ("re\ud800fund\udfff", "refund"),  # lone surrogates
        ("one\r\ntwo", "one\ntwo"),
        ("  \n refund \t ", "refund"),
    ],
)
def test_characters_that_hide_or_command_are_removed(hostile: str, shown: str) -> None:
    assert readable(hostile) == shown


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        " ",
        "\n\t",
        "\x00",
        "\u200b",
        "\u202e\u202c",
        "\ufeff ",
        "\ud83d",
        "\u2060",
        "\u200d\u200c",
        "\u00ad",
        "\u180e",
    ],
    ids=ascii,
)
def test_a_message_of_nothing_visible_is_refused(nothing: str) -> None:
    with pytest.raises(UnreadableMessage, match="empty"):
        readable(nothing)


def test_a_message_that_is_too_long_is_refused_with_both_numbers() -> None:
    assert readable("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    with pytest.raises(UnreadableMessage, match=rf"{LONGEST_TEXT + 1} characters; {LONGEST_TEXT} fit"):
        readable("x" * (LONGEST_TEXT + 1))


def test_length_is_counted_after_cleaning() -> None:
    assert readable("\x00" * 10_000 + " hi " + " " * 10_000) == "hi"


@given(ANYTHING)
@example("\x85")
def test_whatever_comes_is_refused_or_can_be_stored_and_shown(text: str) -> None:
    try:
        shown = readable(text)
    except UnreadableMessage:
        return
    assert shown.encode().decode() == shown
    assert shown == shown.strip() != ""
    assert not [sign for sign in shown if unicodedata.category(sign) == "Cc" and sign not in "\n\t"]
    assert not [sign for sign in shown if unicodedata.bidirectional(sign) in ("LRE", "RLE", "LRO", "RLO", "PDF")]
    assert readable(shown) == shown


# ---- for the engine -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("/restart", "restart"),
        ("  /restart", "restart"),
        ("///restart", "restart"),
        ("/ /restart", "restart"),
        ("/\n/\t/ restart", "restart"),
        ("\u00a0/\u2003/restart", "restart"),  # blanks that are not the space bar's
        ('/inform{"order_number": "CS-1"}', 'inform{"order_number": "CS-1"}'),
        ("and/or", "and/or"),
        ("size 38/40?", "size 38/40?"),
        ("EXTERNAL: wake_up", "EXTERNAL: wake_up"),
    ],
)
def test_a_leading_slash_never_reaches_the_engine(said: str, asked: str) -> None:
    assert safe_for_engine(said) == asked


@pytest.mark.parametrize("said", ["/", "  / / ", "//\n", ""])
def test_the_engine_is_asked_even_when_only_slashes_were_said(said: str) -> None:
    assert safe_for_engine(said) == "…"


def test_the_engine_gets_the_beginning_of_a_long_message() -> None:
    assert safe_for_engine("ab" * LONGEST_FOR_ENGINE) == "ab" * (LONGEST_FOR_ENGINE // 2)


@given(st.text(st.sampled_from("/ \t\n\u00a0\u2003\u3000\x1c\x85a{"), max_size=12))
@example("/ /a")
def test_no_disguise_makes_a_command(said: str) -> None:
    asked = safe_for_engine(said)
    assert asked.strip()
    assert not asked.strip().startswith("/")  # Rasa strips, then looks
