"""Who waits, in which order, who is there, and who takes whom."""

import pytest

from handoff import queue
from handoff.inbox import rows
from handoff.model import Agent, Conversation
from handoff.queue import Place
from handoff.settings import HandoffSettings
from handoff.transitions import IllegalMove
from tests.unit.handoff.workbench import Bench

ONLINE = HandoffSettings.model_fields["online_within"].default


def place(bench: Bench, conversation_id: str) -> Place:
    with bench.database.read() as session:
        return queue.place(session, session.get_one(Conversation, conversation_id), bench.now, ONLINE)


def people(bench: Bench) -> int:
    with bench.database.read() as session:
        return rows.people_online(rows.Looker(session, "", "agent", bench.now, bench.acts.settings))


def is_seen(bench: Bench, agent_id: str) -> None:
    with bench.database.write() as session:
        session.get_one(Agent, agent_id).seen_at = bench.now


def test_who_came_first_is_next(bench: Bench) -> None:
    came = []
    for _ in range(3):
        came.append(bench.conversation("queue"))
        bench.later(minutes=1)
    assert bench.line() == came
    assert [place(bench, conversation_id).position for conversation_id in came] == [1, 2, 3]


def test_who_came_at_the_same_moment_has_a_place_of_his_own_as_the_list_shows_it(bench: Bench) -> None:
    for _ in range(4):
        bench.conversation("queue")
    assert [place(bench, conversation_id).position for conversation_id in bench.line()] == [1, 2, 3, 4]


def test_only_those_who_wait_are_ahead(bench: Bench) -> None:
    ada = bench.agent()
    bench.conversation("bot")
    bench.conversation("agent", agent=ada)
    bench.conversation("closed")
    bench.later(minutes=1)
    mine = bench.conversation("queue")
    assert place(bench, mine).position == 1
    assert bench.line() == [mine]


def test_those_behind_move_up_when_one_is_claimed(bench: Bench) -> None:
    first = bench.conversation("queue")
    bench.later(minutes=1)
    second = bench.conversation("queue")
    bench.move(first, "claim", agent=bench.agent())
    assert place(bench, second).position == 1


def test_who_is_released_goes_back_to_the_old_place(bench: Bench) -> None:
    ada = bench.agent()
    first = bench.conversation("queue")
    bench.later(minutes=1)
    second = bench.conversation("queue")
    bench.move(first, "claim", agent=ada)
    bench.later(minutes=30)
    bench.move(first, "release", agent=ada)
    assert bench.line() == [first, second]
    assert place(bench, second).position == 2


def test_a_person_is_there_while_signs_of_life_are_fresh(bench: Bench) -> None:
    ada = bench.agent()
    assert people(bench) == 0
    is_seen(bench, ada)
    bench.now += ONLINE
    assert people(bench) == 0
    bench.later(seconds=-1)
    assert people(bench) == 1
    assert place(bench, bench.conversation("queue")).people_online == 1


def test_a_disabled_person_is_not_there(bench: Bench) -> None:
    ada = bench.agent()
    is_seen(bench, ada)
    with bench.database.write() as session:
        session.get_one(Agent, ada).disabled_at = bench.now
    assert people(bench) == 0


def test_a_claim_takes_the_conversation_and_names_its_agent(bench: Bench) -> None:
    conversation_id, ada = bench.conversation("queue"), bench.agent()
    with bench.database.write() as session:
        queue.claim(session, conversation_id, session.get_one(Agent, ada), bench.now)
    row = bench.row(conversation_id)
    assert (row.owner, row.agent_id) == ("agent", ada)


def test_what_another_agent_has_cannot_be_claimed(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    conversation_id = bench.conversation("agent", agent=ada)
    with bench.database.write() as session, pytest.raises(IllegalMove):
        queue.claim(session, conversation_id, session.get_one(Agent, ben), bench.now)
    assert bench.row(conversation_id).agent_id == ada
