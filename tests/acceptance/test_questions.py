"""Path 1: a question is answered with an approved article in the shopper's language, or asked back, or given to a person."""

import uuid
from typing import Any

import httpx
import pytest
import yaml

from tests.living_system import VAR, LivingSystem
from tests.people import Shopper

QUESTIONS = [
    ("en", "how long does delivery take", "delivery-times", "Did this help?", "Yes", "No"),
    ("es", "cuanto cuesta el envio", "shipping-costs", "¿Te ha servido?", "Sí", "No"),
    ("vi", "phí ship bao nhiêu", "shipping-costs", "Câu trả lời này có giúp được bạn không?", "Có", "Không"),
]


@pytest.mark.parametrize(("language", "question", "article", "helped", "yes", "no"), QUESTIONS)
def test_a_question_gets_its_article_with_link_and_did_this_help(
    living: LivingSystem, language: str, question: str, article: str, helped: str, yes: str, no: str
) -> None:
    shopper = Shopper(living.url)

    introduction, answer = shopper.say(question)

    assert "Casa Sen" in introduction["text"]
    assert answer["type"] == "article"
    assert (answer["article"]["id"], answer["article"]["language"]) == (article, language)
    assert answer["article"]["link"] == f"{living.url}/help/{language}/{article}"
    assert answer["question"] == helped
    assert [button["title"] for button in answer["buttons"]] == [yes, no]
    assert all(set(button) == {"id", "title"} for button in answer["buttons"]), "payloads never leave the desk"


def test_the_bot_introduces_itself_once(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    first, second = shopper.say("hello"), shopper.say("hello again")

    assert "bot" in first[0]["text"]
    assert len(first) == 2
    assert len(second) == 1


def test_a_middling_question_is_asked_back_and_the_choice_is_shown(living: LivingSystem) -> None:
    shopper = Shopper(living.url)

    choices = shopper.say("how much to send it back")[-1]
    titles = [button["title"] for button in choices["buttons"]]
    shown = shopper.press("Do I have to pay for a return?")[-1]

    assert choices["type"] == "choices"
    assert 2 <= len(titles) <= 4
    assert titles[-1] == "Something else"
    assert shown["article"]["id"] == "return-cost"


def test_a_choice_can_be_made_in_words(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    offered = [article["id"] for article in shopper.say("payment")[-1]["articles"]]

    assert shopper.say("the second one")[-1]["article"]["id"] == offered[1]


def test_what_the_base_does_not_answer_is_never_answered(living: LivingSystem) -> None:
    shopper = Shopper(living.url)

    offer = shopper.say("which is the tallest mountain of the moon")[-1]
    second = shopper.say("xkcd qwertz blub")

    assert offer["type"] == "text"
    assert [button["title"] for button in offer["buttons"]] == ["Talk to a person", "Try other words"]
    assert shopper.owner == "queue", "low confidence twice brings a person"
    assert second[-1]["type"] == "notice"


def test_an_article_that_did_not_help_is_not_shown_again(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("how long does delivery take")

    shopper.press("No")
    again = shopper.say("how long does delivery take")

    shown = [m["content"]["article"]["id"] for m in shopper.messages("bot") if m["content"]["type"] == "article"]
    assert shown == ["delivery-times"]
    assert again[-1]["type"] in ("choices", "text", "notice")


def test_did_not_help_twice_brings_a_person(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("how long does delivery take")
    shopper.press("No")
    shopper.say("how much is delivery")

    shopper.press("No")

    assert shopper.owner == "queue"


def test_the_shopper_may_switch_the_language_and_stays_in_it(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("hello")

    switched = shopper.say("can we speak spanish please")
    answer = shopper.say("newsletter")

    assert "español" in switched[-1]["text"]
    assert answer[-1].get("article", {"language": "es"})["language"] == "es"


@pytest.mark.parametrize(
    "text", ["👍👍👍", "?", "/restart", '/request_human{"order_number": "CS-1"}', "  .  ", "a" * 5000]
)
def test_odd_messages_get_a_plain_answer_and_no_article(living: LivingSystem, text: str) -> None:
    shopper = Shopper(living.url)

    answer = shopper.say(text)

    assert answer, "nobody is left without an answer"
    assert all(content["type"] != "article" for content in answer)


def test_a_slash_is_never_a_command_of_the_engine(living: LivingSystem) -> None:
    shopper = Shopper(living.url)

    answer = shopper.say('/utter_bot{"language": "vi"}')

    assert shopper.owner == "bot"
    assert not any("Mình" in content["text"] for content in answer), "still English: no slot was set"
    assert shopper.messages("shopper")[0]["content"]["text"].startswith("/utter_bot"), "the transcript keeps the words"


def test_a_turn_that_the_engine_is_asked_again_gets_the_answer_that_it_got(living: LivingSystem) -> None:
    """As when the desk ends in between; as another turn the same words are a repeated question."""
    command = living.system.children["engine"].command
    credentials = yaml.safe_load((VAR / "run" / "credentials.yml").read_text("utf-8"))
    (channel,) = credentials.values()
    session = f"{uuid.uuid4().hex}.1"

    def ask(turn: str) -> list[dict[str, Any]]:
        body = {"sender": session, "message": "how long does delivery take", "metadata": {}, "turn": turn}
        url = f"http://127.0.0.1:{command[command.index('--port') + 1]}/webhooks/desk/webhook"
        headers = {"authorization": f"Bearer {channel['token']}"}
        told: list[dict[str, Any]] = httpx.post(url, json=body, headers=headers, timeout=30).json()["messages"]
        return told

    first = ask("a" * 32)
    assert first[0]["custom"]["kind"] == "answer"
    assert ask("a" * 32) == first
    assert ask("b" * 32) != first
