"""Between bot and human: no bot message after a takeover, nothing for the engine while an agent has it, nothing lost."""

import threading
from collections.abc import Callable
from datetime import timedelta

from handoff.model import Agent, Assignment
from tests.integration.harness import Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, handoff, text

MakeDesk = Callable[..., Desk]


def asked_for(engine: EngineStandin, visitor: Visitor) -> list[str]:
    """What the engine was asked in this visitor's conversation."""
    mine = visitor.conversation_id
    return [one["message"] for one in tuple(engine.asked) if one["sender"].startswith(mine)]


def test_an_answer_that_was_computed_before_a_takeover_is_dropped(
    desk: Desk, engine: EngineStandin, ada: Console, lan: Visitor
) -> None:
    engine.on("slow question", text("too late", seconds=0.4))
    lan.send(text="slow question")
    wait_for("the engine to be asked", lambda: asked_for(engine, lan))
    assert ada.act(lan.conversation_id, "claim").status_code == 204
    wait_for("the turn to end", lambda: desk.turns(lan.conversation_id)[0].state == "dropped")
    assert lan.texts("bot") == []
    assert lan.texts("desk") == ["Ada is here and has read your conversation."]
    assert not lan.state()["typing"]


def test_it_stays_dropped_when_the_bot_gets_the_conversation_back_meanwhile(
    desk: Desk, engine: EngineStandin, ada: Console, lan: Visitor
) -> None:
    engine.on("slow again", text("too late", seconds=0.4))
    lan.send(text="slow again")
    wait_for("the engine to be asked", lambda: asked_for(engine, lan))
    ada.act(lan.conversation_id, "claim")
    ada.act(lan.conversation_id, "give_to_bot")
    wait_for("the turn to end", lambda: desk.turns(lan.conversation_id)[0].state == "dropped")
    assert lan.texts("bot") == []
    lan.says("next question")
    assert lan.texts("bot")[-1] == "You said: next question"


def test_while_an_agent_has_it_the_engine_hears_nothing(engine: EngineStandin, ada: Console, lan: Visitor) -> None:
    lan.says("hello")
    ada.act(lan.conversation_id, "claim")
    lan.says("only for Ada")
    ada.act(lan.conversation_id, "reply", text="yes?")
    lan.says("also only for Ada")
    assert asked_for(engine, lan) == ["hello"]
    assert [m["content"]["text"] for m in ada.reads(lan.conversation_id)["events"] if m.get("author") == "shopper"] == [
        "hello",
        "only for Ada",
        "also only for Ada",
    ]


def test_while_it_waits_in_the_queue_the_engine_hears_nothing(engine: EngineStandin, lan: Visitor) -> None:
    engine.on("a person please", handoff("a person please"))
    lan.says("a person please")
    state = lan.says("still there?")
    assert state["owner"] == "queue"
    assert asked_for(engine, lan) == ["a person please"]


def test_a_handoff_tells_moves_and_explains_in_one_step(
    desk: Desk, engine: EngineStandin, ada: Console, lan: Visitor
) -> None:
    engine.on("get me a human", handoff("how do I return this"))
    state = lan.says("get me a human")
    assert state["owner"] == "queue"
    assert state["place"]["position"] >= 1
    assert "I have asked for a person" in lan.texts("desk")[-1]
    thread = ada.reads(lan.conversation_id)
    assert (thread["reason"], thread["packet"]["question"]) == ("asked", "how do I return this")
    assert lan.conversation_id in ada.rows("queue")
    ada.act(lan.conversation_id, "claim")
    assert lan.conversation_id in ada.rows("mine")
    assert lan.conversation_id not in ada.rows("queue")


def test_handoffs_work_again_and_again(engine: EngineStandin, ada: Console, lan: Visitor) -> None:
    engine.on("human!", handoff("human!"))
    for _ in range(3):
        assert lan.says("human!")["owner"] == "queue"
        ada.act(lan.conversation_id, "claim")
        ada.act(lan.conversation_id, "resolve")
        assert lan.says("one more thing")["owner"] == "bot"
    assert lan.texts("bot").count("You said: one more thing") == 3


