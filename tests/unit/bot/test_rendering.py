"""From the engine's messages to what a shopper reads, in every language."""

import json
from typing import Any

import pytest

from bot.engine.replies import Answer, Ask, Choices, EngineButton, OrderState, Shown, Text
from bot.messages import Content, find_button, message_of
from bot.rendering import Renderer
from handoff.wording import LANGUAGES, Wording

SHOP = "https://shop.example"
ORDER = {
    "number": "CS-204518", "state": "sent", "placed_on": "2026-02-03", "sent_on": "2026-02-05",
    "expected_on": "2026-02-10", "delivered_on": None,
    "items": [{"name": "Linen shirt, sand", "quantity": 2}, {"name": "Celadon tea bowl", "quantity": 1}],
    "carrier": "Correos", "tracking_number": "PQ123", "tracking_url": "https://correos.example/PQ123",
}  # fmt: skip
STATES = (
    "awaiting_payment", "received", "packed", "sent", "out_for_delivery", "delivered", "delayed", "returning", "refunded",
    "cancelled", "preordered",
)  # fmt: skip
DAYS = {"en": "3 February 2026", "es": "3 de febrero de 2026", "vi": "3 tháng 2, 2026"}


@pytest.fixture
def renderer(words: Wording) -> Renderer:
    return Renderer(words, SHOP + "/")


def order(**different: Any) -> OrderState:
    return OrderState.model_validate({"kind": "order", "order": ORDER | different})


def answer(language: str = "en", link: str = "/help/en/returns", body: str = "Thirty **days**.") -> Answer:
    article = {
        "id": "returns",
        "language": language,
        "title": "Returns",
        "body": body,
        "link": link,
        "updated": "2026-01-01",
    }
    return Answer.model_validate({"kind": "answer", "article": article, "release": "r1", "p": 0.9})


def choices(*titles: str) -> Choices:
    articles = [{"id": f"a{number}", "language": "en", "title": title} for number, title in enumerate(titles)]
    return Choices.model_validate({"kind": "choices", "articles": articles, "release": "r1"})


