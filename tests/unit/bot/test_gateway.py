"""One turn: a message is taken in once, and what the engine proposes is stored and applied together, or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import UnreadableMessage
from handoff.database import Database
from handoff.model import Agent, Feedback, Inbound, OrderLookup
from handoff.outside import UnusableAddress
from tests.unit.bot.scripted import Stage, says

ANSWER = {
    "custom": {
        "kind": "answer",
        "article": {"id": "returns", "language": "en", "title": "Returns", "body": "B", "link": "", "updated": ""},
        "release": "r1",
        "p": 0.9,
    }
}
CHOICES = {"custom": {"kind": "choices", "articles": [{"id": "a", "language": "en", "title": "A"}], "release": "r1"}}
HANDOFF = {
    "custom": {
        "kind": "handoff",
        "reason": "anger",
        "question": "?",
        "articles_tried": [],
        "collected": {"order_number": "CS-1"},
    }
}


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


@pytest.fixture
def ada(stage: Stage) -> str:
    with stage.database.write() as session:
        session.add(Agent(id="ada", email="a@b.c", name="Ada", role="agent", password_hash="", created_at=stage.now))
    return "ada"


# ---- in ----


def test_a_message_is_stored_once_however_often_it_comes(stage: Stage) -> None:
    first, again = stage.write("hello", "update-1"), stage.write("hello", "update-1")
    assert (first.duplicate, again.duplicate) == (False, True)
    assert (again.conversation_id, again.message_id) == (first.conversation_id, first.message_id)
    assert stage.texts() == ["hello"]
    assert (len(stage.turns()), stage.waits) == (1, [0.0])


def test_workers_are_woken_when_there_is_something_to_find(stage: Stage) -> None:
    stage.write("hello", "update-1")
    stage.write("and again", "update-2", "another")
    assert stage.seen_then == [1, 2]


@pytest.mark.parametrize("sign", ["x", "\0", "\ud800"])
def test_an_update_whose_number_does_not_fit_is_stored_once_all_the_same(stage: Stage, sign: str) -> None:
    number = sign * 4_000
    first, again, other = (stage.write("hello", given) for given in (number, number, number + "y"))
    assert (first.duplicate, again.duplicate, other.duplicate) == (False, True, False)
    assert again.message_id == first.message_id
    assert stage.texts() == ["hello", "hello"]


@pytest.mark.parametrize("address", ["", "x" * 321, "lan\0", "lan\nminh", "\ud800"])
def test_an_address_that_nobody_can_have_is_refused_in_words_and_leaves_no_trace(stage: Stage, address: str) -> None:
    with pytest.raises(UnusableAddress, match="1 to 320 that can be printed"):
        stage.write("hello", "update-1", address)
    assert (stage.texts(), stage.waits) == ([], [])
    assert not stage.write("hello", "update-1", "x" * 320).duplicate


@pytest.mark.parametrize("button", ["\0.0", "x" * 5_000, f"{'0' * 32}.0", f"{'0' * 32}.0\n"])
def test_a_button_that_nobody_was_shown_is_refused(stage: Stage, button: str) -> None:
    with pytest.raises(UnreadableMessage, match="does not belong to this conversation"):
        stage.write("", "update-1", button_id=button)
    assert stage.texts() == []


def test_what_cannot_be_read_leaves_no_trace(stage: Stage) -> None:
    for text in ("", "x" * 5_001):
        with pytest.raises(UnreadableMessage):
            stage.write(text)
    with stage.database.read() as session:
        assert list(session.scalars(select(Inbound))) == []
    assert (stage.texts(), stage.waits) == ([], [])


def test_a_refused_message_may_come_again_in_better_form(stage: Stage) -> None:
    with pytest.raises(UnreadableMessage):
        stage.write("", "update-1")
    assert not stage.write("hello", "update-1").duplicate


@pytest.mark.parametrize(("days", "same"), [(2.9, True), (3.1, False)])
def test_a_closed_conversation_is_opened_again_for_a_while(stage: Stage, ada: str, days: float, same: bool) -> None:
    first = stage.write("hello", language="vi").conversation_id
    stage.acts.claim(first, ada, stage.now)
    stage.acts.resolve(first, ada, stage.now)
    stage.now += timedelta(days=days)
    second = stage.write("one more thing").conversation_id
    assert (second == first) == same
    assert (stage.conversation(second).owner, stage.conversation(second).language) == ("bot", "vi")


async def test_while_an_agent_has_it_the_engine_hears_nothing(stage: Stage, ada: str) -> None:
    conversation_id = stage.write("hello").conversation_id
    stage.acts.claim(conversation_id, ada, stage.now)
    stage.write("are you there?")
    await stage.answer_all()
    assert stage.engine.asked == []
    assert stage.texts("bot") == []


# ---- what the engine is asked ----


async def test_the_engine_learns_what_it_needs_and_no_address(stage: Stage) -> None:
    conversation_id = stage.write("hola", language="es-MX").conversation_id
    await stage.answer_all()
    (asked,) = stage.engine.asked
    assert (asked.session, asked.text) == (f"{conversation_id}.1", "hola")
    assert asked.metadata == {
        "language": "es", "language_chosen": False, "button": None, "order_lookups_left": 3, "orders_locked": [],
    }  # fmt: skip


async def test_a_bot_that_gets_a_conversation_back_begins_a_new_session(stage: Stage, ada: str) -> None:
    conversation_id = stage.write("hello").conversation_id
    stage.acts.claim(conversation_id, ada, stage.now)
    stage.acts.give_to_bot(conversation_id, ada, stage.now)
    stage.write("again")
    await stage.answer_all()
    assert stage.engine.asked[-1].session == f"{conversation_id}.2"


# ---- what becomes of its answer ----


@pytest.mark.parametrize(
    ("messages", "intent", "decision", "article"),
    [
        ([ANSWER], "faq", "answer", "returns"),
        ([CHOICES], "faq", "clarify", None),
        ([{"text": "a person?"}], "nlu_fallback", "offer", None),
        ([{"text": "hi"}], "greet", "talk", None),
        ([HANDOFF], "anger", "handoff", None),
        ([{"text": "sorry"}, HANDOFF], "nlu_fallback", "handoff", None),
        ([CHOICES, ANSWER], "faq", "answer", "returns"),
    ],
)
async def test_a_turn_remembers_what_it_came_to(
    stage: Stage, messages: list[dict[str, Any]], intent: str, decision: str, article: str | None
) -> None:
    stage.engine.reply = says(*messages, intent=intent)
    stage.write("hello")
    await stage.answer_all()
    (turn,) = stage.turns()
    assert (turn.state, turn.decision, turn.article_id, turn.engine_ms) == ("done", decision, article, 12.3)
    assert turn.understanding is not None
    assert turn.understanding["intent"] == intent


async def test_the_bot_says_once_that_it_is_one(stage: Stage) -> None:
    for text in ("one", "two"):
        stage.write(text)
        await stage.answer_all()
    assert stage.texts("bot") == [
        "Hello, this is the Casa Sen bot. I answer with articles that our team has written, and you can have a person "
        "at any time.",
        "an answer",
        "an answer",
    ]


async def test_an_answer_under_an_old_epoch_is_dropped_with_its_commands(stage: Stage, ada: str) -> None:
    stage.engine.reply = says(ANSWER, {"custom": {"kind": "feedback", "article_id": "a", "helpful": True}})
    conversation_id = stage.write("hello").conversation_id
    stage.engine.meanwhile = lambda: stage.acts.claim(conversation_id, ada, stage.now)
    await stage.answer_all()
    assert stage.texts("bot") == []
    assert [turn.state for turn in stage.turns()] == ["dropped"]
    with stage.database.read() as session:
        assert list(session.scalars(select(Feedback))) == []


async def test_a_failure_under_an_old_epoch_moves_nothing(stage: Stage, ada: str) -> None:
    stage.engine.reply = None
    conversation_id = stage.write("hello").conversation_id
    stage.engine.meanwhile = lambda: stage.acts.claim(conversation_id, ada, stage.now)
    await stage.answer_all()
    assert stage.conversation(conversation_id).owner == "agent"
    assert [turn.state for turn in stage.turns()] == ["dropped"]


async def test_commands_are_applied_with_the_messages(stage: Stage) -> None:
    stage.engine.reply = says(
        {"text": "Claro"},
        {"custom": {"kind": "language", "language": "es"}},
        {"custom": {"kind": "feedback", "article_id": "a" * 200, "helpful": False}},
        {"custom": {"kind": "order_lookup", "order_number": "CS-1", "found": False}},
    )
    conversation_id = stage.write("en español por favor").conversation_id
    await stage.answer_all()
    row = stage.conversation(conversation_id)
    assert (row.language, row.language_chosen) == ("es", True)
    with stage.database.read() as session:
        assert [(one.article_id, one.helpful) for one in session.scalars(select(Feedback))] == [("a" * 100, False)]
        assert [(one.order_number, one.found) for one in session.scalars(select(OrderLookup))] == [("CS-1", False)]
    assert stage.texts("bot")[0].startswith("Hola, soy el bot")


@pytest.mark.parametrize(("p", "language"), [(0.69, "en"), (0.7, "es")])
async def test_the_language_follows_a_message_that_is_clear_about_it(stage: Stage, p: float, language: str) -> None:
    stage.engine.reply = says({"text": "x"}, language="es", language_p=p)
    conversation_id = stage.write("hola", language="en").conversation_id
    await stage.answer_all()
    assert stage.conversation(conversation_id).language == language


async def test_a_chosen_language_stays(stage: Stage) -> None:
    stage.engine.reply = says({"text": "x"}, {"custom": {"kind": "language", "language": "vi"}})
    conversation_id = stage.write("tiếng Việt").conversation_id
    await stage.answer_all()
    stage.engine.reply = says({"text": "x"}, language="en", language_p=1.0)
    stage.write("ok ok ok")
    await stage.answer_all()
    assert stage.conversation(conversation_id).language == "vi"


async def test_a_handoff_brings_the_packet_that_an_agent_needs(stage: Stage) -> None:
    candidates = [{"kind": "article", "id": str(n), "p": 0.1, "phrasing": ""} for n in range(4)]
    stage.engine.reply = says({"text": "?"}, candidates=[{"kind": "intent", "id": "greet"}, *candidates])
    conversation_id = stage.write("do you ship to the moon").conversation_id
    await stage.answer_all()
    stage.engine.reply = says(HANDOFF, intent="anger")
    stage.write("argh")
    await stage.answer_all()
    row = stage.conversation(conversation_id)
    assert (row.owner, row.reason) == ("queue", "anger")
    assert row.packet == {
        "question": "?", "articles_tried": [], "collected": {"order_number": "CS-1"}, "candidates": candidates[:3],
    }  # fmt: skip


async def test_two_handoffs_in_one_answer_do_not_leave_the_shopper_waiting(stage: Stage) -> None:
    stage.engine.reply = says(HANDOFF, HANDOFF)
    conversation_id = stage.write("argh").conversation_id
    await stage.answer_all()
    assert stage.conversation(conversation_id).owner == "queue"
    assert len(stage.texts("desk")) > 0