def test_the_bot_starts_a_new_session_every_time_it_gets_the_conversation(
    engine: EngineStandin, ada: Console, lan: Visitor
) -> None:
    lan.says("first session")
    ada.act(lan.conversation_id, "claim")
    ada.act(lan.conversation_id, "give_to_bot")
    lan.says("second session")
    senders = [one["sender"] for one in engine.asked if one["sender"].startswith(lan.conversation_id)]
    assert senders == [f"{lan.conversation_id}.1", f"{lan.conversation_id}.2"]


def test_places_in_the_queue_move_up_and_a_release_keeps_its_own(own_desk: MakeDesk, engine: EngineStandin) -> None:
    engine.on("queue me", handoff("queue me"))
    desk = own_desk()
    agent, first, second = Console(desk, "Ada"), Visitor(desk), Visitor(desk)
    first.says("queue me")
    desk.ahead += timedelta(seconds=30)
    second.says("queue me")
    assert [visitor.state()["place"]["position"] for visitor in (first, second)] == [1, 2]
    agent.act(first.conversation_id, "claim")
    assert (first.state()["place"], second.state()["place"]["position"]) == (None, 1)
    agent.act(first.conversation_id, "release")
    assert [visitor.state()["place"]["position"] for visitor in (first, second)] == [1, 2]


def test_a_shopper_learns_whether_anybody_is_there(own_desk: MakeDesk, engine: EngineStandin) -> None:
    engine.on("queue me", handoff("queue me"))
    desk = own_desk()
    agent, early, late = Console(desk, "Ada"), Visitor(desk), Visitor(desk)
    early.says("queue me")
    assert "Nobody is at the desk" in early.texts("desk")[-1]
    with agent.socket():
        wait_for("her console to be seen", lambda: early.state()["place"]["people_online"] == 1)
        late.says("queue me")
    assert "Nobody is at the desk" not in late.texts("desk")[-1]
    desk.ahead += desk.handoff.online_within
    assert late.state()["place"]["people_online"] == 0


def served_before(desk: Desk, agent: Console, conversation_id: str) -> None:
    """The agent had many conversations lately, each for ten minutes."""
    with desk.database.write() as session:
        for number in range(1, 31):
            ended = desk.now() - timedelta(minutes=number)
            began = ended - timedelta(minutes=10)
            session.add(Assignment(conversation_id=conversation_id, agent_id=agent.id, began_at=began, ended_at=ended))
        session.get_one(Agent, agent.id).capacity = 1


def test_who_waits_sees_how_long_it_may_take_where_that_is_known(own_desk: MakeDesk, engine: EngineStandin) -> None:
    engine.on("queue me", handoff("queue me"))
    desk = own_desk()
    agent, first, second = Console(desk, "Ada"), Visitor(desk), Visitor(desk)
    for visitor in (first, second):
        visitor.says("queue me")
    served_before(desk, agent, first.conversation_id)
    assert second.state()["place"]["wait"] is None, "nobody is there"
    with agent.socket():
        wait_for("her console to be seen", lambda: first.state()["place"]["people_online"] == 1)
        assert first.state()["place"]["wait"] is None, "it is her turn: a place is free"
        agent.act(first.conversation_id, "claim")
        assert second.state()["place"]["wait"] == {"kind": "within", "low": 0, "high": 25}
        words = second.desk.client().get("/api/chat/config?language=en").json()["words"]
        assert words["wait_within"] == "up to about {high} minutes"


def test_agents_who_claim_at_once_never_both_get_it(desk: Desk, ada: Console, ben: Console) -> None:
    for _ in range(3):
        visitor = Visitor(desk)
        visitor.says("hello")
        codes: list[int] = []
        threads = [
            threading.Thread(target=claim, args=(agent, visitor.conversation_id, gate, codes))
            for gate in [threading.Barrier(2)]
            for agent in (ada, ben)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(codes) == [204, 409]
        assert len(visitor.texts("desk")) == 1


def claim(agent: Console, conversation_id: str, gate: threading.Barrier, codes: list[int]) -> None:
    gate.wait(10)
    codes.append(agent.act(conversation_id, "claim").status_code)
