"""Many at once, on real databases: what one writer at a time hides on SQLite shows on PostgreSQL.

Each race is run many times by threads that a barrier lets go together; two Database objects stand for two desks.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from handoff import accounts, capacity, conversations, outbox, turns
from handoff.accounts import AccountError
from handoff.database import Database
from handoff.model import Agent, Assignment, Contact, Conversation, Event, Identity, Inbound, Outbox, Turn
from handoff.outbox import Delivery
from handoff.transitions import IllegalMove
from handoff.turns import LEASE, TurnResult
from tests.racing import ROUNDS, failures, together
from tests.unit.handoff.workbench import Bench, all_of

Item = TypeVar("Item")


def until_nothing_is_left(
    database: Database, take: Callable[[Session], list[Item]], handle: Callable[[Database, Sequence[Item]], None]
) -> None:
    """A worker. What another one holds is passed over, so nothing to take once does not mean that nothing is left."""
    nothing = 0
    while nothing < 20:
        with database.write() as session:
            taken = take(session)
        nothing = 0 if taken else nothing + 1
        handle(database, taken)


def count(bench: Bench, table: type[Any]) -> int:
    with bench.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_shopper_whose_first_messages_come_to_two_desks_at_once_is_one_person(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    def meet(database: Database, address: str) -> str:
        with database.write() as session:
            return conversations.ensure_identity(session, "telegram", address, "Lan", bench.now).id

    for number in range(ROUNDS):
        met = together(*(lambda d=d, n=number: meet(d, f"lan{n}") for d in desks * 2))
        assert len(set(met)) == 1, met
    assert (count(bench, Identity), count(bench, Contact)) == (ROUNDS, ROUNDS)


def test_two_first_messages_at_once_begin_one_conversation_and_both_are_stored(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    def write(database: Database, address: str, external_id: str) -> str:
        with database.write() as session:
            identity = conversations.ensure_identity(session, "telegram", address, "", bench.now)
            row = conversations.take_in(session, "telegram", external_id, bench.now)
            assert row is not None
            found = conversations.current(session, identity.id)
            conversation = found or conversations.begin(session, identity.id, "en", bench.now)
            message = conversations.add_message(session, conversation, "shopper", {"text": external_id}, bench.now)
            row.message_id = message.id
            return conversation.id

    for number in range(ROUNDS):
        if number % 2:  # somebody known, as a visitor of the web is: then no insertion makes the others wait
            bench.identity("telegram", f"lan{number}")
        places = together(
            *(lambda d=d, n=number, u=u: write(d, f"lan{n}", f"{n}-{u}") for u, d in enumerate(desks * 2))
        )
        assert len(set(places)) == 1, places
        assert sorted(bench.texts(places[0])) == [f"{number}-{u}" for u in range(4)]
        assert [event.seq for event in bench.events(places[0])] == [1, 2, 3, 4]


def test_an_update_that_comes_to_two_desks_at_once_is_taken_in_once(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    def take_in(database: Database, external_id: str) -> bool:
        with database.write() as session:
            return conversations.take_in(session, "telegram", external_id, bench.now) is not None

    for number in range(ROUNDS):
        taken = together(*(lambda d=d, n=number: take_in(d, f"update-{n}") for d in desks * 2))
        assert sorted(taken) == [False, False, False, True], taken
    assert count(bench, Inbound) == ROUNDS


def test_numbers_have_no_gaps_however_many_write_at_once_and_some_give_up(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    conversation_id = bench.conversation()

    def write(database: Database, gives_up: bool) -> None:
        for _ in range(ROUNDS):
            with database.write() as session:
                conversation = conversations.lock(session, conversation_id)
                conversations.add_message(session, conversation, "shopper", {"text": "hi"}, bench.now)
                if gives_up:
                    session.rollback()

    results = together(*(lambda d=d, n=n: write(d, n == 3) for n, d in enumerate(desks * 2)))
    assert failures(results) == []
    assert [event.seq for event in bench.events(conversation_id)] == list(range(1, 3 * ROUNDS + 1))
    assert bench.row(conversation_id).last_seq == 3 * ROUNDS


def test_of_two_agents_who_claim_at_once_one_gets_it(bench: Bench, desks: tuple[Database, Database]) -> None:
    agents = [bench.agent(), bench.agent()]

    def claim(database: Database, conversation_id: str, agent_id: str) -> str:
        with database.write() as session:
            agent = session.get_one(Agent, agent_id)
            conversation = conversations.lock(session, conversation_id)
            conversations.move(session, conversation, "claim", "test", bench.now, agent=agent)
            return agent_id

    for _ in range(ROUNDS):
        waiting = bench.conversation("queue")
        won = together(*(lambda d=d, a=a, w=waiting: claim(d, w, a) for d, a in zip(desks, agents, strict=True)))
        (winner,) = [result for result in won if isinstance(result, str)]
        assert [type(error) for error in failures(won)] == [IllegalMove]
        assert bench.row(waiting).agent_id == winner
    assert count(bench, Assignment) == ROUNDS


def test_an_agent_who_speaks_and_takes_room_in_two_conversations_waits_for_nobody_who_waits_for_her(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    """A message that names the agent holds her key; taking room must not need more than that leaves."""
    agent_id = bench.agent()
    mine = [bench.conversation("agent", agent=agent_id) for _ in desks]
    both_have_written = threading.Barrier(2)

    def speak_and_take(database: Database, conversation_id: str) -> None:
        with database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            agent = session.get_one(Agent, agent_id)
            conversations.add_message(session, conversation, "agent", {"text": "hi"}, bench.now, agent=agent)
            if not database.is_sqlite:
                both_have_written.wait(30)
            capacity.take_room(session, agent_id, conversation_id)

    for _ in range(3):
        assert (
            failures(together(*(lambda d=d, c=c: speak_and_take(d, c) for d, c in zip(desks, mine, strict=True)))) == []
        )


def test_workers_of_two_desks_never_have_two_turns_of_one_conversation(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    told = [(bench.conversation(), number) for number in range(6)]
    for conversation_id, number in told:
        for question in range(5):
            bench.asks(conversation_id, f"{number}-{question}")
    running: list[str] = []
    order: list[str] = []
    guard = threading.Lock()

    def take(session: Session) -> list[Turn]:
        return turns.take(session, bench.now, 4)

    def handle(database: Database, taken: Sequence[Turn]) -> None:
        with guard:
            running.extend(turn.conversation_id for turn in taken)
            assert len(running) == len(set(running)), "two turns of one conversation"
            order.extend(turn.text for turn in taken)
        for turn in taken:
            with guard:
                running.remove(turn.conversation_id)
            with database.write() as session:
                conversations.lock(session, turn.conversation_id)
                turns.finish(session, turn.id, bench.now, TurnResult(None, None, None, None))

    assert failures(together(*(lambda d=d: until_nothing_is_left(d, take, handle) for d in desks * 2))) == []
    for _, number in told:
        assert [said for said in order if said.startswith(f"{number}-")] == [f"{number}-{q}" for q in range(5)]
    with bench.database.read() as session:
        assert {(turn.state, turn.attempts) for turn in all_of(session, Turn)} == {("done", 1)}


def test_a_lease_that_ran_out_is_taken_over_by_one(bench: Bench, desks: tuple[Database, Database]) -> None:
    for number in range(ROUNDS):
        bench.asks(bench.conversation(), str(number))
    bench.take_turns(ROUNDS)
    bench.later(seconds=LEASE.total_seconds() + 1)

    def take(database: Database) -> list[str]:
        with database.write() as session:
            return [turn.text for turn in turns.take(session, bench.now, ROUNDS)]

    taken = together(*(lambda d=d: take(d) for d in desks * 2))
    assert failures(taken) == []
    # Who skips what another one holds may get less than there is; nothing is given twice.
    given = [said for some in taken for said in some] + take(bench.database)
    assert sorted(given, key=int) == [str(number) for number in range(ROUNDS)]


def test_workers_of_two_desks_deliver_each_message_once_and_in_order(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    some = [bench.conversation() for _ in range(5)]
    for conversation_id in some:
        for number in range(5):
            bench.tells(conversation_id, str(number))
    delivered: list[tuple[str, str]] = []
    guard = threading.Lock()

    def take(session: Session) -> list[Delivery]:
        return outbox.take(session, bench.now, 4)

    def handle(database: Database, taken: Sequence[Delivery]) -> None:
        for delivery in taken:
            with guard:
                delivered.append((delivery.conversation_id, str(delivery.content["text"])))
            with database.write() as session:
                outbox.sent(session, delivery, "id", bench.now)

    assert failures(together(*(lambda d=d: until_nothing_is_left(d, take, handle) for d in desks * 2))) == []
    for conversation_id in some:
        assert [said for one, said in delivered if one == conversation_id] == ["0", "1", "2", "3", "4"]
    with bench.database.read() as session:
        assert {(row.state, row.attempts) for row in all_of(session, Outbox)} == {("sent", 1)}


def test_one_account_for_one_address_whoever_makes_it(bench: Bench, desks: tuple[Database, Database]) -> None:
    def add(database: Database) -> str:
        with database.write() as session:
            return accounts.add_agent(session, "ada@shop.example", "Ada", "agent", "long enough", bench.now).id

    made = together(*(lambda d=d: add(d) for d in desks))
    assert [type(error) for error in failures(made)] == [AccountError]
    assert count(bench, Agent) == 1


def test_what_is_read_is_one_moment_whatever_is_written_meanwhile(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    conversation_id = bench.conversation()
    with desks[1].read() as session:
        before = session.scalar(select(func.count()).select_from(Event))
        bench.says(conversation_id, "meanwhile")
        assert session.scalar(select(func.count()).select_from(Event)) == before == 0
        assert session.scalar(select(Conversation.last_seq)) == 0
    assert len(bench.events(conversation_id)) == 1


@pytest.mark.parametrize("backend", ["postgres"])
def test_a_reader_cannot_write(bench: Bench) -> None:
    with pytest.raises(Exception, match="read-only"), bench.database.read() as session:
        session.execute(text("DELETE FROM contact"))


def test_the_time_that_was_stored_is_the_time_that_is_read(bench: Bench) -> None:
    bench.later(microseconds=123_456)
    conversation_id = bench.conversation()
    assert bench.row(conversation_id).created_at == bench.now
    assert bench.row(conversation_id).created_at.utcoffset() == timedelta(0)
