"""Parked messages: people see them, try them again in order, or give them up; and it is on record who did."""

import pytest

from handoff import dead_letters, outbox
from handoff.dead_letters import DeadLetter, NotDead, UnknownDelivery
from handoff.model import Audit
from handoff.outbox import LEASE, MOST_ATTEMPTS, TransportError
from tests.unit.handoff.workbench import Bench, all_of


def park(bench: Bench, conversation_id: str, *texts: str) -> list[int]:
    """These texts are said and refused for good, one after the other."""
    numbers = [bench.tells(conversation_id, text) for text in texts]
    for _ in texts:
        (delivery,) = bench.take_deliveries()
        with bench.database.write() as session:
            outbox.failed(session, delivery, TransportError("shopper", "blocked", permanent=True), bench.now)
    return numbers


def parked(bench: Bench) -> list[DeadLetter]:
    with bench.database.read() as session:
        letters = dead_letters.parked(session)
        assert dead_letters.count(session) == len(letters)
        return letters


def replay(bench: Bench, *numbers: int) -> None:
    for number in numbers:
        with bench.database.write() as session:
            dead_letters.replay(session, number, "agent:ada", bench.now)


def give_up(bench: Bench, number: int) -> None:
    with bench.database.write() as session:
        dead_letters.give_up(session, number, "agent:ada", bench.now)


def deliver_all(bench: Bench) -> list[object]:
    arrived = []
    while taken := bench.take_deliveries():
        assert len({delivery.conversation_id for delivery in taken}) == len(taken)
        for delivery in taken:
            arrived.append(delivery.content["text"])
            with bench.database.write() as session:
                outbox.sent(session, delivery, "p", bench.now)
    return arrived


def test_people_see_what_is_parked_and_why(bench: Bench) -> None:
    conversation_id = bench.conversation()
    (number,) = park(bench, conversation_id, "one")
    bench.tells(bench.conversation(), "on its way")
    (letter,) = parked(bench)
    assert (letter.id, letter.conversation_id, letter.text, letter.error) == (number, conversation_id, "one", "blocked")
    assert (letter.channel, letter.name, letter.author, letter.attempts) == ("telegram", "Lan", "bot", 1)


def test_replayed_messages_go_out_in_their_order_and_before_what_waits(bench: Bench) -> None:
    conversation_id = bench.conversation()
    first, second = park(bench, conversation_id, "one", "two")
    bench.tells(conversation_id, "three")
    replay(bench, second, first)
    assert deliver_all(bench) == ["one", "two", "three"]
    assert parked(bench) == []


def test_a_replayed_message_is_tried_as_patiently_as_the_first_time(bench: Bench) -> None:
    (number,) = park(bench, bench.conversation(), "one")
    for _ in range(2):
        replay(bench, number)
        for attempt in range(MOST_ATTEMPTS):
            assert parked(bench) == [], f"parked again after {attempt} tries"
            (delivery,) = bench.take_deliveries()
            with bench.database.write() as session:
                outbox.failed(session, delivery, TransportError("unreachable", permanent=False), bench.now)
            bench.later(minutes=11)
        assert [letter.id for letter in parked(bench)] == [number]


def test_a_worker_from_before_the_replay_does_not_settle_it(bench: Bench) -> None:
    bench.tells(bench.conversation(), "one")
    (ghost,) = bench.take_deliveries()
    bench.now += LEASE * 2
    (quick,) = bench.take_deliveries()
    with bench.database.write() as session:
        outbox.failed(session, quick, TransportError("shopper", "blocked", permanent=True), bench.now)
    replay(bench, quick.id)
    bench.take_deliveries()
    with bench.database.write() as session:
        assert not outbox.failed(session, ghost, TransportError("silent", permanent=True), bench.now)
    assert bench.outbox()[0].state == "sending"


def test_what_was_given_up_is_tried_no_more_and_the_conversation_says_so(bench: Bench) -> None:
    conversation_id = bench.conversation()
    (number,) = park(bench, conversation_id, "one")
    give_up(bench, number)
    bench.later(days=1)
    assert (parked(bench), bench.take_deliveries()) == ([], [])
    told = bench.events(conversation_id)[-1]
    assert (told.kind, told.data["state"], told.data["error"], told.public) == ("delivery", "dropped", "blocked", False)
    assert bench.texts(conversation_id) == ["one"], "what was said stays on record"


def test_a_decision_is_made_once(bench: Bench) -> None:
    first, second = park(bench, bench.conversation(), "one", "two")
    replay(bench, first)
    with pytest.raises(NotDead):
        replay(bench, first)
    with pytest.raises(NotDead):
        give_up(bench, first)
    give_up(bench, second)
    for number in (second, 4711):
        with pytest.raises(UnknownDelivery):
            replay(bench, number)


def test_who_decided_is_on_record(bench: Bench) -> None:
    first, second = park(bench, bench.conversation(), "one", "two")
    replay(bench, first)
    give_up(bench, second)
    with bench.database.read() as session:
        acts = [(entry.act, entry.actor) for entry in all_of(session, Audit)]
    assert acts == [("replay", "agent:ada"), ("drop_delivery", "agent:ada")]


def test_a_conversation_knows_which_of_its_messages_are_parked(bench: Bench) -> None:
    conversation_id, other = bench.conversation(), bench.conversation()
    (number,) = park(bench, conversation_id, "hello")
    park(bench, other, "elsewhere")
    message = bench.outbox()[0].message_id
    with bench.database.read() as session:
        assert dead_letters.of_conversation(session, conversation_id) == {message: number}
    give_up(bench, number)
    with bench.database.read() as session:
        assert dead_letters.of_conversation(session, conversation_id) == {}
