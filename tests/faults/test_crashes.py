"""What happens when a part is killed: nobody waits in vain, nothing is lost or said twice, and it mends itself."""

import pytest

from tests.living_system import LivingSystem
from tests.people import AgentAtDesk, Shopper, wait_for

RESTART = 90.0  # seconds within which the supervisor has a killed part working again, on a slow machine


def answers_again(living: LivingSystem) -> None:
    """Wait until a new shopper gets an article."""

    def look() -> bool:
        contents = Shopper(living.url).say("how long does delivery take")
        return any(content["type"] == "article" for content in contents)

    wait_for("the bot to be back", look, RESTART)


@pytest.mark.parametrize("part", ["engine", "actions"])
def test_without_the_bot_people_answer_and_it_comes_back_with_what_it_had_asked(
    living: LivingSystem, part: str
) -> None:
    agent = AgentAtDesk(living.url, living.email, living.password)
    shopper = Shopper(living.url)
    shopper.say("hello")
    tracks = Shopper(living.url)
    tracks.say("where is my order CS-204539")

    living.kill(part)
    told = shopper.say("how long does delivery take")

    assert shopper.owner == "queue"
    assert "person will take over" in told[0]["text"], "the shopper is told plainly"
    assert agent.read(shopper.conversation)["reason"] == "engine_unavailable"
    assert agent.act(shopper.conversation, "claim") == 204
    assert agent.write(shopper.conversation, "I am here, the bot is not.") == 201
    shopper.hears("the bot is not", "agent")
    answers_again(living)
    assert agent.act(shopper.conversation, "give_to_bot") == 204
    shopper.hears("The bot is back", "desk")
    assert shopper.say("how much is delivery")[-1]["type"] == "article"
    assert tracks.say("amelia.evans3@example.co.uk")[-1]["type"] == "order"


def test_a_message_that_was_accepted_before_the_desk_crashed_is_answered_once(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("hello")
    before = len(shopper.messages())

    accepted = shopper.send_only("how long does delivery take")
    living.kill("desk")
    wait_for("the desk to be back", shopper.reaches_the_desk, RESTART)
    wait_for("the answer", lambda: not shopper.fetch()["typing"] and len(shopper.messages()) > before + 1, RESTART)

    said = [m["content"]["text"] for m in shopper.messages("shopper")]
    assert accepted == 202
    assert said.count("how long does delivery take") == 1
    assert len([m for m in shopper.messages("bot") if m["content"]["type"] == "article"]) == 1
