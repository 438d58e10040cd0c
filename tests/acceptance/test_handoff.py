"""Paths 3 and 4: a person is one message away in every state, has the whole story, and the bot is silent meanwhile."""

import pytest

from tests.living_system import LivingSystem
from tests.people import AgentAtDesk, Shopper, wait_for

WISHES = [
    "I want to talk to a person",
    "can i speak to someone real pls",
    "quiero hablar con una persona",
    "ponme con un agente",
    "cho mình gặp nhân viên",
    "cho gap nguoi that di",
]


@pytest.fixture(scope="module")
def agent(living: LivingSystem) -> AgentAtDesk:
    return AgentAtDesk(living.url, living.email, living.password)


@pytest.mark.parametrize("wish", WISHES)
def test_a_person_is_asked_for_in_any_words(living: LivingSystem, wish: str) -> None:
    shopper = Shopper(living.url)

    told = shopper.say(wish)[-1]

    assert shopper.owner == "queue"
    assert told["type"] == "notice"
    assert shopper.place is not None
    assert str(shopper.place["position"]) in told["text"], "the shopper is told the position"


@pytest.mark.parametrize(
    "rage", ["you are bloody thieves, this is a disgrace", "sois unos sinvergüenzas de mierda", "làm ăn như lừa đảo"]
)
def test_anger_brings_a_person(living: LivingSystem, agent: AgentAtDesk, rage: str) -> None:
    shopper = Shopper(living.url)

    shopper.say(rage)

    assert shopper.owner == "queue"
    assert agent.read(shopper.conversation)["reason"] == "anger"


def test_a_person_comes_also_in_the_middle_of_the_order_form(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("where is my order")
    shopper.say("CS-204539")

    shopper.say("let me talk to a human")

    assert shopper.owner == "queue"


def test_yes_to_the_offer_of_a_person_brings_one(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("which is the tallest mountain of the moon")

    shopper.say("yes please")

    assert shopper.owner == "queue"


def test_the_agent_has_the_whole_story(living: LivingSystem, agent: AgentAtDesk) -> None:
    shopper = Shopper(living.url)
    shopper.say("how long does delivery take")
    shopper.say("where is my order CS-204539")
    shopper.say("I want a person")

    story = agent.read(shopper.conversation)
    said = [event["content"]["text"] for event in story["events"] if event["kind"] == "message"]

    assert story["owner"] == "queue"
    assert story["reason"] == "asked"
    assert said[0] == "how long does delivery take"
    assert story["packet"]["collected"] == {"order_number": "CS-204539"}
    assert [article["id"] for article in story["packet"]["articles_tried"]] == ["delivery-times"]
    assert story["packet"]["candidates"][0]["id"] == "delivery-times"
    assert shopper.conversation in [row["id"] for row in agent.rows("queue")]


def test_an_agent_answers_the_bot_is_silent_and_works_again_afterwards_and_again(
    living: LivingSystem, agent: AgentAtDesk
) -> None:
    shopper = Shopper(living.url)
    for round_ in range(3):
        shopper.say("I want to speak to a person")
        assert shopper.owner == "queue", f"round {round_}"

        assert agent.act(shopper.conversation, "claim") == 204
        shopper.hears("is here and has read", "desk")
        bot_before = len(shopper.messages("bot"))
        assert agent.write(shopper.conversation, f"Hello, what can I do? ({round_})") == 201
        shopper.hears(rf"what can I do\? \({round_}\)", "agent")
        shopper.say("how long does delivery take")  # to the agent: the bot does not hear it
        assert len(shopper.messages("bot")) == bot_before, "no bot message after a person took over"

        assert agent.act(shopper.conversation, "give_to_bot") == 204
        shopper.hears("The bot is back", "desk")
        assert shopper.say("how long does delivery take")[-1]["article"]["id"] == "delivery-times"


def test_a_resolved_conversation_opens_again_with_the_next_message(living: LivingSystem, agent: AgentAtDesk) -> None:
    shopper = Shopper(living.url)
    shopper.say("I want a person")
    agent.act(shopper.conversation, "claim")

    assert agent.act(shopper.conversation, "resolve") == 204
    wait_for("the end", lambda: shopper.fetch()["owner"] == "closed")
    answer = shopper.say("how much is delivery")

    assert shopper.owner == "bot"
    assert answer[-1]["article"]["id"] == "shipping-costs"


def test_a_second_agent_comes_too_late(living: LivingSystem, agent: AgentAtDesk) -> None:
    shopper = Shopper(living.url)
    shopper.say("I want a person")

    assert [agent.act(shopper.conversation, "claim") for _ in range(2)] == [204, 409]


def test_a_note_is_for_the_team_alone(living: LivingSystem, agent: AgentAtDesk) -> None:
    shopper = Shopper(living.url)
    shopper.say("I want a person")

    assert agent.write(shopper.conversation, "careful, third complaint", "note") == 201
    shopper.fetch()

    assert "careful" not in str(shopper.events)
    assert "careful" in str(agent.read(shopper.conversation)["events"])
