"""Path 2: the owner of an order learns where it is, and nobody else does."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.living_system import VAR, LivingSystem
from tests.people import Shopper

ASKS = {"en": "where is my order", "es": "dónde está mi pedido", "vi": "đơn hàng của mình đâu rồi"}


def order_in(state: str) -> dict[str, Any]:
    """A demo order in a state."""
    with sqlite3.connect(Path(VAR / "demo-orders.sqlite")) as database:
        database.row_factory = sqlite3.Row
        row = database.execute("SELECT * FROM orders WHERE state = ? LIMIT 1", (state,)).fetchone()
    return dict(row)


@pytest.mark.parametrize("language", ASKS)
def test_what_is_missing_is_asked_and_the_owner_is_told(living: LivingSystem, language: str) -> None:
    order = order_in("sent")
    shopper = Shopper(living.url, language)

    first = shopper.say(ASKS[language])[-1]
    second = shopper.say(f"it's {order['number'].lower()}" if language == "en" else order["number"])[-1]
    found = shopper.say(order["email"].upper())[-1]

    assert (first["type"], first["field"]) == ("ask", "order_number")
    assert (second["type"], second["field"]) == ("ask", "order_contact")
    assert found["type"] == "order"
    assert found["order"]["number"] == order["number"]
    assert found["order"]["tracking_url"] == order["tracking_url"]
    assert order["carrier"] in found["text"]
    assert order["email"] not in found["text"]


def test_the_phone_number_proves_it_too_however_it_is_written(living: LivingSystem) -> None:
    order = order_in("delivered")
    shopper = Shopper(living.url)

    shopper.say(f"where is my order {order['number']}")
    found = shopper.say(f"my number is {order['phone'][:3]} {order['phone'][3:6]} {order['phone'][6:]}")[-1]

    assert found["order"]["state"] == "delivered"


@pytest.mark.parametrize(
    "state", ["awaiting_payment", "delayed", "cancelled", "preordered", "refunded", "out_for_delivery"]
)
def test_every_state_has_words(living: LivingSystem, state: str) -> None:
    order = order_in(state)
    shopper = Shopper(living.url)
    shopper.say(f"track {order['number']}")

    found = shopper.say(order["email"])[-1]

    assert found["order"]["state"] == state
    assert found["order"]["headline"]


def test_a_wrong_and_a_foreign_order_get_one_and_the_same_answer(living: LivingSystem) -> None:
    foreign = order_in("sent")["number"]
    answers = []
    for number in ("CS-999999", foreign):
        shopper = Shopper(living.url)
        shopper.say(f"where is my order {number}")
        answers.append(shopper.say("stranger@example.com"))

    texts = [[content["text"] for content in answer] for answer in answers]
    assert texts[0] == texts[1]
    assert answers[0][-1]["type"] == "text"


def test_tries_are_limited_and_end_with_a_person(living: LivingSystem) -> None:
    order = order_in("packed")
    shopper = Shopper(living.url)
    for attempt in range(3):
        shopper.say("where is my order")
        shopper.say(order["number"])
        shopper.say(f"guess{attempt}@example.com")

    assert shopper.owner == "queue"
    assert all(m["content"]["type"] != "order" for m in shopper.messages("bot"))


def test_a_question_in_between_is_answered_and_the_form_goes_on(living: LivingSystem) -> None:
    order = order_in("received")
    shopper = Shopper(living.url)
    shopper.say("where is my order")

    aside = shopper.say("how long does delivery take")
    shopper.say(order["number"])
    found = shopper.say(order["email"])[-1]

    assert [content["type"] for content in aside] == ["article", "ask"]
    assert found["order"]["number"] == order["number"]


def test_never_mind_leaves_the_form(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("where is my order")

    left = shopper.say("never mind")
    after = shopper.say("thanks")

    assert all(content["type"] != "ask" for content in left + after)
