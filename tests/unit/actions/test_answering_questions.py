"""Answering: an approved article, a choice of a few, or nothing; and whether it helped."""

from typing import Any

import pytest

from actions.answer_faq import AnswerFaq
from actions.feedback import Helpful, NotHelpful
from actions.understanding import UnderstandingService
from tests.unit.actions.action_builders import run, tracker

RETURNS, DELIVERY, PAYMENT = ("article", "returns"), ("article", "delivery"), ("article", "payment")


async def test_a_sure_answer_shows_the_article(service: UnderstandingService) -> None:
    ran = await run(AnswerFaq(service), tracker("return?", candidates=[(*RETURNS, 0.9), (*DELIVERY, 0.1)]))
    assert ran.payloads == [
        {
            "kind": "answer",
            "article": {
                "id": "returns", "language": "en", "title": "returns (en)", "body": "All about returns.",
                "link": "/help", "updated": "2026-11-20",
            },
            "release": service.release.id,
            "p": 0.9,
        }
    ]  # fmt: skip
    assert ran.slots == {
        "outcome": "answered",
        "offered": "feedback",
        "articles_tried": ["returns"],
        "article_title": "returns (en)",
        "choices": None,
        "not_understood": 0,
        "last_question": {"text": "return?", "articles": [["returns", 0.9], ["delivery", 0.1]]},
    }


async def test_an_answer_can_be_read_without_the_desk_too(service: UnderstandingService) -> None:
    ran = await run(AnswerFaq(service), tracker("return?", candidates=[(*RETURNS, 0.9)]))
    assert ran.messages[0]["text"] == "returns (en)\n\nAll about returns.\n/help"


async def test_what_was_tried_before_is_kept(service: UnderstandingService) -> None:
    at = tracker("and?", candidates=[(*RETURNS, 0.9), (*DELIVERY, 0.85)], articles_tried=["returns"])
    ran = await run(AnswerFaq(service), at)
    assert ran.payloads[0]["article"]["id"] == "delivery"
    assert ran.slots["articles_tried"] == ["returns", "delivery"]


@pytest.mark.parametrize(("language", "shown"), [("es", "es"), ("en", "en"), ("vi", "en"), (None, "en"), ("de", "en")])
async def test_an_article_is_shown_in_the_shoppers_language_or_the_shops_first(
    service: UnderstandingService, language: str | None, shown: str
) -> None:
    ran = await run(AnswerFaq(service), tracker("?", candidates=[(*RETURNS, 0.9)], language=language))
    assert ran.payloads[0]["article"]["language"] == shown


async def test_an_unsure_answer_offers_a_choice(service: UnderstandingService) -> None:
    at = tracker("hm", candidates=[(*RETURNS, 0.5), ("intent", "greet", 0.4), (*DELIVERY, 0.3)], language="es")
    ran = await run(AnswerFaq(service), at)
    assert ran.payloads == [
        {
            "kind": "choices",
            "articles": [
                {"id": "returns", "language": "es", "title": "returns (es)"},
                {"id": "delivery", "language": "en", "title": "delivery (en)"},
            ],
            "release": service.release.id,
        }
    ]
    assert ran.messages[0]["text"] == "1. returns (es)\n2. delivery (en)"
    assert ran.slots == {
        "outcome": "answered",
        "offered": "choice",
        "choices": ["returns", "delivery"],
        "last_question": {"text": "hm", "articles": [["returns", 0.5], ["delivery", 0.3]]},
        "not_understood": 0,
    }


@pytest.mark.parametrize(("candidates", "tried"), [([(*RETURNS, 0.9)], ["returns"]), ([(*RETURNS, 0.1)], []), ([], [])])
async def test_nothing_is_shown_when_nothing_is_close_and_new(
    service: UnderstandingService, candidates: list[tuple[str, str, float]], tried: list[str]
) -> None:
    ran = await run(AnswerFaq(service), tracker("?", candidates=candidates, articles_tried=tried))
    assert ran.messages == []
    assert ran.slots["outcome"] == "nothing"
    assert ran.slots["last_question"]["text"] == "?"


async def test_an_article_that_the_release_no_longer_has_is_not_shown(service: UnderstandingService) -> None:
    ran = await run(AnswerFaq(service), tracker("?", candidates=[("article", "gone", 0.99)]))
    assert ran.messages == []
    assert (ran.slots["outcome"], ran.slots["offered"]) == ("nothing", "nothing")


AGAIN = {"text": "can i return it?", "articles": [["returns", 0.9]]}


async def test_another_question_about_the_article_just_shown_points_to_it(service: UnderstandingService) -> None:
    at = tracker("within how long?", candidates=[(*RETURNS, 0.9), (*DELIVERY, 0.85)], articles_tried=["returns"],
                 offered="feedback", last_question=AGAIN)  # fmt: skip
    ran = await run(AnswerFaq(service), at)
    assert ran.messages == []
    assert ran.slots == {
        "outcome": "same",
        "offered": "feedback",
        "last_question": {"text": "within how long?", "articles": [["returns", 0.9], ["delivery", 0.85]]},
    }


