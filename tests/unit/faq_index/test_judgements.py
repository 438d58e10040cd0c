"""Judged answers: read strictly, and only what still says something is used."""

from pathlib import Path

import pytest

from faq_index.errors import KnowledgeError
from faq_index.judgements import Judgement, judgeable, read_judgements
from tests.unit.faq_index.index_builders import SHOP_ARTICLES, shop

HEADER = "text,lang,faq_id,right\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "judgements.csv"


def test_rows_are_read_as_they_stand(file: Path) -> None:
    file.write_text(
        HEADER + '"is it ""quick, dear""",,delivery,yes\n"two\nlines",vi,returns,no\n,en,returns,no\n', "utf-8"
    )
    assert read_judgements(file) == [
        Judgement('is it "quick, dear"', "", "delivery", True),
        Judgement("two\nlines", "vi", "returns", False),
        Judgement("", "en", "returns", False),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"text,lang,right\nhello,en,yes\n", r"lacks the column\(s\) faq_id"),
        (b"", r"lacks the column\(s\) text, lang, faq_id, right"),
        (b"text,lang,faq_id,right\nhello,en,returns,maybe\n", "row 2: .* neither yes nor no"),
        (b"text,lang,faq_id,right\nhello,en,returns,yes\nhello,en,,yes\n", "row 3: faq_id is empty"),
        (b"text,lang,faq_id,right\nhello,en\n", "row 2"),
        (b"text,lang,faq_id,right\n\xff\xfe,en,returns,yes\n", "cannot be read as UTF-8"),
        (b"text,lang,faq_id,right\n" + b"x" * 200_000 + b",en,returns,yes\n", "cannot be read"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_to_do(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(KnowledgeError, match=words):
        read_judgements(file)


def test_a_file_that_is_not_there_is_an_error_in_words(file: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"judgements\.csv cannot be read"):
        read_judgements(file)


@pytest.mark.parametrize(
    "useless",
    [
        Judgement("will it fit me", "en", "sizes", True),  # the article is gone
        Judgement("hello bot", "en", "greet", True),  # an intent and no article
        Judgement("  🙂 ?!\u200b", "en", "returns", False),  # no word
        Judgement("Send the   DRESS back", "en", "returns", True),  # by now a phrasing of the same article
        Judgement("good morning", "en", "returns", False),  # by now a phrasing of something else
        Judgement(SHOP_ARTICLES[0].title, "en", "returns", True),  # its very title
    ],
)
def test_what_says_nothing_about_the_release_is_left_out(useless: Judgement) -> None:
    useful = Judgement("can i give the dress back to you", "en", "returns", True)
    assert judgeable([useless, useful, useless, useful], shop()) == [useful, useful]
