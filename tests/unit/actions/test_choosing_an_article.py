"""Choosing: by button, by number, by word, in three languages."""

from pathlib import Path

import pytest

from actions.show_article import ShowArticle, chosen
from actions.understanding import UnderstandingService
from faq_index.knowledge import read_intents
from tests.unit.actions.action_builders import LANGUAGES, run, tracker

THREE = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("1", "a"), ("2", "b"), (" 3. ", "c"), ("number 2", "b"), ("#3", "c"), ("2)", "b"), ("option 1 please", "a"),
        ("the first one", "a"), ("The SECOND one", "b"), ("third", "c"), ("number two", "b"), ("three", "c"),
        ("the last one", "c"), ("the top one", "a"), ("the bottom one", "c"), ("the one at the bottom", "c"),
        ("la primera", "a"), ("el primero", "a"), ("la segunda", "b"), ("el tercero", "c"), ("la última", "c"),
        ("la ultima", "c"), ("la de arriba", "a"), ("tu segunda opción", "b"),
        ("la dos", "b"), ("la tres", "c"), ("la número uno", "a"),
        ("cái đầu tiên", "a"), ("cai dau tien", "a"), ("cái thứ hai", "b"), ("cái thứ nhì", "b"), ("cái thứ ba", "c"),
        ("câu thứ nhất", "a"), ("cái cuối cùng", "c"), ("cái trên cùng", "a"), ("số một", "a"), ("số 2", "b"),
        ("2️⃣", "b"), ("２", "b"),
    ],
)  # fmt: skip
def test_a_number_or_an_ordinal_points_to_a_choice(said: str, choice: str) -> None:
    assert chosen(said, THREE) == choice


@pytest.mark.parametrize(
    "said", ["", "0", "00", "4", "-4", "100", "2026", "204518", "the fourth", "yes", "🙂", "refund", "٣"]
)
def test_other_words_and_numbers_point_to_none(said: str) -> None:
    assert chosen(said, THREE) is None


def test_a_choice_of_two_has_no_third_and_its_last_is_the_second() -> None:
    assert [chosen(said, ["a", "b"]) for said in ("the third", "3", "the last one", "tercera")] == [
        None,
        None,
        "b",
        None,
    ]


@pytest.mark.parametrize("said", ["1", "first", "last", "0"])
def test_without_choices_nothing_is_chosen(said: str) -> None:
    assert chosen(said, []) is None


def test_every_sentence_that_the_dialogue_takes_for_a_choice_is_one() -> None:
    examples = read_intents(Path(__file__).parents[3] / "data" / "nlu", LANGUAGES)
    sentences = {(p.language, p.text) for p in examples if p.target.id == "show_article"}
    assert {language for language, _ in sentences} == set(LANGUAGES)
    assert [found for found in sorted(sentences) if chosen(found[1], THREE) is None] == []


async def test_a_button_shows_its_article(service: UnderstandingService) -> None:
    at = tracker("Returns", intent="show_article", entities={"article_id": "returns"}, choices=["delivery"])
    ran = await run(ShowArticle(service), at)
    assert ran.payloads[0]["article"]["id"] == "returns"
    assert ran.payloads[0]["p"] is None
    assert ran.slots == {
        "outcome": "answered",
        "offered": "feedback",
        "articles_tried": ["returns"],
        "article_title": "returns (en)",
        "choices": None,
        "not_understood": 0,
    }


async def test_words_choose_among_what_was_offered(service: UnderstandingService) -> None:
    ran = await run(ShowArticle(service), tracker("the second", choices=["returns", "delivery"], language="vi"))
    assert ran.payloads[0]["article"]["id"] == "delivery"


@pytest.mark.parametrize(
    ("said", "choices", "offered"),
    [("the third", ["returns", "delivery"], "choice"), ("2", None, "nothing"), ("hm", ["returns"], "choice")],
)
async def test_a_choice_of_nothing_shows_nothing_and_leaves_the_offer(
    service: UnderstandingService, said: str, choices: list[str] | None, offered: str
) -> None:
    ran = await run(ShowArticle(service), tracker(said, choices=choices))
    assert (ran.messages, ran.slots) == ([], {"outcome": "nothing", "offered": offered})


async def test_a_yes_chooses_the_only_article(service: UnderstandingService) -> None:
    ran = await run(ShowArticle(service), tracker("yes", intent="affirm", choices=["delivery"]))
    assert ran.payloads[0]["article"]["id"] == "delivery"


@pytest.mark.parametrize("said", ["yes", "yes, the first"])
async def test_a_yes_to_several_articles_chooses_none(service: UnderstandingService, said: str) -> None:
    ran = await run(ShowArticle(service), tracker(said, intent="affirm", choices=["delivery", "returns"]))
    assert (ran.messages, ran.slots) == ([], {"outcome": "nothing", "offered": "choice"})


@pytest.mark.parametrize("article_id", ["gone", "../returns", "", "RETURNS"])
async def test_a_button_of_an_article_that_is_not_there_shows_nothing(
    service: UnderstandingService, article_id: str
) -> None:
    ran = await run(ShowArticle(service), tracker("Gone", entities={"article_id": article_id}))
    assert ran.messages == []
    assert ran.slots["outcome"] == "nothing"


async def test_an_article_chosen_twice_is_shown_twice(service: UnderstandingService) -> None:
    """The shopper asked for it, which the bot's own choosing never does."""
    at = tracker("Returns", entities={"article_id": "returns"}, articles_tried=["returns"])
    assert (await run(ShowArticle(service), at)).kinds == ["answer"]
