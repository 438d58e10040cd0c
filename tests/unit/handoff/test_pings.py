"""Whom the bot tells of what while no console is open, once, and how a chat becomes an agent's; on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from handoff import call_reminders, conversations, pings, preferences, teams
from handoff.model import Agent, Callback, Conversation
from handoff.pings import Due
from tests.unit.handoff.workbench import Bench

CHAT = "4711"


def linked(bench: Bench, name: str = "Ada", chat: str = CHAT) -> str:
    """An agent with a chat, who was last at the desk an hour ago."""
    agent_id = bench.agent(name)
    set_agent(bench, agent_id, telegram_chat=chat, seen_at=bench.now - timedelta(hours=1))
    return agent_id


def set_agent(bench: Bench, agent_id: str, **columns: Any) -> None:
    with bench.database.write() as session:
        for column, value in columns.items():
            setattr(session.get_one(Agent, agent_id), column, value)


def due(bench: Bench, count: int = 9) -> list[Due]:
    with bench.database.write() as session:
        return pings.take(session, count, bench.now, bench.acts.settings.online_within)


def told(bench: Bench) -> list[tuple[str, str]]:
    """What is due, as (kind, conversation); all of it arrives."""
    found = due(bench)
    for one in found:
        with bench.database.write() as session:
            pings.sent(session, one, bench.now)
    return [(one.kind, one.conversation_id) for one in found]


def test_a_call_that_is_due_is_told_even_after_other_news(bench: Bench) -> None:
    ada = linked(bench)
    hers, others = bench.conversation("agent", agent=ada), bench.conversation("agent", agent=bench.agent("Ben"))
    with bench.database.write() as session:
        for number, one in enumerate((hers, others)):
            due_at = bench.now + timedelta(minutes=20)
            call = Callback(conversation_id=one, phone=f"+8491234567{number}", state="open", asked_at=bench.now)
            call.due_at = due_at
            session.add(call)
    bench.later(minutes=1)
    bench.says(hers, "do not forget me")
    assert told(bench) == [("assigned", hers)]
    bench.later(minutes=10)
    for one in (hers, others):
        with bench.database.write() as session:
            assert call_reminders.remind(session, one, bench.now)
    assert told(bench) == [("call", hers)]
    bench.later(minutes=1)
    assert told(bench) == []


def test_each_kind_of_news_is_told_once_until_she_has_been_there(bench: Bench) -> None:
    ada, ben = linked(bench), bench.agent("Ben")
    waits = bench.conversation("queue")
    bench.later(seconds=1)
    hers = bench.conversation("agent", agent=ben)
    bench.acts.transfer(hers, ben, ada, bench.now)
    assert told(bench) == [("queue", waits), ("assigned", hers)]
    bench.later(minutes=5)
    bench.says(hers, "hello?")
    assert told(bench) == []

    set_agent(bench, ada, seen_at=bench.now)
    assert told(bench) == []  # she is there
    bench.acts.reply(hers, ada, "yes", None, bench.now)
    bench.later(minutes=5)
    bench.says(hers, "and now?")
    assert told(bench) == [("wrote", hers)]


def test_nobody_is_told_who_is_there_or_does_not_want_it_or_may_not_serve_it(bench: Bench) -> None:
    there, away = linked(bench, "There", "1"), linked(bench, "Away", "2")
    silent, gone, other = linked(bench, "Silent", "3"), linked(bench, "Gone", "4"), linked(bench, "Other", "5")
    set_agent(bench, there, seen_at=bench.now)
    set_agent(bench, away, available=False)
    set_agent(bench, gone, disabled_at=bench.now)
    with bench.database.write() as session:
        preferences.change(session, silent, preferences.Change(telegram=False))
        team = teams.add(session, "Returns", "test", bench.now)
        teams.join(session, team, session.get_one(Agent, there), "test", bench.now)
        waits = bench_queue(session, bench)
        waits.team_id = team.id
    assert other
    assert due(bench) == []


def bench_queue(session: Any, bench: Bench) -> Conversation:
    """A waiting conversation in a transaction that is already open."""
    identity = conversations.ensure_identity(session, "web", conversations.new_id(), "Lan", bench.now)
    conversation = conversations.begin(session, identity.id, "en", bench.now)
    conversations.move(session, conversation, "escalate", "test", bench.now, reason="asked")
    return conversation


def test_what_is_being_sent_is_nobody_elses_and_what_failed_comes_again(bench: Bench) -> None:
    ada = linked(bench)
    bench.conversation("queue")
    (first,) = due(bench)
    assert (first.chat, first.name, first.reason, first.attempts) == (CHAT, "Lan", "asked", 1)
    assert due(bench) == []
    with bench.database.write() as session:
        pings.failed(session, first, bench.now, permanent=False, after=timedelta(seconds=30))
    bench.later(seconds=29)
    assert due(bench) == []
    bench.later(seconds=2)
    (again,) = due(bench)
    assert again.attempts == 2
    bench.later(seconds=pings.LEASE.total_seconds() + 1)  # whoever had it died
    (third,) = due(bench)
    with bench.database.write() as session:
        pings.failed(session, third, bench.now, permanent=True, after=None)
    with bench.database.read() as session:
        assert session.get_one(Agent, ada).telegram_chat is None
    assert due(bench) == []


@pytest.mark.parametrize("code", ["", "x", "0" * 10, "' OR 1=1 --"])
def test_a_code_works_once_in_its_time_and_no_other_does(bench: Bench, code: str) -> None:
    ada, ben = bench.agent("Ada"), linked(bench, "Ben")

    def link(given: str, chat: str = CHAT) -> str | None:
        with bench.database.write() as session:
            found = pings.link(session, given, chat, bench.now)
            return found.id if found else None

    with bench.database.write() as session:
        old, new = (pings.begin_link(session, ada, bench.now) for _ in range(2))
    assert link(code) is link(old) is None
    assert link(f" {new.upper()} ") == ada
    assert link(new, "other") is None
    with bench.database.read() as session:
        assert [session.get_one(Agent, one).telegram_chat for one in (ada, ben)] == [CHAT, None]
    with bench.database.write() as session:
        late = pings.begin_link(session, ada, bench.now)
    bench.later(minutes=16)
    assert link(late) is None
