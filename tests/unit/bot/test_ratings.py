"""A shopper says how good the help was: by a button of the question, once it is settled, and it opens nothing again."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import UnreadableMessage
from handoff import erasure, giving_out
from handoff.contact_model import Rating
from handoff.database import Database
from handoff.model import Agent, Audit, Conversation, Message
from handoff.ratings import Given, given
from tests.unit.bot.scripted import Stage

# What races here is raced elsewhere; one database tells the rest.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def stage(database: Database) -> Stage:
    stage = Stage(database)
    with database.write() as session:
        session.add(Agent(id="ada", email="a@b.c", name="Ada", role="agent", password_hash="", created_at=stage.now))
    return stage


def settled(stage: Stage, resolution: str = "solved", address: str = "lan") -> str:
    """A conversation that Ada took and settled."""
    conversation_id = stage.write("hello", uuid.uuid4().hex, address).conversation_id
    stage.take()
    stage.acts.claim(conversation_id, "ada", stage.now)
    stage.acts.resolve(conversation_id, "ada", stage.now, resolution)  # type: ignore[arg-type]
    return conversation_id


def buttons(stage: Stage, conversation_id: str) -> list[dict[str, Any]]:
    """Those under the latest message that has any."""
    with stage.database.read() as session:
        said = session.scalars(
            select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq.desc())
        )
        return next((m.content["buttons"] for m in said if m.content.get("buttons")), [])


def press(stage: Stage, conversation_id: str, number: int, address: str = "lan") -> None:
    stage.write("", uuid.uuid4().hex, address, button_id=buttons(stage, conversation_id)[number]["id"])


def ratings(stage: Stage) -> list[tuple[int | None, str]]:
    with stage.database.read() as session:
        return [(row.score, row.comment) for row in session.scalars(select(Rating).order_by(Rating.id))]


def test_who_settled_it_is_rated_and_nothing_is_opened_again(stage: Stage) -> None:
    conversation_id = settled(stage)
    assert [button["title"][0] for button in buttons(stage, conversation_id)] == ["1", "2", "3", "4", "5"]
    assert ratings(stage) == [(None, "")]

    press(stage, conversation_id, 3)

    assert ratings(stage) == [(4, "")]
    assert stage.texts("shopper")[-1] == "4 · Good"
    assert stage.texts("desk")[-1] == "Thank you, that is noted."
    assert (stage.conversation(conversation_id).owner, stage.take()) == ("closed", [])
    with stage.database.read() as session:
        (row,) = session.scalars(select(Audit).where(Audit.act == "rate"))
        assert (row.actor, row.agent_id, row.details) == ("shopper", "ada", {"score": 4})


def test_a_few_words_follow_when_she_asks_for_that_and_are_no_new_matter(stage: Stage) -> None:
    conversation_id = settled(stage)
    press(stage, conversation_id, 4)
    press(stage, conversation_id, 0)  # "Add a few words"
    stage.write("Ada was quick")
    assert ratings(stage) == [(5, "Ada was quick")]
    assert stage.conversation(conversation_id).owner == "closed"

    stage.write("and another question")  # only the first words were asked for

    assert ratings(stage) == [(5, "Ada was quick")]
    assert stage.conversation(conversation_id).owner == "bot"
    assert stage.turns()[-1].text == "and another question"


def test_agents_see_the_last_with_whom_it_was_about_and_the_mean_of_the_earlier_ones(stage: Stage) -> None:
    with stage.database.write() as session:
        session.add(Agent(id="ben", email="b@b.c", name="Ben", role="agent", password_hash="", created_at=stage.now))

    def seen() -> Given | None:
        with stage.database.read() as session:
            return given(session, list(session.scalars(select(Conversation.id))))

    first = settled(stage)
    assert seen() is None
    for score in (2, 5, 4):
        stage.now += timedelta(days=1)
        press(stage, first, score - 1)
        stage.write("one more thing")
        stage.take()
        agent = "ben" if score == 5 else "ada"
        stage.acts.claim(first, agent, stage.now)
        stage.acts.resolve(first, agent, stage.now, "solved")
    # Each question has its own score: the first was about Ada's help, the second again, the third about Ben's.
    press(stage, first, 0)
    press(stage, first, 0)
    stage.write("Slow this time")

    assert seen() == Given(1, "Slow this time", "Ada", first, stage.now, 3, 3.7)
    with stage.database.read() as session:
        assert given(session, []) is None
        kept = giving_out.export(session, erasure.find(session, conversation_id=first))
    assert [(one["about"], one["score"]) for one in kept["conversations"][0]["ratings"]] == [
        ("Ada", 2), ("Ada", 5), ("Ben", 4), ("Ada", 1)
    ]  # fmt: skip


@pytest.mark.parametrize("pressed", [False, True])
def test_words_that_nobody_asked_for_or_that_come_late_are_a_new_matter(stage: Stage, pressed: bool) -> None:
    conversation_id = settled(stage)
    press(stage, conversation_id, 0)
    if pressed:
        press(stage, conversation_id, 0)
        stage.now += timedelta(hours=1, seconds=1)
    stage.write("my parcel is still not here")
    assert stage.conversation(conversation_id).owner == "bot"
    assert ratings(stage) == [(1, "")]


def test_the_last_score_counts_and_a_repeated_press_counts_once(stage: Stage) -> None:
    conversation_id = settled(stage)
    five = buttons(stage, conversation_id)
    for score, number in ((1, "update-1"), (5, "update-2"), (5, "update-2")):
        stage.write("", number, button_id=five[score - 1]["id"])
    assert ratings(stage) == [(5, "")]
    assert stage.texts("shopper") == ["hello", "1 · Very bad", "5 · Very good"]


def test_a_later_press_on_an_open_conversation_rates_and_is_no_business_of_the_bots(stage: Stage) -> None:
    conversation_id = settled(stage)
    stage.write("one more thing")
    stage.take()
    press(stage, conversation_id, 1)
    assert ratings(stage) == [(2, "")]
    assert (stage.conversation(conversation_id).owner, stage.take()) == ("bot", [])


def test_nobody_rates_for_somebody_else(stage: Stage) -> None:
    conversation_id = settled(stage)
    with pytest.raises(UnreadableMessage):
        press(stage, conversation_id, 0, address="minh")
    assert ratings(stage) == [(None, "")]


@pytest.mark.parametrize("resolution", ["no_reply", "not_ours", "spam", "other"])
def test_only_for_what_was_solved_is_asked(stage: Stage, resolution: str) -> None:
    assert buttons(stage, settled(stage, resolution)) == []
    assert ratings(stage) == []


def test_each_resolution_is_asked_for_once(stage: Stage) -> None:
    conversation_id = settled(stage)
    press(stage, conversation_id, 0)
    settled(stage)
    press(stage, conversation_id, 4)
    assert ratings(stage) == [(1, ""), (5, "")]


def test_what_she_said_is_given_out_and_erased(stage: Stage) -> None:
    conversation_id = settled(stage)
    press(stage, conversation_id, 4)
    press(stage, conversation_id, 0)
    stage.write("thanks to Ada")
    with stage.database.write() as session:
        contact = erasure.find(session, conversation_id=conversation_id)
        (given,) = giving_out.export(session, contact)["conversations"][0]["ratings"]
        assert (given["score"], given["comment"]) == (5, "thanks to Ada")
        erasure.erase(session, contact, "command line", stage.now)
    assert ratings(stage) == []
    with stage.database.read() as session:
        assert session.scalars(select(Conversation)).all() == []
