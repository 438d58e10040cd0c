"""Two desks on one database: what comes in at one is seen at the other."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from tests.integration.harness import PATIENCE, Console, Desk, Visitor, wait_for

MakeDesk = Callable[..., Desk]


@pytest.fixture
def two(own_desk: MakeDesk) -> tuple[Desk, Desk]:
    return own_desk(), own_desk()


def test_a_shopper_and_an_agent_at_different_desks_talk(two: tuple[Desk, Desk]) -> None:
    shopper, agent = Visitor(two[0]), Console(two[1], "Ada")
    shopper.says("hello")
    conversation = shopper.conversation_id
    wait_for("the conversation at the other desk", lambda: conversation in agent.rows("all"))
    assert agent.act(conversation, "claim").status_code == 204
    assert agent.act(conversation, "reply", text="here I am").status_code == 201
    shopper.hears("here I am")
    seqs = [event["seq"] for event in agent.reads(conversation)["events"]]
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_question_is_answered_once_whichever_desk_takes_it(two: tuple[Desk, Desk]) -> None:
    shoppers = [Visitor(desk) for desk in two * 2]
    for number in range(5):
        for shopper in shoppers:
            assert shopper.send(text=f"question {number}").status_code == 202
    for shopper in shoppers:
        shopper.answered()
        said = [text for text in shopper.texts("bot") if text.startswith("You said")]
        assert said == [f"You said: question {number}" for number in range(5)]


@pytest.mark.parametrize("stored_on", ["postgres"], scope="session")
def test_the_socket_at_one_desk_tells_of_what_happens_at_the_other(two: tuple[Desk, Desk]) -> None:
    shopper, agent = Visitor(two[0]), Console(two[1], "Ada")
    shopper.says("hello")
    with agent.socket() as line:
        shopper.send(text="again")
        told = json.loads(line.recv(PATIENCE))
        assert told["conversation"] == shopper.conversation_id


@pytest.mark.parametrize("stored_on", ["postgres"], scope="session")
def test_when_the_server_cuts_all_lines_the_sockets_look_again_and_nothing_is_lost(two: tuple[Desk, Desk]) -> None:
    shopper, agent = Visitor(two[0]), Console(two[1], "Ada")
    shopper.says("hello")
    with agent.socket() as line:
        wait_for("ada to be there", lambda: agent.list("queue")["people_online"] > 0)
        with two[0].database.write() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        try:
            while "resync" not in json.loads(line.recv(PATIENCE)):
                pass
        except ConnectionClosed:
            pytest.fail("the socket was closed, although the desk was there all the time")
    wait_for("the desk to take messages again", lambda: shopper.send(text="after the break").status_code == 202)
    assert shopper.texts("shopper")[0] == "hello"
    assert "after the break" in shopper.texts("shopper")


@pytest.mark.parametrize("stored_on", ["postgres"], scope="session")
def test_who_writes_at_one_desk_is_seen_at_the_other(two: tuple[Desk, Desk]) -> None:
    shopper, agent, colleague = Visitor(two[0]), Console(two[1], "Ada"), Console(two[0], "Ben")
    shopper.says("hello")
    agent.act(shopper.conversation_id, "claim")
    with shopper.socket() as hers, colleague.socket() as his, agent.socket() as line:
        line.send(json.dumps({"conversation": shopper.conversation_id, "doing": "writes"}))
        while json.loads(hers.recv(PATIENCE)) != {"typing": True}:
            pass
        while (said := json.loads(his.recv(PATIENCE))).get("whisper", {}).get("doing") != "writes":
            pass
        assert said["whisper"]["who"] == agent.id
