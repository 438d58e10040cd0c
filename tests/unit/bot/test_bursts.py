"""Several short messages are one turn: one answer after the last of them, and a whole question waits for nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.bursts import looks_unfinished
from bot.intake import NO_BURSTS
from handoff.database import Database
from handoff.model import Agent, Message
from handoff.turns import Burst
from tests.unit.bot.scripted import Stage, says

QUIET, LONGEST = timedelta(seconds=2), timedelta(seconds=5)
CHOICE = {"text": "Which?", "buttons": [{"title": "This one", "payload": "/show_article"}]}


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database, burst=Burst(QUIET, LONGEST))


@pytest.mark.parametrize(
    "text", ["hi", "my order", "hasn't arrived yet", "hola", "mi pedido", "xin chào", "đơn hàng tôi", "yes", "ok."]
)
def test_a_few_words_look_unfinished(text: str) -> None:
    assert looks_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "refund?",
        "¿y mi pedido",
        "还能退吗？",
        "where is my order",
        "I would like to send it back",
        "CS-204518",
        "ana@correo.es",
        "+84 901 234 567",
        "supercalifragilisticexpialidocious-long",
    ],
)
def test_a_question_or_a_value_does_not(text: str) -> None:
    assert not looks_unfinished(text)


async def test_a_burst_is_one_turn_with_one_answer_after_the_last_of_it(stage: Stage) -> None:
    for text in ("hi", "my order", "not here yet"):
        conversation_id = stage.write(text).conversation_id
        stage.now += timedelta(seconds=1)
        await stage.answer_all()
        assert stage.engine.asked == []
    stage.now += QUIET
    await stage.answer_all()
    (asked,) = stage.engine.asked
    assert asked.text == "hi\nmy order\nnot here yet"
    (turn,) = stage.turns()
    assert (turn.messages, turn.state) == (3, "done")
    assert stage.texts("shopper") == ["hi", "my order", "not here yet"]
    assert stage.texts("bot").count("an answer") == 1
    assert turn.seq == 3
    assert stage.conversation(conversation_id).last_seq > 3


async def test_a_whole_question_waits_for_nothing(stage: Stage) -> None:
    stage.write("how long does delivery to Spain take")
    await stage.answer_all()
    assert len(stage.engine.asked) == 1
    assert stage.waits == [0.0]


async def test_a_whole_question_ends_the_waiting_of_what_came_before_it(stage: Stage) -> None:
    stage.write("hi")
    stage.now += timedelta(milliseconds=300)
    stage.write("where is my parcel?")
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["hi\nwhere is my parcel?"]


async def test_a_lone_short_message_is_answered_after_the_quiet_time(stage: Stage) -> None:
    stage.write("hi")
    assert stage.waits == [QUIET.total_seconds()]
    stage.now += QUIET - timedelta(milliseconds=1)
    await stage.answer_all()
    assert stage.engine.asked == []
    stage.now += timedelta(milliseconds=1)
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["hi"]


async def test_who_goes_on_and_on_is_answered_within_the_limit(stage: Stage) -> None:
    began = stage.now
    for word in ("a", "b", "c", "d"):
        stage.write(word)
        stage.now += QUIET - timedelta(milliseconds=500)
    assert stage.now - began > LONGEST
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["a\nb\nc\nd"]
    assert stage.waits[-1] < QUIET.total_seconds()


async def test_more_than_the_engine_would_hear_is_another_turn(stage: Stage) -> None:
    for word in "abcdefgh":
        stage.write(word)
    stage.now += LONGEST
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["a\nb\nc\nd\ne\nf", "g\nh"]
    assert [turn.messages for turn in stage.turns()] == [6, 2]


async def test_a_long_text_does_not_push_the_beginning_out_of_the_engines_ears(stage: Stage) -> None:
    stage.write("hi")
    stage.write("x" * 1_999)
    stage.now += QUIET
    await stage.answer_all()
    assert [len(asked.text) for asked in stage.engine.asked] == [2, 1_999]


async def test_a_button_joins_nothing_and_nothing_joins_it(stage: Stage) -> None:
    stage.engine.reply = says(CHOICE)
    stage.write("which articles do you have on this")
    await stage.answer_all()
    stage.engine.reply = says({"text": "an answer"})
    with stage.database.read() as session:
        shown = session.scalars(select(Message).where(Message.author == "bot").order_by(Message.seq.desc())).first()
    assert shown is not None
    button = str(shown.content["buttons"][0]["id"])
    stage.write("hm")
    stage.write("", external_id="press", button_id=button)
    stage.write("thanks")
    stage.now += LONGEST
    await stage.answer_all()
    assert [(asked.text, asked.metadata["button"]) for asked in stage.engine.asked[1:]] == [
        ("hm", None),
        ("This one", "/show_article"),
        ("thanks", None),
    ]


async def test_what_comes_while_the_engine_thinks_is_a_turn_of_its_own_and_gathers(stage: Stage) -> None:
    more = ["wait", "one more thing"]

    def goes_on() -> None:
        while more:
            stage.write(more.pop(0))

    stage.engine.meanwhile = goes_on
    stage.write("how long does delivery to Spain take")
    await stage.answer_all()
    stage.now += QUIET
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == [
        "how long does delivery to Spain take",
        "wait\none more thing",
    ]
    assert stage.texts("bot").count("an answer") == 2


async def test_a_message_that_comes_twice_is_in_the_burst_once(stage: Stage) -> None:
    stage.write("hi", "update-1")
    stage.write("hi", "update-1")
    stage.write("my order", "update-2")
    stage.write("hi", "update-1")
    stage.now += LONGEST
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["hi\nmy order"]


def ada(stage: Stage) -> str:
    with stage.database.write() as session:
        session.add(Agent(id="ada", email="a@b.c", name="Ada", role="agent", password_hash="", created_at=stage.now))
    return "ada"


async def test_a_burst_that_is_taken_over_is_not_answered_by_the_bot(stage: Stage) -> None:
    conversation_id = stage.write("hi").conversation_id
    stage.acts.claim(conversation_id, ada(stage), stage.now)
    stage.write("my order")
    stage.now += LONGEST
    await stage.answer_all()
    assert (stage.engine.asked, stage.texts("bot")) == ([], [])
    assert [turn.state for turn in stage.turns()] == ["dropped"]
    assert stage.texts("shopper") == ["hi", "my order"]


async def test_what_waited_from_before_a_takeover_neither_joins_nor_delays_what_is_asked_after_it(stage: Stage) -> None:
    conversation_id = stage.write("hi").conversation_id
    agent = ada(stage)
    stage.acts.claim(conversation_id, agent, stage.now)
    stage.acts.give_to_bot(conversation_id, agent, stage.now)
    stage.write("how long does delivery to Spain take")
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["how long does delivery to Spain take"]
    assert [turn.state for turn in stage.turns()] == ["dropped", "done"]


async def test_a_burst_goes_on_after_a_crash_and_still_takes_more_in(stage: Stage) -> None:
    """The time is stored with the turn: another gateway on the same rows sees the same burst."""
    stage.write("hi")
    again = Stage(stage.database, burst=Burst(QUIET, LONGEST))
    again.now = stage.now + timedelta(seconds=1)
    again.write("my order")
    again.now += QUIET
    await again.answer_all()
    assert [asked.text for asked in again.engine.asked] == ["hi\nmy order"]


async def test_without_a_quiet_time_every_message_is_a_turn_of_its_own(database: Database) -> None:
    stage = Stage(database, burst=NO_BURSTS)
    for text in ("hi", "my order"):
        stage.write(text)
    await stage.answer_all()
    assert [asked.text for asked in stage.engine.asked] == ["hi", "my order"]


async def test_a_burst_that_cannot_be_answered_brings_a_person_all_of_it(stage: Stage) -> None:
    stage.engine.reply = None
    conversation_id = ""
    for text in ("hi", "my order"):
        conversation_id = stage.write(text).conversation_id
    stage.now += LONGEST
    await stage.answer_all()
    packet = stage.conversation(conversation_id).packet
    assert packet is not None
    assert packet["question"] == "hi\nmy order"
