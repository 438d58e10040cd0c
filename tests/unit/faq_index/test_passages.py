"""Passages: what an article says, without its marks, in pieces of some sixty words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_index.passages import MOST, WORDS, passages
from faq_index.text import clean, has_words


def sentence(words: int, number: int = 1) -> str:
    return " ".join(f"w{number}" for _ in range(words)) + "."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("You have **30 days**, _not_ more.", "You have 30 days, not more."),
        ("# Sending back\n\nWithin ***30*** days.", "Sending back Within 30 days."),
        ("See [our terms](https://shop.example/terms \"Terms\").", "See our terms."),
        ("See [our terms].\n\n[our terms]: https://shop.example/terms", "See our terms."),
        ("Look: ![a **blue** label](label.png \"Label\") here.", "Look: a blue label here."),
        ("[![the label](label.png)](/label) is blue", "the label is blue"),
        ("Write `CS-204518` on it.", "Write CS-204518 on it."),
        ("one line\nand the next\\\nand the third  \nand the last", "one line and the next and the third and the last"),
        ("> quoted\n>\n> twice", "quoted twice"),
        ("1. first\n2. second\n   - and a third", "first second and a third"),
        ("a &amp; b &lt; c\\*", "a & b < c*"),
        ("before\n\n---\n\nafter", "before after"),
        ("🙂\n\nfine", "fine"),
        ("re\u200bfund \u202ehere", "refund here"),
    ],
)  # fmt: skip
def test_marks_and_addresses_go_and_words_stay(body: str, words: str) -> None:
    assert passages(body) == [words]


@pytest.mark.parametrize("block", ["```py\nsecret()\n```", "~~~\nsecret\n~~~", "    secret"])
def test_blocks_of_code_say_nothing(block: str) -> None:
    assert passages(f"Before.\n\n{block}\n\nAfter.") == ["Before. After."]


@pytest.mark.parametrize(
    "body",
    ["<div>Within <b>30</b> days</div>", "<script>alert(1)</script> Within days", "| Feet | M | | - | - | | 37 | 7 |"],
)
def test_html_and_tables_are_text_as_they_are_where_they_are_shown(body: str) -> None:
    assert passages(body.replace("| |", "|\n|")) == [body]


@pytest.mark.parametrize(
    "body", ["", " \n\t\n", "---", "***", "🙂", "![](label.png)", "[](/terms)", "\x00", "\ud800", "```\nx"]
)
def test_a_body_without_words_has_no_passages(body: str) -> None:
    assert passages(body) == []


# ---- sentences and sizes -------------------------------------------------------------------------------------------------


def test_sentences_are_gathered_until_there_are_sixty_words() -> None:
    body = " ".join(sentence(25, number) for number in range(7))
    assert [len(passage.split()) for passage in passages(body)] == [75, 75, 25]


def test_a_passage_may_go_across_paragraphs_and_entries_of_a_list() -> None:
    body = f"{sentence(20, 1)}\n\n- {sentence(20, 2)}\n- {sentence(19, 3)}\n\n{sentence(1, 4)}"
    assert passages(body) == [" ".join((sentence(20, 1), sentence(20, 2), sentence(19, 3), sentence(1, 4)))]


def test_a_passage_of_sixty_words_is_full() -> None:
    assert len(passages(f"{sentence(59)} {sentence(1)} {sentence(1)}")) == 2


def test_a_sentence_is_never_cut_however_long() -> None:
    body = f"{sentence(5, 1)} {sentence(400, 2)} {sentence(5, 3)}"
    assert passages(body) == [f"{sentence(5, 1)} {sentence(400, 2)}", sentence(5, 3)]


@pytest.mark.parametrize("end", [".", "!", "?", "…", "?!", "..."])
def test_a_sentence_ends_where_a_blank_follows_its_sign(end: str) -> None:
    first = sentence(WORDS).rstrip(".") + end
    assert passages(f"{first} Next one.") == [first, "Next one."]


@pytest.mark.parametrize("inside", ["3.50", "faqdesk.example", "e.g.this"])
def test_a_point_inside_a_word_ends_no_sentence(inside: str) -> None:
    first = f"{sentence(WORDS).rstrip('.')} {inside} more"
    assert passages(first) == [first]


def test_a_long_article_speaks_by_its_beginning() -> None:
    found = passages("\n\n".join(sentence(WORDS, number) for number in range(MOST + 5)))
    assert found == [sentence(WORDS, number) for number in range(MOST)]


@pytest.mark.parametrize(
    "unit",
    [
        "Within 30 days. ",
        "word ",
        "- entry\n",
        "> ",
        "[",
        "![",
        "**",
        "*a ",
        "`",
        "<a ",
        "[a](b ",
        "&",
        "\n",
        "|a|b|\n",
        "🙂",
    ],
)
def test_fifty_thousand_characters_are_read(unit: str) -> None:
    found = passages(unit * (50_000 // len(unit)))
    assert len(found) <= MOST
    assert all(has_words(passage) for passage in found)


MARKS = ["Word. ", "two words ", "**", "_", "[", "](", ")", "![", "`", "\n", "\n\n", "- ", "> ", "# ", "|", "<b>", "&"]
PIECES = st.sampled_from(MARKS) | st.text(st.characters(codec=None), max_size=5)


@given(st.lists(PIECES, max_size=60).map("".join))
@settings(deadline=None, max_examples=200)
def test_no_body_breaks_it_and_every_passage_is_clean(body: str) -> None:
    for passage in passages(body):
        assert has_words(passage)
        assert clean(passage) == passage
