"""What the bot owes: in order within a conversation, side by side over conversations, and never lost with a worker."""

from datetime import timedelta
from typing import Any

import pytest

from handoff import turns
from handoff.model import Turn
from handoff.turns import LEASE, TurnResult
from tests.unit.handoff.workbench import Bench

NOTHING = TurnResult(None, None, None, None)


def finish(bench: Bench, turn_id: str, result: TurnResult = NOTHING) -> None:
    with bench.database.write() as session:
        turns.finish(session, turn_id, bench.now, result)


def drop(bench: Bench, turn_id: str) -> None:
    with bench.database.write() as session:
        turns.drop(session, turn_id, bench.now)


def is_owed(bench: Bench, conversation_id: str) -> bool:
    with bench.database.read() as session:
        return turns.is_owed(session, conversation_id)


def understood(intent: str, text: str) -> TurnResult:
    return TurnResult({"intent": intent, "said": text}, "talk", None, 12.5)


def test_a_turn_remembers_the_epoch_and_the_number_of_its_message(bench: Bench) -> None:
    conversation_id = bench.conversation("queue")
    bench.move(conversation_id, "give_to_bot")
    turn = bench.turn(bench.asks(conversation_id, "where is it"))
    assert (turn.epoch, turn.seq, turn.state, turn.attempts) == (2, 3, "waiting", 0)


def test_the_oldest_turn_of_a_conversation_comes_first_and_alone(bench: Bench) -> None:
    conversation_id = bench.conversation()
    first = bench.asks(conversation_id, "one")
    bench.asks(conversation_id, "two")
    assert bench.take_turns() == ["one"]
    assert bench.take_turns() == []
    finish(bench, first)
    assert bench.take_turns() == ["two"]


def test_conversations_are_answered_side_by_side(bench: Bench) -> None:
    for text in ("a", "b", "c"):
        bench.asks(bench.conversation(), text)
        bench.later(seconds=1)
    assert bench.take_turns() == ["a", "b", "c"]


def test_a_worker_gets_no_more_than_it_asks_for_and_the_oldest_of_all(bench: Bench) -> None:
    for text in ("a", "b", "c"):
        bench.asks(bench.conversation(), text)
        bench.later(seconds=1)
    assert bench.take_turns(2) == ["a", "b"]


