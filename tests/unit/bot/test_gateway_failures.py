"""What goes wrong in a turn: the shopper lands with people, nothing is half said, and nothing is said twice."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.engine.client import EngineUnavailable
from bot.messages import UnknownSender
from handoff import conversations, erasure, outbox, turns
from handoff.database import Database
from handoff.model import Outbox
from tests.unit.bot.scripted import Stage, says


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


async def test_a_worker_that_lost_its_lease_does_not_say_the_answer_again(stage: Stage) -> None:
    stage.write("hello")
    (slow,) = stage.take()
    stage.now += turns.LEASE + timedelta(seconds=1)
    await stage.answer_all()
    await stage.gateway.answer(slow, lambda: stage.now)
    assert stage.texts("bot").count("an answer") == 1


async def test_a_worker_that_lost_its_lease_and_fails_moves_nothing(stage: Stage) -> None:
    conversation_id = stage.write("hello").conversation_id
    (slow,) = stage.take()
    stage.now += turns.LEASE + timedelta(seconds=1)
    await stage.answer_all()
    stage.engine.reply = None
    await stage.gateway.answer(slow, lambda: stage.now)
    assert stage.conversation(conversation_id).owner == "bot"


@pytest.mark.parametrize(
    "failure", [EngineUnavailable("down"), RuntimeError("a fault of ours"), KeyError("no words"), None], ids=repr
)
async def test_whatever_goes_wrong_brings_a_person(stage: Stage, failure: Exception | None) -> None:
    stage.engine.reply = failure
    conversation_id = stage.write("hello").conversation_id
    await stage.answer_all()
    row = stage.conversation(conversation_id)
    assert (row.owner, row.reason) == ("queue", "engine_unavailable")
    assert row.packet == {"question": "hello", "articles_tried": [], "collected": {}, "candidates": []}
    assert len(stage.texts("desk")) == 2
    assert [(turn.state, turn.decision) for turn in stage.turns()] == [("done", "unavailable")]


async def test_an_answer_that_cannot_be_rendered_brings_a_person_and_is_not_half_said(stage: Stage) -> None:
    order: dict[str, Any] = {
        "number": "CS-1", "state": "eaten", "placed_on": "2026-01-01", "sent_on": None, "expected_on": None,
        "delivered_on": None, "items": [], "carrier": "", "tracking_number": "", "tracking_url": "",
    }  # fmt: skip
    stage.engine.reply = says({"text": "here it is"}, {"custom": {"kind": "order", "order": order}})
    conversation_id = stage.write("where is it").conversation_id
    await stage.answer_all()
    assert stage.conversation(conversation_id).owner == "queue"
    assert stage.texts("bot") == []


async def test_a_turn_that_ends_the_desk_every_time_is_given_to_a_person(stage: Stage) -> None:
    conversation_id = stage.write("the message of death").conversation_id
    for _ in range(3):
        stage.take()  # and the process ends
        stage.now += turns.LEASE + timedelta(seconds=1)
    await stage.answer_all()
    assert stage.engine.asked == []
    assert stage.conversation(conversation_id).reason == "engine_unavailable"


async def test_a_database_that_is_away_leaves_the_turn_to_its_lease(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation_id = stage.write("hello").conversation_id
    (turn,) = stage.take()

    def away(*_: object) -> None:
        raise OperationalError("SELECT", None, Exception("disk I/O error"))

    monkeypatch.setattr(stage.gateway, "_dispose", away)
    with pytest.raises(OperationalError):
        await stage.gateway.answer(turn, lambda: stage.now)
    assert stage.conversation(conversation_id).owner == "bot"
    monkeypatch.undo()
    stage.now += turns.LEASE + timedelta(seconds=1)
    await stage.answer_all()
    assert stage.texts("bot")[-1] == "an answer"


def erase(stage: Stage, conversation_id: str) -> None:
    with stage.database.write() as session:
        erasure.erase(session, erasure.find(session, conversation_id=conversation_id), "command line", stage.now)


async def test_whoever_is_erased_while_the_engine_thinks_is_not_answered(stage: Stage) -> None:
    place = stage.write("hello").conversation_id
    stage.engine.meanwhile = lambda: erase(stage, place)
    await stage.answer_all()
    assert (stage.texts(), stage.turns()) == ([], [])


@pytest.mark.parametrize("failed", [False, True])
def test_what_was_on_its_way_to_an_erased_shopper_is_settled_by_nobody(stage: Stage, failed: bool) -> None:
    place = stage.write("hello").conversation_id
    with stage.database.write() as session:
        stage.acts.notice(session, conversations.lock(session, place), "back_to_bot", stage.now)
        (taken,) = outbox.take(session, stage.now, 1)
    erase(stage, place)
    with stage.database.write() as session:
        if failed:
            assert not outbox.failed(session, taken, outbox.TransportError("refused", permanent=True), stage.now)
        else:
            outbox.sent(session, taken, "provider-1", stage.now)
        assert session.scalar(select(Outbox.id)) is None


def test_a_browser_that_was_let_in_and_erased_has_to_be_let_in_again(stage: Stage) -> None:
    erase(stage, stage.write("hello").conversation_id)
    with pytest.raises(UnknownSender):
        stage.write("me again", admitted=True)
    assert stage.texts() == []
    assert not stage.write("me again").duplicate, "on other channels she begins anew"