EVERYTHING: list[Shown] = [
    Text(text="Hello"),
    Text(text="Sure?", buttons=(EngineButton(title="Yes", payload="/affirm"),)),
    answer(),
    choices("Returns", "Refunds"),
    choices("Returns"),
    Ask(kind="ask", field="order_number"),
    Ask(kind="ask", field="order_contact"),
    *(order(state=state) for state in STATES),
    order(sent_on=None, expected_on=None, carrier="", tracking_number="", tracking_url="", items=[]),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shown", EVERYTHING, ids=lambda shown: shown.kind)
def test_everything_has_words_in_every_language_and_can_be_stored(
    renderer: Renderer, shown: Shown, language: str
) -> None:
    content = renderer.render(shown, language)
    assert content.text.strip()
    assert "{" not in content.text
    stored = content.stored("m1")
    assert json.loads(json.dumps(stored)) == stored
    assert stored["text"] == content.text


def test_words_of_the_dialogue_keep_their_buttons(renderer: Renderer) -> None:
    content = renderer.render(EVERYTHING[1], "en")
    assert (content.type, content.text) == ("text", "Sure?")
    assert [(button.title, button.payload) for button in content.buttons] == [("Yes", "/affirm")]


# ---- an article -----------------------------------------------------------------------------------------------------


def test_an_articles_text_alone_says_everything(renderer: Renderer) -> None:
    content = renderer.render(answer(body="Thirty **days**, see [the form](/form)."), "en")
    assert content.text == (f"Returns\n\nThirty days, see the form ({SHOP}/form).\n\n{SHOP}/help/en/returns")


def test_an_article_without_a_link_ends_with_its_body(renderer: Renderer) -> None:
    assert renderer.render(answer(link=""), "en").text == "Returns\n\nThirty days."


def test_a_link_to_elsewhere_stays_as_it_is(renderer: Renderer) -> None:
    assert renderer.render(answer(link="https://post.example/x"), "en").text.endswith("\n\nhttps://post.example/x")


@pytest.mark.parametrize(("language", "yes"), [("en", "Yes"), ("es", "Sí"), ("vi", "Có")])
def test_an_article_asks_in_its_own_language_whether_it_helped(renderer: Renderer, language: str, yes: str) -> None:
    """A Vietnamese article shown in an English conversation is asked about in Vietnamese: its reader reads that."""
    content = renderer.render(answer(language), "en")
    assert [button.payload for button in content.buttons] == ["/helpful", "/not_helpful"]
    assert content.buttons[0].title == yes
    assert content.data["question"]


def test_an_articles_html_is_safe(renderer: Renderer) -> None:
    content = renderer.render(answer(body="<script>alert(1)</script> [x](javascript:alert(1))"), "en")
    html = content.data["article"]["html"]
    assert "<script" not in html
    assert "href" not in html


# ---- choices --------------------------------------------------------------------------------------------------------


def test_offered_articles_can_be_pressed_and_so_can_something_else(renderer: Renderer) -> None:
    content = renderer.render(choices("Returns", "Refunds"), "en")
    assert [button.title for button in content.buttons] == ["Returns", "Refunds", "Something else"]
    assert [button.payload for button in content.buttons] == [
        '/show_article{"article_id": "a0"}',
        '/show_article{"article_id": "a1"}',
        "/none_of_these",
    ]


def test_one_article_is_asked_about_in_the_singular(renderer: Renderer) -> None:
    one, two = renderer.render(choices("A"), "en"), renderer.render(choices("A", "B"), "en")
    assert one.text != two.text


# ---- an order -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_an_orders_text_alone_says_everything(renderer: Renderer, words: Wording, state: str, language: str) -> None:
    text = renderer.render(order(state=state), language).text
    for part in (
        "CS-204518", words.say(language, f"order.state.{state}"), "2 × Linen shirt, sand", "1 × Celadon tea bowl",
        DAYS[language], "Correos", "PQ123", "https://correos.example/PQ123",
    ):  # fmt: skip
        assert part in text


def test_an_expected_day_is_said_until_the_order_is_there(renderer: Renderer) -> None:
    assert "10 February 2026" in renderer.render(order(), "en").text
    there = renderer.render(order(state="delivered", delivered_on="2026-02-09"), "en").text
    assert "Delivered on 9 February 2026" in there
    assert "10 February 2026" not in there


def test_what_is_not_known_of_an_order_is_left_out(renderer: Renderer) -> None:
    content = renderer.render(
        order(sent_on=None, expected_on=None, carrier="", tracking_number="", tracking_url="", items=[]), "en"
    )
    assert content.text.splitlines() == [
        "Order CS-204518",
        "Your order is on its way.",
        "Ordered on 3 February 2026",
    ]


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ("awaiting_payment", 0), ("received", 1), ("packed", 2), ("sent", 3), ("out_for_delivery", 3), ("delayed", 3),
        ("delivered", 4), ("returning", 0), ("refunded", 0), ("cancelled", 0), ("preordered", 0),
    ],
)  # fmt: skip
def test_the_card_shows_how_far_the_order_is(renderer: Renderer, state: str, done: int) -> None:
    card = renderer.render(order(state=state), "en").data["order"]
    assert card["done"] == done
    assert card["steps"] == ["Received", "Packed", "Sent", "Delivered"]


def test_a_state_that_the_desk_has_no_words_for_is_an_error_and_not_silence(renderer: Renderer) -> None:
    with pytest.raises(KeyError):
        renderer.render(order(state="eaten_by_a_dog"), "en")


# ---- buttons --------------------------------------------------------------------------------------------------------


MESSAGE = "0123456789abcdef" * 2


def test_a_buttons_id_leads_back_to_its_message_and_its_payload(renderer: Renderer) -> None:
    stored = renderer.render(choices("Returns", "Refunds"), "en").stored(MESSAGE)
    ids = [button["id"] for button in stored["buttons"]]
    assert len(set(ids)) == 3
    assert {message_of(button_id) for button_id in ids} == {MESSAGE}
    found = find_button(stored, ids[1])
    assert found is not None
    assert found.payload == '/show_article{"article_id": "a1"}'


@pytest.mark.parametrize("invented", ["", "m1", "m1.", "m1.9", "m2.0", "m1.0 ", "/restart"])
def test_an_invented_button_is_none(renderer: Renderer, invented: str) -> None:
    assert find_button(renderer.render(choices("Returns"), "en").stored("m1"), invented) is None


def test_content_without_buttons_has_none() -> None:
    stored = Content("text", "Hello").stored("m1")
    assert "buttons" not in stored
    assert find_button(stored, "m1.0") is None