def test_the_order_is_that_of_the_messages_even_when_their_times_are_equal_or_turned_round(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.asks(conversation_id, "one")
    bench.later(seconds=-5)  # a clock that was set back
    bench.asks(conversation_id, "two")
    bench.later(seconds=5)
    assert bench.take_turns() == ["one"]


def test_a_taken_turn_is_leased_and_counted(bench: Bench) -> None:
    turn_id = bench.asks(bench.conversation(), "one")
    bench.take_turns()
    turn = bench.turn(turn_id)
    assert (turn.state, turn.attempts, turn.lease_until) == ("running", 1, bench.now + LEASE)


def test_a_lease_that_ran_out_brings_the_turn_back_before_the_later_ones(bench: Bench) -> None:
    conversation_id = bench.conversation()
    first = bench.asks(conversation_id, "one")
    bench.asks(conversation_id, "two")
    bench.take_turns()
    bench.now += LEASE
    assert bench.take_turns() == []
    bench.now += timedelta(microseconds=1)
    assert bench.take_turns() == ["one"]
    assert bench.turn(first).attempts == 2


def test_a_turn_is_not_taken_before_its_time_and_holds_back_the_later_ones(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.asks(conversation_id, "one", not_before=bench.now + timedelta(minutes=1))
    bench.asks(conversation_id, "two")
    assert bench.take_turns() == []
    bench.later(minutes=1)
    assert bench.take_turns() == ["one"]


def test_a_turn_from_before_the_clock_was_set_back_does_not_wait_for_the_old_time(bench: Bench) -> None:
    bench.later(hours=1)
    bench.asks(bench.conversation(), "one", not_before=bench.now + timedelta(seconds=2))
    bench.later(hours=-1)
    assert bench.take_turns() == ["one"]


# ---- leases -----------------------------------------------------------------------------------------------------------


def taken(bench: Bench) -> list[Turn]:
    with bench.database.write() as session:
        return turns.take(session, bench.now, 10)


def renew(bench: Bench, *held: Turn) -> None:
    with bench.database.write() as session:
        turns.renew(session, held, bench.now)


def test_a_worker_that_renews_its_lease_keeps_its_turn_however_long_it_takes(bench: Bench) -> None:
    bench.asks(bench.conversation(), "one")
    (turn,) = taken(bench)
    for _ in range(5):
        bench.now += LEASE - timedelta(seconds=1)
        renew(bench, turn)
        assert bench.take_turns() == []
    bench.now += LEASE + timedelta(seconds=1)
    assert bench.take_turns() == ["one"]


def test_a_lease_that_another_worker_has_is_not_renewed_by_the_first(bench: Bench) -> None:
    bench.asks(bench.conversation(), "one")
    (slow,) = taken(bench)
    bench.now += LEASE + timedelta(seconds=1)
    bench.take_turns()
    until = bench.turn(slow.id).lease_until
    bench.later(seconds=5)
    renew(bench, slow)
    assert bench.turn(slow.id).lease_until == until


def test_a_finished_turn_is_not_revived_by_a_late_renewal(bench: Bench) -> None:
    turn_id = bench.asks(bench.conversation(), "one")
    (turn,) = taken(bench)
    finish(bench, turn_id)
    renew(bench, turn)
    assert (bench.turn(turn_id).state, bench.turn(turn_id).lease_until) == ("done", None)


def test_what_a_worker_still_has_in_hand_is_not_brought_to_it_again(bench: Bench) -> None:
    """As after the machine slept: every lease has run out, and the work goes on."""
    turn_id = bench.asks(bench.conversation(), "one")
    bench.asks(bench.conversation(), "another")
    taken(bench)
    bench.now += LEASE + timedelta(seconds=1)
    with bench.database.write() as session:
        assert [turn.text for turn in turns.take(session, bench.now, 10, besides=[turn_id])] == ["another"]


def test_the_turns_of_a_dead_desk_are_taken_up_at_once(bench: Bench) -> None:
    bench.asks(bench.conversation(), "one")
    bench.take_turns()
    with bench.database.write() as session:
        assert turns.take_over(session, bench.now) == 1
        assert turns.take_over(session, bench.now) == 1  # it only ends leases; nothing is given to anybody
    assert bench.take_turns() == ["one"]


def test_a_finished_turn_keeps_what_was_made_of_it(bench: Bench) -> None:
    turn_id = bench.asks(bench.conversation(), "one")
    bench.take_turns()
    bench.later(seconds=2)
    finish(bench, turn_id, TurnResult({"intent": "faq"}, "answer", "returns", 41.5))
    turn = bench.turn(turn_id)
    assert (turn.state, turn.finished_at, turn.lease_until) == ("done", bench.now, None)
    assert (turn.understanding, turn.decision, turn.article_id, turn.engine_ms) == (
        {"intent": "faq"},
        "answer",
        "returns",
        41.5,
    )


@pytest.mark.parametrize("taken", [True, False])
def test_a_dropped_turn_is_over_and_holds_nothing_back(bench: Bench, taken: bool) -> None:
    conversation_id = bench.conversation()
    first = bench.asks(conversation_id, "one")
    bench.asks(conversation_id, "two")
    if taken:
        bench.take_turns()
    drop(bench, first)
    dropped = bench.turn(first)
    assert (dropped.state, dropped.finished_at, dropped.lease_until) == ("dropped", bench.now, None)
    assert bench.take_turns() == ["two"]


def test_an_answer_is_owed_until_every_turn_is_over(bench: Bench) -> None:
    conversation_id, other = bench.conversation(), bench.conversation()
    assert not is_owed(bench, conversation_id)
    first, second = bench.asks(conversation_id, "one"), bench.asks(conversation_id, "two")
    assert is_owed(bench, conversation_id)
    assert not is_owed(bench, other)
    bench.take_turns()
    finish(bench, first)
    assert is_owed(bench, conversation_id)
    drop(bench, second)
    assert not is_owed(bench, conversation_id)


def last_question(bench: Bench, conversation_id: str) -> dict[str, Any] | None:
    with bench.database.read() as session:
        return turns.last_question(session, conversation_id)


def test_the_last_question_is_neither_thanks_nor_a_call_for_a_person(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for intent, text in (("faq", "old"), ("nlu_fallback", "latest"), ("thanks", "ta"), ("request_human", "human")):
        finish(bench, bench.asks(conversation_id, text), understood(intent, text))
    found = last_question(bench, conversation_id)
    assert found is not None
    assert found["said"] == "latest"


def test_without_a_question_there_is_no_last_one(bench: Bench) -> None:
    conversation_id = bench.conversation()
    finish(bench, bench.asks(conversation_id, "hi"), understood("greet", "hi"))
    finish(bench, bench.asks(conversation_id, "???"))
    drop(bench, bench.asks(conversation_id, "where"))
    assert last_question(bench, conversation_id) is None