@pytest.mark.parametrize(
    ("text", "candidates", "slots"),
    [
        ("Can I return it?", [(*RETURNS, 0.9)], {}),  # the same question over again
        ("how long?", [(*DELIVERY, 0.9)], {}),  # another article
        ("how long?", [(*RETURNS, 0.7)], {}),  # not sure enough
        ("how long?", [(*RETURNS, 0.9)], {"offered": "nothing"}),  # something was said in between
        ("how long?", [(*RETURNS, 0.9)], {"articles_tried": ["returns", "payment"]}),
        ("how long?", [(*RETURNS, 0.9)], {"last_question": None}),
    ],
)
async def test_other_questions_do_not_point_to_the_article_just_shown(
    service: UnderstandingService, text: str, candidates: list[tuple[str, str, float]], slots: dict[str, Any]
) -> None:
    before: dict[str, Any] = {"articles_tried": ["returns"], "offered": "feedback", "last_question": AGAIN}
    ran = await run(AnswerFaq(service), tracker(text, candidates=candidates, **(before | slots)))
    assert ran.slots["outcome"] != "same"


async def test_under_the_light_pipeline_the_action_understands_the_message_itself(
    service: UnderstandingService,
) -> None:
    ran = await run(AnswerFaq(service), tracker("how do i return a dress"))
    assert ran.slots["last_question"]["articles"][0][0] == "returns"
    assert "returns" in str(ran.payloads)


async def test_a_helpful_article_ends_the_question() -> None:
    ran = await run(Helpful(), tracker(articles_tried=["returns", "delivery"], not_helpful=1))
    assert ran.payloads == [{"kind": "feedback", "article_id": "delivery", "helpful": True}]
    assert ran.slots == {"offered": "nothing", "articles_tried": None, "not_helpful": 0, "last_question": None}


async def test_praise_for_nothing_is_no_feedback() -> None:
    assert (await run(Helpful(), tracker())).messages == []


def asked(*articles: tuple[str, float]) -> dict[str, Any]:
    return {"text": "return?", "articles": [list(found) for found in articles]}


async def test_what_else_was_close_is_offered_when_an_article_did_not_help(service: UnderstandingService) -> None:
    question = asked(("returns", 0.6), ("delivery", 0.15), ("payment", 0.1), ("factura", 0.02))
    ran = await run(NotHelpful(service), tracker(articles_tried=["returns"], last_question=question))
    assert ran.kinds == ["feedback", "choices"]
    assert ran.payloads[0] == {"kind": "feedback", "article_id": "returns", "helpful": False}
    assert [shown["id"] for shown in ran.payloads[1]["articles"]] == ["delivery", "payment"]
    assert ran.slots == {
        "outcome": "others",
        "not_helpful": 1,
        "offered": "choice",
        "choices": ["delivery", "payment"],
    }


async def test_at_most_three_others_are_offered(service: UnderstandingService) -> None:
    question = asked(("returns", 0.9), ("delivery", 0.5), ("payment", 0.5), ("factura", 0.5), ("giao-hang", 0.5))
    ran = await run(NotHelpful(service), tracker(articles_tried=["returns"], last_question=question))
    assert ran.slots["choices"] == ["delivery", "payment", "factura"]


@pytest.mark.parametrize("question", [None, asked(), asked(("returns", 0.6), ("delivery", 0.01))])
async def test_the_shopper_is_asked_to_rephrase_when_nothing_else_is_close(
    service: UnderstandingService, question: dict[str, Any] | None
) -> None:
    ran = await run(NotHelpful(service), tracker(articles_tried=["returns"], last_question=question))
    assert ran.kinds == ["feedback"]
    assert ran.slots == {"outcome": "rephrase", "not_helpful": 1, "offered": "nothing"}


async def test_the_second_article_that_does_not_help_is_the_last(service: UnderstandingService) -> None:
    question = asked(("returns", 0.9), ("delivery", 0.5))
    ran = await run(NotHelpful(service), tracker(articles_tried=["returns"], last_question=question, not_helpful=1))
    assert ran.kinds == ["feedback"]
    assert ran.slots == {"outcome": "again", "not_helpful": 2, "offered": "nothing"}


async def test_a_complaint_before_any_article_is_no_feedback(service: UnderstandingService) -> None:
    assert (await run(NotHelpful(service), tracker())).messages == []


async def test_articles_that_a_newer_release_dropped_are_not_offered(service: UnderstandingService) -> None:
    """The question was asked under an older release: an empty choice is one that the desk refuses."""
    question = asked(("returns", 0.9), ("gone", 0.5), ("gone-too", 0.4))
    ran = await run(NotHelpful(service), tracker(articles_tried=["returns"], last_question=question))
    assert ran.kinds == ["feedback"]
    assert ran.slots["outcome"] == "rephrase"


async def test_the_numbers_of_a_choice_are_those_that_are_shown(service: UnderstandingService) -> None:
    """Else "the second one" would bring up the first."""
    question = asked(("returns", 0.9), ("gone", 0.5), ("delivery", 0.4), ("payment", 0.3))
    ran = await run(NotHelpful(service), tracker(articles_tried=["returns"], last_question=question))
    assert ran.slots["choices"] == [shown["id"] for shown in ran.payloads[1]["articles"]]
