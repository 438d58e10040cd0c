"""What time does: rests end when they are due, silence closes what only the bot has."""

from datetime import timedelta

import pytest

from handoff import upkeep
from handoff.model import Audit, Owner
from tests.unit.handoff.workbench import Bench, all_of

DAY = timedelta(days=1)


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


def is_due(bench: Bench, after: timedelta | None = DAY) -> tuple[bool, bool]:
    with bench.database.read() as session:
        return upkeep.is_due(session, bench.now, after)


def test_looking_tells_what_there_is_to_do(bench: Bench, ada: str) -> None:
    assert is_due(bench) == (False, False)
    resting, silent = bench.conversation("agent", agent=ada), bench.conversation("bot")
    bench.acts.snooze(resting, ada, bench.now + timedelta(hours=2), bench.now)
    bench.later(minutes=119)
    assert is_due(bench) == (False, False)
    bench.later(minutes=1)
    assert is_due(bench) == (True, False)
    bench.later(hours=22)
    assert (is_due(bench), is_due(bench, None)) == ((True, True), (True, False))
    assert (woken(bench), closed(bench)) == (1, 1)
    assert is_due(bench) == (False, False)
    assert bench.row(silent).owner == "closed"


def woken(bench: Bench) -> int:
    with bench.database.write() as session:
        return upkeep.wake_due(session, bench.now)


def closed(bench: Bench) -> int:
    with bench.database.write() as session:
        return upkeep.close_idle(session, bench.now, DAY)


def test_a_rest_ends_at_its_time_and_not_before(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    bench.acts.snooze(conversation_id, ada, bench.now + timedelta(hours=2), bench.now)
    bench.later(minutes=119)
    assert woken(bench) == 0
    bench.later(minutes=1)
    assert woken(bench) == 1
    row = bench.row(conversation_id)
    assert (row.owner, row.agent_id, row.snoozed_until) == ("agent", ada, None)
    assert woken(bench) == 0


def test_a_rest_that_ended_while_no_desk_was_running_ends_at_the_next_look(bench: Bench, ada: str) -> None:
    conversation_id = bench.conversation("agent", agent=ada)
    bench.acts.snooze(conversation_id, ada, bench.now + timedelta(hours=2), bench.now)
    bench.later(days=30)
    assert woken(bench) == 1


def test_who_is_woken_has_more_than_she_takes_but_keeps_it(bench: Bench, ada: str) -> None:
    resting = bench.conversation("agent", agent=ada)
    bench.acts.snooze(resting, ada, bench.now + timedelta(hours=2), bench.now)
    others = [bench.conversation("agent", agent=ada) for _ in range(5)]
    bench.later(hours=2)
    assert woken(bench) == 1
    assert {bench.row(each).agent_id for each in (resting, *others)} == {ada}


def test_silence_closes_what_the_bot_has(bench: Bench) -> None:
    conversation_id = bench.conversation("bot")
    bench.says(conversation_id, "thanks")
    bench.later(hours=23, minutes=59)
    assert closed(bench) == 0
    bench.later(minutes=1)
    assert closed(bench) == 1
    row = bench.row(conversation_id)
    assert (row.owner, row.closed_at) == ("closed", bench.now)
    assert bench.texts(conversation_id, "desk") == [], "nobody is called back by a goodbye"


@pytest.mark.parametrize("owner", ["queue", "agent"])
def test_silence_never_closes_what_people_owe(bench: Bench, ada: str, owner: Owner) -> None:
    conversation_id = bench.conversation(owner, agent=ada if owner == "agent" else None)
    bench.later(days=400)
    assert closed(bench) == 0
    assert bench.row(conversation_id).owner == owner


def test_what_the_bot_still_owes_stays_open(bench: Bench) -> None:
    conversation_id = bench.conversation("bot")
    bench.asks(conversation_id, "where is my parcel")
    bench.later(days=3)
    assert closed(bench) == 0


def test_the_audit_says_that_it_was_silence(bench: Bench) -> None:
    bench.conversation("bot")
    bench.later(days=2)
    closed(bench)
    with bench.database.read() as session:
        last = all_of(session, Audit)[-1]
        assert (last.actor, last.act, last.details["idle"]) == ("desk", "close", True)


def test_many_idle_conversations_are_closed_in_portions(bench: Bench) -> None:
    for _ in range(130):
        bench.conversation("bot")
    bench.later(days=2)
    assert [closed(bench), closed(bench), closed(bench)] == [100, 30, 0]
