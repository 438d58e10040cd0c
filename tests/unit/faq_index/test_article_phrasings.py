"""Phrasings: what speaks for an article, and that one question belongs to one article."""

from dataclasses import replace
from pathlib import Path

from faq_index.articles import Article, Problem, load_articles
from faq_index.knowledge import Phrasing, Target, article_phrasings
from tests.unit.faq_index.index_builders import LANGUAGES, article, write_article


def load(folder: Path) -> tuple[dict[tuple[str, str], Article], list[Problem]]:
    articles, problems = load_articles(folder, LANGUAGES)
    return {(article.id, article.language): article for article in articles}, problems


def test_a_phrasing_belongs_to_the_first_article_that_has_it(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", phrasings="[when do i get my money, refund time]", title="Refund time?")
    write_article(tmp_path, "returns", phrasings="\n  - send it back\n  - When do I get my MONEY\n  - returns")
    articles, problems = load(tmp_path)
    assert articles["refund", "en"].phrasings == ("when do i get my money", "refund time")
    assert articles["returns", "en"].phrasings == ("send it back", "returns")
    assert [(p.file.name, p.line) for p in problems] == [("returns.md", 7)]
    assert problems[0].reason == "phrasing 'When do I get my MONEY' already belongs to 'refund'; left out here"


def test_a_problems_line_is_the_phrasings_own_even_if_an_earlier_line_holds_the_words(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", phrasings="[money]")
    write_article(tmp_path, "returns", title="Is my money safe?", phrasings="\n  - send money\n  - money")
    _, problems = load(tmp_path)
    assert [(p.file.name, p.line) for p in problems] == [("returns.md", 7)]


def test_a_problems_line_is_found_for_a_phrasing_typed_untidily(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", phrasings="[my money]")
    write_article(tmp_path, "returns", phrasings='\n  - send it back\n  - "my   money"')
    _, problems = load(tmp_path)
    assert [(p.file.name, p.line) for p in problems] == [("returns.md", 7)]


def test_the_same_words_may_be_said_in_two_languages(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", "en", phrasings="[no]")
    write_article(tmp_path, "returns", "es", phrasings="['no']")
    write_article(tmp_path, "refund", "en", phrasings="['no']")
    articles, problems = load(tmp_path)
    assert problems == []
    assert articles["returns", "es"].phrasings == articles["refund", "en"].phrasings == ("no",)


def test_a_phrasing_twice_in_one_article_is_kept_once_and_no_problem(tmp_path: Path) -> None:
    write_article(tmp_path, "returns", phrasings="[send it back, 'Send  it BACK', send itt back]")
    articles, problems = load(tmp_path)
    assert problems == []
    assert articles["returns", "en"].phrasings == ("send it back", "send itt back")


def test_an_article_that_loses_every_phrasing_is_still_there_to_be_read(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", phrasings="[my money]")
    write_article(tmp_path, "returns", phrasings="[my money]")
    articles, problems = load(tmp_path)
    assert articles["returns", "en"].phrasings == ()
    assert len(problems) == 1


def test_a_refused_file_takes_no_phrasing_from_the_others(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", phrasings="[my money]", link="nowhere")
    write_article(tmp_path, "returns", phrasings="[my money]")
    articles, _ = load(tmp_path)
    assert articles["returns", "en"].phrasings == ("my money",)


def test_a_title_that_is_another_articles_phrasing_is_a_problem(tmp_path: Path) -> None:
    """Titles speak for an article too (knowledge.article_phrasings): two articles would own the question."""
    write_article(tmp_path, "refund", title="My refund", phrasings="[my money]")
    write_article(tmp_path, "returns", title="Sending back", phrasings="[my refund]")
    _, problems = load(tmp_path)
    assert [(p.file.name, "already belongs to 'refund'" in p.reason) for p in problems] == [("returns.md", True)]


def test_a_title_that_another_article_has_is_shown_and_is_no_phrasing(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", phrasings="[my money]")
    write_article(tmp_path, "returns", title="My money", phrasings="[send it back]")
    articles, problems = load(tmp_path)
    assert articles["returns", "en"].title == "My money"
    assert [(p.file.name, p.line) for p in problems] == [("returns.md", 4)]
    owners = [p.target.id for p in article_phrasings(articles.values()) if p.text.casefold() == "my money"]
    assert owners == ["refund"]


def test_two_articles_with_one_title_are_a_problem(tmp_path: Path) -> None:
    write_article(tmp_path, "refund", title="Your money", phrasings="[when is it refunded]")
    write_article(tmp_path, "returns", title="your money", phrasings="[send it back]")
    _, problems = load(tmp_path)
    assert [(p.file.name, "already belongs to 'refund'" in p.reason) for p in problems] == [("returns.md", True)]


# ---- what speaks for an article ------------------------------------------------------------------------------------------


def test_an_article_speaks_by_its_phrasings_its_title_and_its_body() -> None:
    target = Target("article", "refund")
    body = "We pay **within a week**.\n\n* By [card](/cards)"
    refund = replace(article("refund", "my money", title="When is it refunded?"), body=body)
    assert article_phrasings([refund]) == [
        Phrasing("my money", target, "en", "phrasing"),
        Phrasing("When is it refunded?", target, "en", "title"),
        Phrasing("We pay within a week. By card", target, "en", "passage"),
    ]


def test_what_an_article_says_twice_is_kept_once_as_what_is_likest_a_shoppers_words() -> None:
    refund = replace(article("refund", "my MONEY", title="My money"), body="My money")
    assert [(p.text, p.source) for p in article_phrasings([refund])] == [("my MONEY", "phrasing")]
    refund = replace(article("refund", "cash", title="My money"), body="my money")
    assert [(p.text, p.source) for p in article_phrasings([refund])] == [("cash", "phrasing"), ("My money", "title")]


def test_an_id_in_the_place_of_title_or_body_says_nothing() -> None:
    bare = replace(article("refund-2", "my money", title="refund-2"), body="refund-2")
    assert [p.text for p in article_phrasings([bare])] == ["my money"]


def test_a_passage_of_two_articles_belongs_to_the_first_alone() -> None:
    first, second = (replace(article(name, f"{name} it"), body="Write to us.") for name in ("refund", "return"))
    assert [p.target.id for p in article_phrasings([first, second]) if p.source == "passage"] == ["refund"]


def test_a_title_that_is_a_later_articles_phrasing_belongs_to_that_one() -> None:
    """What shoppers write counts more than what the shop calls it, whatever the order."""
    first, second = article("refund", "cash", title="My money"), article("return", "my money")
    owners = [p.target.id for p in article_phrasings([first, second]) if p.text.casefold() == "my money"]
    assert owners == ["return"]


def test_the_same_title_in_two_languages_speaks_in_both() -> None:
    both = [article("refund", f"cash {code}", language=code, title="PayPal") for code in ("en", "es")]
    assert [p.language for p in article_phrasings(both) if p.source == "title"] == ["en", "es"]
