"""The order of the queue, taking the next, and capacity; on both databases."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from handoff import conversations, queue
from handoff.acts import NotYours
from handoff.capacity import NoRoom
from handoff.model import Agent, Assignment, Audit, Conversation
from handoff.transitions import IllegalMove
from tests.unit.handoff.routing.people import agent, all_seen, escalates, in_hand, team, waits, with_settings
from tests.unit.handoff.workbench import Bench, all_of


def place(desk: Bench, conversation_id: str) -> queue.Place:
    with desk.database.read() as session:
        conversation = session.get_one(Conversation, conversation_id)
        return queue.place(session, conversation, desk.now, desk.acts.settings.online_within)


def test_the_higher_priority_is_served_first_then_who_waits_longer(desk: Bench) -> None:
    old, urgent, young, low = waits(desk), waits(desk, priority=5), waits(desk), waits(desk, priority=-1)
    assert desk.line() == [urgent, old, young, low]
    assert [place(desk, one).position for one in desk.line()] == [1, 2, 3, 4]
    ada = agent(desk)
    assert [desk.acts.take_next(ada, desk.now) for _ in range(5)] == [urgent, old, young, low, None]


def test_a_priority_is_set_by_an_agent_and_only_agents_learn_of_it(desk: Bench) -> None:
    ada = agent(desk)
    old, late = waits(desk), waits(desk)
    desk.acts.set_priority(late, ada, 3, desk.now)
    desk.acts.set_priority(late, ada, 3, desk.now)  # nothing new
    assert desk.line() == [late, old]
    changes = [event for event in desk.events(late) if event.kind == "priority"]
    assert [(event.public, event.data["priority"], event.data["agent_id"]) for event in changes] == [(False, 3, ada)]
    with desk.database.read() as session:
        (audit,) = [one for one in all_of(session, Audit) if one.act == "priority"]
    assert (audit.actor, audit.details) == (f"agent:{ada}", {"from": 0, "to": 3})


@pytest.mark.parametrize("priority", [-11, 11, 10**12])
def test_a_priority_beyond_all_measure_is_refused(desk: Bench, priority: int) -> None:
    waiting, ada = waits(desk), agent(desk)
    with pytest.raises(ValueError):
        desk.acts.set_priority(waiting, ada, priority, desk.now)
    assert desk.row(waiting).priority == 0


def test_only_those_count_as_ahead_whom_the_same_people_serve(desk: Bench) -> None:
    agent(desk, languages=["vi"])
    agent(desk, "Ben", languages=["en"])
    for _ in range(2):
        waits(desk, language="vi")
    english = waits(desk, language="en")
    assert place(desk, english).position == 1
    assert place(desk, english).people_online == 1
    both = agent(desk, "Cho")  # speaks all languages, and may be busy with the Vietnamese ones first
    assert place(desk, english).position == 3
    with desk.database.write() as session:
        session.get_one(Agent, both).available = False
    assert place(desk, english).people_online == 1


def test_what_nobody_may_serve_stands_behind_all_who_came_first(desk: Bench) -> None:
    agent(desk, languages=["en"])
    waits(desk)
    spanish = waits(desk, language="es")
    assert (place(desk, spanish).position, place(desk, spanish).people_online) == (2, 0)


def test_taking_the_next_passes_over_what_the_agent_does_not_fit(desk: Bench) -> None:
    ada, ben = agent(desk, languages=["en"]), agent(desk, "Ben")
    orders = team(desk, "Orders", ben)
    vietnamese, for_orders, plain = waits(desk, language="vi"), waits(desk, team_id=orders), waits(desk)
    assert desk.acts.take_next(ada, desk.now) == plain
    assert desk.acts.take_next(ada, desk.now) is None
    assert desk.acts.take_next(ben, desk.now) == vietnamese
    assert desk.acts.take_next(ben, desk.now) == for_orders
    assert desk.texts(plain, "desk")[-1] == "Ada is here and has read your conversation."


def test_an_agent_takes_no_more_than_she_serves_at_once(desk: Bench) -> None:
    ada = agent(desk, capacity=2)
    first, _, third = waits(desk), waits(desk), waits(desk)
    desk.acts.take_next(ada, desk.now)
    desk.acts.take_next(ada, desk.now)
    with pytest.raises(NoRoom):
        desk.acts.take_next(ada, desk.now)
    with pytest.raises(NoRoom):
        desk.acts.claim(third, ada, desk.now)
    assert desk.row(third).owner == "queue"
    assert desk.texts(third, "desk") == []
    desk.acts.resolve(first, ada, desk.now)
    desk.acts.claim(third, ada, desk.now)
    assert in_hand(desk, ada) == 2


def test_what_rests_takes_no_place(desk: Bench) -> None:
    ada = agent(desk, capacity=1)
    first, second = waits(desk), waits(desk)
    desk.acts.claim(first, ada, desk.now)
    desk.acts.snooze(first, ada, desk.later(hours=1), desk.now.replace(hour=0))
    desk.acts.claim(second, ada, desk.now)
    assert in_hand(desk, ada) == 1


def test_who_is_full_is_still_told_that_somebody_was_faster(desk: Bench) -> None:
    ada, ben = agent(desk, capacity=0), agent(desk, "Ben")
    taken = waits(desk)
    desk.acts.claim(taken, ben, desk.now)
    with pytest.raises(IllegalMove):
        desk.acts.claim(taken, ada, desk.now)


# ---- at the same moment -------------------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all in threads that begin together; what each returned or raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except (NoRoom, IllegalMove) as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_of_many_who_take_the_next_each_gets_another_one(desk: Bench) -> None:
    people = [agent(desk, f"A{number}", capacity=3) for number in range(8)]
    waiting = {waits(desk) for _ in range(20)}

    def take_all(one: str) -> list[str]:
        got: list[str] = []
        while True:
            try:
                taken = desk.acts.take_next(one, desk.now)
            except NoRoom:
                return got
            if taken is None:
                return got
            got.append(taken)

    results = at_once(*[lambda one=one: take_all(one) for one in people])
    taken = [conversation_id for got in results for conversation_id in got]  # type: ignore[attr-defined]
    assert Counter(taken) == Counter(waiting)
    assert all(in_hand(desk, one) <= 3 for one in people)


def test_one_conversation_claimed_by_many_has_one_winner(desk: Bench) -> None:
    people = [agent(desk, f"A{number}") for number in range(8)]
    waiting = waits(desk)
    results = at_once(*[lambda one=one: desk.acts.claim(waiting, one, desk.now) for one in people])
    assert Counter(type(result) for result in results) == {type(None): 1, IllegalMove: 7}
    with desk.database.read() as session:
        assert len(all_of(session, Assignment)) == 1


def test_many_conversations_claimed_for_one_agent_stop_at_her_capacity(desk: Bench) -> None:
    ada = agent(desk, capacity=3)
    waiting = [waits(desk) for _ in range(8)]
    results = at_once(*[lambda one=one: desk.acts.claim(one, ada, desk.now) for one in waiting])
    assert Counter(type(result) for result in results) == {type(None): 3, NoRoom: 5}
    assert in_hand(desk, ada) == 3


def test_claims_releases_and_transfers_at_once_neither_lock_up_nor_exceed_anything(desk: Bench) -> None:
    people = [agent(desk, f"A{number}", capacity=2) for number in range(4)]
    for _ in range(6):
        waits(desk)

    def work(number: int) -> None:
        me, next_one = people[number], people[(number + 1) % 4]
        for _ in range(6):
            try:
                taken = desk.acts.take_next(me, desk.now)
            except NoRoom:
                taken = None
            with desk.database.read() as session:
                mine = list(session.scalars(select(Conversation.id).where(Conversation.agent_id == me)))
            for position, one in enumerate(mine):
                try:
                    if position % 2:
                        desk.acts.transfer(one, me, next_one, desk.now)
                    else:
                        desk.acts.release(one, me, desk.now)
                except (NoRoom, NotYours):
                    pass
            assert taken is None or taken

    at_once(*[lambda number=number: work(number) for number in range(4)])
    assert all(in_hand(desk, one) <= 2 for one in people)
    with desk.database.read() as session:
        rows = all_of(session, Conversation)
    assert all(one.owner in ("queue", "agent") for one in rows)


# ---- what the shopper is told -------------------------------------------------------------------------------------------


def served(desk: Bench, agent_id: str, times: int, minutes: int, *, rested: bool = False) -> None:
    """The agent had so many conversations, one after the other, each for so long."""
    conversation_id = waits(desk)
    with desk.database.write() as session:
        for _ in range(times):
            began, ended = desk.now, desk.later(minutes=minutes)
            if rested:
                session.add(Audit(at=began, actor="test", act="snooze", conversation_id=conversation_id, details={}))
            session.add(Assignment(conversation_id=conversation_id, agent_id=agent_id, began_at=began, ended_at=ended))
        conversations.move(session, conversations.lock(session, conversation_id), "resolve", "test", desk.now)
    all_seen(desk, agent_id)


def test_the_wait_is_told_when_there_is_enough_to_go_by(desk: Bench) -> None:
    ada = agent(desk, capacity=1)
    served(desk, ada, 30, minutes=10)
    desk.acts.claim(waits(desk), ada, desk.now)
    waits(desk)
    told = desk.texts(escalates(desk), "desk")[-1]
    assert "number 2 in line" in told
    assert told.endswith(" At the moment people wait about 4 to 40 minutes.")


def test_the_wait_is_not_told_from_what_was_long_ago_or_somebody_elses(desk: Bench) -> None:
    ada, ben = agent(desk, capacity=1), agent(desk, "Ben", languages=["vi"])
    served(desk, ada, 30, minutes=10)
    desk.later(days=8)
    served(desk, ben, 30, minutes=10)
    all_seen(desk, ada)
    desk.acts.claim(waits(desk), ada, desk.now)
    assert "minutes" not in desk.texts(escalates(desk), "desk")[-1]


def test_no_wait_is_told_while_a_place_is_free_or_too_little_is_known(desk: Bench) -> None:
    agent(desk)
    assert "minutes" not in desk.texts(escalates(desk), "desk")[-1]


def test_what_rested_says_nothing_of_how_long_serving_takes(desk: Bench) -> None:
    ada = agent(desk, capacity=1)
    served(desk, ada, 30, minutes=10, rested=True)
    desk.acts.claim(waits(desk), ada, desk.now)
    assert "minutes" not in desk.texts(escalates(desk), "desk")[-1]


def test_a_shop_without_settings_says_what_it_always_said(desk: Bench) -> None:
    with_settings(desk)
    agent(desk)
    assert desk.texts(escalates(desk), "desk") == [
        "I have asked for a person. You are number 1 in line, and your whole conversation is there for them to read; "
        "you need not repeat anything. The answer comes right here."
    ]
