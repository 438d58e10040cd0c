"""Who waits, in which order, who is there, and who takes whom."""

import pytest

from handoff import queue
from handoff.model import Agent, Conversation
from handoff.queue import Place
from handoff.settings import HandoffSettings
from handoff.transitions import IllegalMove
from tests.unit.handoff.workbench import Bench

ONLINE = HandoffSettings.model_fields["online_within"].default


def place(bench: Bench, conversation_id: str) -> Place:
    with bench.database.read() as session:
        return queue.place(session, session.get_one(Conversation, conversation_id), bench.now, ONLINE)


def waiting(bench: Bench) -> list[str]:
    with bench.database.read() as session:
        return [row.conversation.id for row in queue.waiting(session)]


def people(bench: Bench) -> int:
    with bench.database.read() as session:
        return queue.people_online(session, bench.now, ONLINE)


def is_seen(bench: Bench, agent_id: str) -> None:
    with bench.database.write() as session:
        session.get_one(Agent, agent_id).seen_at = bench.now


def test_who_came_first_is_next(bench: Bench) -> None:
    came = []
    for _ in range(3):
        came.append(bench.conversation("queue"))
        bench.later(minutes=1)
    assert waiting(bench) == came
    assert [place(bench, conversation_id).position for conversation_id in came] == [1, 2, 3]


def test_who_came_at_the_same_moment_has_a_place_of_his_own_as_the_list_shows_it(bench: Bench) -> None:
    for _ in range(4):
        bench.conversation("queue")
    assert [place(bench, conversation_id).position for conversation_id in waiting(bench)] == [1, 2, 3, 4]


def test_only_those_who_wait_are_ahead(bench: Bench) -> None:
    ada = bench.agent()
    bench.conversation("bot")
    bench.conversation("agent", agent=ada)
    bench.conversation("closed")
    bench.later(minutes=1)
    mine = bench.conversation("queue")
    assert place(bench, mine).position == 1
    assert waiting(bench) == [mine]


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
    assert waiting(bench) == [first, second]
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


def test_an_agent_sees_her_own_conversations_the_liveliest_first(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    quiet, lively = bench.conversation("agent", agent=ada), bench.conversation("agent", agent=ada)
    bench.conversation("agent", agent=ben)
    bench.later(minutes=1)
    bench.says(lively, "anybody there?")
    with bench.database.read() as session:
        assert [row.conversation.id for row in queue.held_by(session, ada)] == [lively, quiet]


def test_everything_is_shown_the_liveliest_first_and_no_more_than_asked_for(bench: Bench) -> None:
    old = bench.conversation("closed")
    bench.later(minutes=1)
    new = bench.conversation("bot")
    with bench.database.read() as session:
        assert [row.conversation.id for row in queue.everything(session)] == [new, old]
        assert [row.conversation.id for row in queue.everything(session, limit=1)] == [new]


def test_a_row_shows_the_last_words_between_shopper_and_shop(bench: Bench) -> None:
    ada = bench.agent()
    conversation_id = bench.conversation("agent", agent=ada)
    bench.says(conversation_id, "first")
    bench.says(conversation_id, "last")
    bench.says(conversation_id, "she is angry", "agent", note=True)
    bench.says(conversation_id, "Ada is here", "desk")
    with bench.database.read() as session:
        (row,) = queue.everything(session)
    assert (row.last_text, row.last_author, row.name, row.channel) == ("last", "shopper", "Lan", "telegram")


def test_a_row_without_words_is_empty_and_still_there(bench: Bench) -> None:
    conversation_id = bench.conversation("queue")
    with bench.database.read() as session:
        (row,) = queue.waiting(session)
    assert (row.conversation.id, row.last_text, row.last_author) == (conversation_id, "", "")
