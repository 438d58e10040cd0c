"""Fail towards a human: whatever the engine does, the shopper is told plainly and an agent sees everything."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.engine.breaker import FAILURES
from tests.integration.broken_engine import HANG_UP, BrokenEngine
from tests.integration.harness import Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, broken

MakeDesk = Callable[..., Desk]
MakeEngine = Callable[..., BrokenEngine]

SORRY = "Something is not working on my side, so a person will take over."
UNDERSTOOD = {
    "intent": {"name": "greet"},
    "faqdesk": {"language": "en", "language_p": 0.9, "release": "r", "decision": "talk", "candidates": []},
}


@pytest.fixture
def engine_that() -> Iterator[MakeEngine]:
    """`engine_that((500, b""))` answers so."""
    made: list[BrokenEngine] = []

    def make(*answers: tuple[int, bytes]) -> BrokenEngine:
        made.append(BrokenEngine(*answers).start())
        return made[-1]

    yield make
    for engine in made:
        engine.stop()


def said(*messages: Any, failed: tuple[str, ...] = (), understanding: Any = UNDERSTOOD) -> tuple[int, bytes]:
    body = {"messages": list(messages), "understanding": understanding, "failed": list(failed)}
    return 200, json.dumps(body).encode()


def lands_with_people(desk: Desk, visitor: Visitor, question: str) -> None:
    """She is told, waits in the queue for the right reason, and an agent reads all of it."""
    conversation_id = visitor.conversation_id
    row = desk.conversation(conversation_id)
    assert (row.owner, row.reason) == ("queue", "engine_unavailable")
    told = visitor.texts("desk")
    assert told[0] == SORRY
    assert "number 1" in told[1]
    assert visitor.texts("bot") == []
    assert visitor.state()["place"] == {"position": 1, "people_online": 0, "wait": None}
    agent = Console(desk, "Ada")
    assert agent.rows("queue") == [conversation_id]
    thread = agent.reads(conversation_id)
    assert thread["reason"] == "engine_unavailable"
    assert thread["packet"]["question"] == question
    texts = [event["content"]["text"] for event in thread["events"] if event["kind"] == "message"]
    assert texts == [question, *told]


BROKEN = {
    "an error": (500, b'{"error": "the turn failed"}'),
    "a wrong token": (401, b"{}"),
    "another address": (404, b"not found"),
    "a redirect": (302, b""),
    "nothing": (200, b""),
    "no JSON": (200, b"<html>busy</html>"),
    "half a JSON": (200, b'{"messages": [{"text": "hel'),
    "no UTF-8": (200, b'{"messages": "\xff\xfe"}'),
    "an endless nesting": (200, b"[" * 100_000),
    "a hung-up line": HANG_UP,
    "no messages": said(),
    "a failed action": said({"text": "half an answer"}, failed=("action_answer_faq",)),
    "an unknown payload": said({"custom": {"kind": "delete_everything"}}),
    "words that are none": said({"text": 7}),
    "a message that is none": said("hello"),
    "an understanding without its parts": said({"text": "hello"}, understanding={"intent": {}}),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_an_engine_that_answers_wrongly_brings_a_person(
    own_desk: MakeDesk, engine_that: MakeEngine, answer: tuple[int, bytes]
) -> None:
    desk = own_desk(engine_that(answer).url)
    visitor = Visitor(desk)
    visitor.says("where is my parcel")
    lands_with_people(desk, visitor, "where is my parcel")


def test_an_engine_that_is_not_there_brings_a_person(own_desk: MakeDesk) -> None:
    desk = own_desk("http://127.0.0.1:9")
    visitor = Visitor(desk)
    visitor.says("where is my parcel")
    lands_with_people(desk, visitor, "where is my parcel")


def test_an_engine_that_thinks_too_long_brings_a_person(own_desk: MakeDesk, engine_that: MakeEngine) -> None:
    engine = engine_that(said({"text": "too late"}))
    engine.slow = True
    desk = own_desk(engine.url, engine_budget=0.5)
    visitor = Visitor(desk)
    visitor.says("where is my parcel")
    lands_with_people(desk, visitor, "where is my parcel")


def test_one_failure_is_made_good_by_a_second_try(own_desk: MakeDesk, engine_that: MakeEngine) -> None:
    engine = engine_that((500, b"{}"), said({"text": "here I am"}))
    desk = own_desk(engine.url)
    visitor = Visitor(desk)
    visitor.says("hello")
    assert visitor.texts("bot")[-1] == "here I am"
    assert engine.asked == 2


def test_no_third_try_is_made(own_desk: MakeDesk, engine_that: MakeEngine) -> None:
    engine = engine_that((500, b"{}"), (500, b"{}"), said({"text": "third time lucky"}))
    desk = own_desk(engine.url)
    visitor = Visitor(desk)
    visitor.says("hello")
    assert engine.asked == 2
    assert visitor.texts("desk")[0] == SORRY


def test_what_is_written_meanwhile_reaches_the_agent_too(own_desk: MakeDesk, engine_that: MakeEngine) -> None:
    engine = engine_that((500, b"{}"))
    engine.slow = True
    desk = own_desk(engine.url)
    visitor = Visitor(desk)
    visitor.send(text="first")
    wait_for("the engine to be asked", lambda: engine.asked)
    visitor.send(text="second")
    engine.wait.set()
    visitor.answered()
    row = desk.conversation(visitor.conversation_id)
    assert (row.owner, row.reason) == ("queue", "engine_unavailable")
    wait_for("the second turn to be dropped", lambda: desk.turns(row.id)[1].state == "dropped")
    thread = Console(desk, "Ada").reads(row.id)
    assert [e["content"]["text"] for e in thread["events"] if e["kind"] == "message"][:2] == ["first", "second"]
    assert len(visitor.texts("desk")) == 2


def test_she_is_told_in_her_own_language(own_desk: MakeDesk) -> None:
    desk = own_desk("http://127.0.0.1:9")
    visitor = Visitor(desk, "es-MX")
    visitor.says("dónde está mi pedido")
    assert visitor.texts("desk")[0] == "Algo falla por mi parte, así que seguirá una persona."


def test_people_work_on_while_the_bot_is_away(own_desk: MakeDesk) -> None:
    desk = own_desk("http://127.0.0.1:9")
    visitor, agent = Visitor(desk), Console(desk, "Ada")
    visitor.says("hello")
    conversation_id = visitor.conversation_id
    assert agent.act(conversation_id, "claim").status_code == 204
    assert agent.act(conversation_id, "reply", text="I am here").status_code == 201
    visitor.send(text="thank you")
    assert agent.act(conversation_id, "resolve").status_code == 204
    assert visitor.texts("agent") == ["I am here"]
    assert desk.client().get("/health").status_code == 200


# ---- several engines --------------------------------------------------------------------------------------------------


@pytest.fixture
def two_engines() -> Iterator[list[EngineStandin]]:
    made = [EngineStandin().start() for _ in range(2)]
    yield made
    for engine in made:
        engine.stop()


def named(engines: list[EngineStandin]) -> str:
    return ", ".join(engine.url for engine in engines)


def test_every_conversation_keeps_its_engine(own_desk: MakeDesk, two_engines: list[EngineStandin]) -> None:
    desk = own_desk(engine_urls=named(two_engines))
    visitors = [Visitor(desk) for _ in range(12)]
    for visitor in visitors * 2:
        visitor.says("hello")
    senders = [{asked["sender"] for asked in engine.asked} for engine in two_engines]
    assert not senders[0] & senders[1]
    assert all(senders), "twelve conversations, and one engine has none of them"


def test_another_engine_stands_in_where_trackers_are_shared(
    own_desk: MakeDesk, two_engines: list[EngineStandin]
) -> None:
    desk = own_desk(engine_urls=named(two_engines), engine_trackers_shared=True)
    two_engines[0].on("and again", broken())
    for visitor in [Visitor(desk) for _ in range(16)] * 2:
        visitor.says("and again")
        assert visitor.texts("bot")[-1] == "You said: and again"
    broken_one, other = (engine["state"] for engine in desk.client().get("/health").json()["engines"])
    # Not "open" alone: on a slow machine its pause may be over by now.
    assert (broken_one in ("open", "half-open"), other) == (True, "closed")


def test_where_they_are_not_a_person_comes_at_once(own_desk: MakeDesk, engine_that: MakeEngine) -> None:
    """After a few failures nobody waits for the engine's budget any more."""
    engine = engine_that(said({"text": "too late"}))
    engine.slow = True
    desk = own_desk(engine.url, engine_budget=0.3)
    for _ in range(FAILURES + 2):
        visitor = Visitor(desk)
        visitor.says("where is my parcel")
        assert visitor.texts("desk")[0] == SORRY
    assert engine.asked == FAILURES
    assert desk.client().get("/health").json()["engines"] == [{"state": "open", "failures": FAILURES}]


def test_health_names_no_address(own_desk: MakeDesk, two_engines: list[EngineStandin]) -> None:
    desk = own_desk(engine_urls=named(two_engines))
    answer = desk.client().get("/health")
    assert answer.status_code == 200
    assert "127.0.0.1" not in answer.text
