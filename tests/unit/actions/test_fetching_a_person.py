"""Handing over, not understanding, and the shopper's language."""

from typing import Any, get_args

import pytest

from actions.hand_over import HandOver
from actions.not_understood import NotUnderstood, OfferNothing, OfferPerson
from actions.switch_language import SwitchLanguage
from actions.understanding import UnderstandingService
from handoff.reasons import Reason
from tests.unit.actions.action_builders import run, tracker


async def test_a_handoff_carries_what_the_agent_should_know(service: UnderstandingService) -> None:
    at = tracker(
        "no, it did not",
        intent="not_helpful",
        outcome="again",
        not_helpful=2,
        language="es",
        last_question={"text": "can i return it?", "articles": []},
        articles_tried=["returns", "gone", "delivery"],
        order_number="CS-204518",
        order_contact="ana@correo.example",
    )
    ran = await run(HandOver(service), at)
    assert ran.payloads == [
        {
            "kind": "handoff",
            "reason": "not_helpful",
            "question": "can i return it?",
            "articles_tried": [
                {"id": "returns", "language": "es", "title": "returns (es)"},
                {"id": "delivery", "language": "en", "title": "delivery (en)"},
            ],
            "collected": {"order_number": "CS-204518", "order_contact": "ana@correo.example"},
        }
    ]
    assert ran.events == []
    assert ran.messages[0]["text"] is None  # the desk has the words


async def test_without_an_earlier_question_the_message_itself_is_the_question(service: UnderstandingService) -> None:
    ran = await run(HandOver(service), tracker("get me a person", intent="request_human"))
    assert ran.payloads[0]["question"] == "get me a person"
    assert (ran.payloads[0]["articles_tried"], ran.payloads[0]["collected"]) == ([], {})


@pytest.mark.parametrize(
    ("intent", "slots", "reason"),
    [
        ("request_human", {"outcome": "limit"}, "asked"),
        ("anger", {"outcome": "again", "not_helpful": 2}, "anger"),
        ("inform", {"outcome": "limit"}, "order_lookup"),
        ("inform", {"outcome": "unavailable"}, "orders_unavailable"),
        ("not_helpful", {"outcome": "again", "not_helpful": 2}, "not_helpful"),
        ("nlu_fallback", {"outcome": "again", "not_understood": 2}, "not_understood"),
        ("nlu_fallback", {"outcome": "again", "not_understood": 2, "not_helpful": 1}, "not_understood"),
        ("affirm", {"outcome": "first"}, "asked"),
        ("affirm", {"outcome": "again", "not_understood": 2}, "asked"),
        ("affirm", {}, "asked"),
    ],
)
async def test_the_reason_is_what_led_to_the_handoff(
    service: UnderstandingService, intent: str, slots: dict[str, Any], reason: str
) -> None:
    ran = await run(HandOver(service), tracker("x", intent=intent, **slots))
    assert ran.payloads[0]["reason"] == reason
    assert reason in get_args(Reason)


@pytest.mark.parametrize(("before", "outcome"), [(None, "first"), (0, "first"), (1, "again"), (2, "again")])
async def test_the_second_time_in_a_row_is_told_from_the_first(before: int | None, outcome: str) -> None:
    ran = await run(NotUnderstood(), tracker("qwertz", intent="nlu_fallback", not_understood=before))
    assert ran.messages == []
    assert ran.slots == {
        "outcome": outcome,
        "not_understood": (before or 0) + 1,
        "last_question": {"text": "qwertz", "articles": []},
    }


@pytest.mark.parametrize("intent", ["faq", "none_of_these"])
async def test_a_question_that_was_understood_stays_the_last_question(intent: str) -> None:
    ran = await run(NotUnderstood(), tracker("none of these", intent=intent, last_question={"text": "return?"}))
    assert "last_question" not in ran.slots


async def test_an_offered_person_is_remembered_for_the_yes() -> None:
    assert (await run(OfferPerson(), tracker())).slots == {"offered": "person"}


async def test_an_offer_that_was_turned_down_is_forgotten() -> None:
    assert (await run(OfferNothing(), tracker(offered="person"))).slots == {"offered": "nothing"}


async def test_a_language_of_the_shop_is_switched_to(service: UnderstandingService) -> None:
    ran = await run(SwitchLanguage(service), tracker("in spanish", entities={"wanted_language": "es"}))
    assert ran.payloads == [{"kind": "language", "language": "es"}]
    assert ran.slots == {"outcome": "answered", "language": "es"}


@pytest.mark.parametrize("wanted", [None, "de", "", "EN", "english"])
async def test_no_other_language_is_switched_to(service: UnderstandingService, wanted: str | None) -> None:
    entities = {} if wanted is None else {"wanted_language": wanted}
    ran = await run(SwitchLanguage(service), tracker("in german", entities=entities))
    assert (ran.messages, ran.slots) == ([], {"outcome": "nothing"})
