"""What a list shows, in which order, page by page; and what filters leave."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from handoff import conversations, teams
from handoff.desk_model import Label, Labelled
from handoff.inbox import order, reading, rows
from handoff.inbox.choice import Choice
from handoff.inbox.promise import Promise, seconds_for
from handoff.model import Agent, Conversation
from handoff.views import for_shopper
from tests.unit.handoff.workbench import Bench


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in found]


def label(bench: Bench, conversation_id: str, name: str, agent_id: str) -> str:
    with bench.database.write() as session:
        made = Label(id=conversations.new_id(), name=name, colour="teal", created_at=bench.now)
        session.add(made)
        session.flush()
        session.add(Labelled(conversation_id=conversation_id, label_id=made.id, agent_id=agent_id, at=bench.now))
        return made.id


def snooze(bench: Bench, conversation_id: str, agent_id: str, **by: float) -> None:
    bench.acts.snooze(conversation_id, agent_id, bench.now + timedelta(**by), bench.now)


def test_every_tab_has_what_belongs_there_and_the_counts_say_how_many(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    queued, bots, closed = bench.conversation("queue"), bench.conversation("bot"), bench.conversation("closed")
    hers, his = bench.conversation("agent", agent=ada), bench.conversation("agent", agent=ben)
    resting = bench.conversation("agent", agent=ada)
    snooze(bench, resting, ada, hours=2)
    assert ids(bench.rows(ada)) == [queued]
    assert ids(bench.rows(ada, "mine")) == [hers]
    assert set(ids(bench.rows(ada, "all"))) == {queued, bots, hers, his}
    assert ids(bench.rows(ada, "snoozed")) == [resting]
    assert ids(bench.rows(ada, "resolved")) == [closed]
    with bench.database.read() as session:
        assert rows.counts(bench.looker(session, ada)) == {"queue": 1, "mine": 1, "all": 4, "snoozed": 1}


def test_who_has_waited_longest_comes_first_and_priority_before_that(bench: Bench) -> None:
    ada = bench.agent()
    first, answered = bench.conversation("agent", agent=ada), bench.conversation("agent", agent=ada)
    bench.acts.reply(answered, ada, "done", None, bench.now)
    bench.later(minutes=1)
    second, urgent = bench.conversation("agent", agent=ada), bench.conversation("agent", agent=ada)
    bench.acts.set_priority(urgent, ada, 2, bench.now)
    assert ids(bench.rows(ada, "mine")) == [urgent, first, second, answered]


def test_pages_go_on_where_the_last_one_ended_and_their_keys_sort_as_the_database_does(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "PAGE", 3)
    ada = bench.agent()
    for number in range(7):
        conversation_id = bench.conversation("agent", agent=ada)
        bench.acts.set_priority(conversation_id, ada, number % 2, bench.now)
        if number % 3:
            bench.acts.reply(conversation_id, ada, "done", None, bench.now)
        bench.later(seconds=number % 2)
    seen: list[dict[str, Any]] = []
    more = True
    with bench.database.read() as session:
        while more:
            begin = seen[-1]["key"] if seen else None
            found, more = rows.page(bench.looker(session, ada), Choice(tab="mine"), begin)
            seen += found
    assert len(set(ids(seen))) == len(seen) == 7
    assert [row["key"] for row in seen] == sorted(row["key"] for row in seen)


@pytest.mark.parametrize("key", [[], [1], ["x", 2, "y"], [10**30, 10**30, "x"], [0, -(10**25), "x"]])
def test_a_key_that_is_none_of_the_list_is_refused(bench: Bench, key: order.Key) -> None:
    ada = bench.agent()
    with bench.database.read() as session, pytest.raises(order.BadKey):
        rows.page(bench.looker(session, ada), Choice(tab="queue"), key)


def test_filters_are_combined(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    old = bench.conversation("agent", agent=ada, channel="web", language="vi")
    bench.later(minutes=20)
    new = bench.conversation("agent", agent=ben, channel="telegram", language="es")
    label_id = label(bench, new, "wholesale", ada)
    bench.acts.set_priority(new, ben, 3, bench.now)
    with bench.database.write() as session:
        team = teams.add(session, "Returns", "test", bench.now).id
        session.get_one(Conversation, new).team_id = team
    both = {old, new}
    for given, found in (
        ({"channel": "web"}, {old}), ({"language": "es"}, {new}), ({"label": label_id}, {new}), ({"agent": ada}, {old}),
        ({"priority": 1}, {new}), ({"priority": 0}, both), ({"waiting": 15}, {old}), ({"waiting": 0}, {old}),
        ({"team": team}, {new}), ({"team": "none"}, {old}), ({"language": "es", "channel": "web"}, set()),
    ):  # fmt: skip
        assert set(ids(bench.rows(ada, "all", **given))) == found, given
    bench.move(old, "release", reason="anger")
    assert ids(bench.rows(ada, "all", reason="anger")) == [old]


@pytest.mark.parametrize(
    "given",
    [
        {"tab": "' OR 1=1 --"}, {"channel": "web' OR '1'='1"}, {"language": "xx"}, {"team": "1; DROP TABLE agent"},
        {"reason": "no reason"}, {"priority": 99}, {"label": "%"}, {"waiting": -1}, {"waiting": 10**9},
        {"agent": "me"}, {"owner": "closed"}, {"channel": ["web", "telegram"]},
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Choice.model_validate(given)


def test_a_row_shows_the_last_words_between_shopper_and_shop(bench: Bench) -> None:
    ada = bench.agent()
    conversation_id = bench.conversation("agent", agent=ada)
    bench.says(conversation_id, "first")
    bench.says(conversation_id, "last")
    bench.says(conversation_id, "she is angry", "agent", note=True)
    bench.says(conversation_id, "Ada is here", "desk")
    label(bench, conversation_id, "wholesale", ada)
    (row,) = bench.rows(ada, "mine")
    assert (row["last_text"], row["last_author"], row["name"], row["channel"]) == ("last", "shopper", "Lan", "telegram")
    assert (row["agent_name"], [one["name"] for one in row["labels"]]) == ("Ada", ["wholesale"])


def test_a_row_without_words_is_empty_and_still_there(bench: Bench) -> None:
    conversation_id = bench.conversation("queue")
    (row,) = bench.rows(bench.agent())
    assert (row["id"], row["last_text"], row["last_author"], row["unread"]) == (conversation_id, "", "", False)


def test_what_one_agent_has_read_the_other_has_not(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    conversation_id = bench.conversation("queue")
    seq = bench.says(conversation_id, "hello?").seq

    def unread(agent_id: str) -> bool:
        return bool(bench.rows(agent_id)[0]["unread"])

    def reads(up_to: int) -> None:
        with bench.database.write() as session:
            assert reading.read_up_to(session, ada, conversation_id, up_to, bench.now)

    assert unread(ada)
    reads(seq)
    reads(0)  # a window that tells late takes nothing back
    assert not unread(ada)
    assert unread(ben)
    reads(seq + 1000)  # further than there is anything to read
    bench.says(conversation_id, "still there?")
    assert unread(ada)
    with bench.database.write() as session:
        assert not reading.read_up_to(session, ada, conversations.new_id(), 1, bench.now)


def test_the_shopper_is_told_once_that_a_person_has_read_her_words(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    conversation_id = bench.conversation("queue")

    def reads(agent_id: str) -> list[int]:
        """All of it; up to where the shopper's words are known to be read, after each time."""
        with bench.database.write() as session:
            last = session.get_one(Conversation, conversation_id).last_seq
            reading.read_up_to(session, agent_id, conversation_id, last, bench.now)
        told = [event for event in bench.events(conversation_id) if event.kind == "seen"]
        assert all(event.public and set(for_shopper(event)) == {"seq", "kind", "at", "up_to"} for event in told)
        return [event.data["up_to"] for event in told]

    assert reads(ada) == []
    first = bench.says(conversation_id, "hello?").seq
    assert reads(ada) == [first]
    assert reads(ada) == reads(ben) == [first], "neither her own event nor a colleague's eyes are news"
    second = bench.says(conversation_id, "still there?").seq
    assert reads(ben) == reads(ada) == [first, second]


def test_rows_by_their_ids_say_whether_they_belong_to_the_list(bench: Bench) -> None:
    ada = bench.agent()
    queued, bots = bench.conversation("queue"), bench.conversation("bot")
    with bench.database.read() as session:
        asked = [queued, bots, conversations.new_id()]
        found = {row["id"]: row["here"] for row in rows.by_ids(bench.looker(session, ada), Choice(tab="queue"), asked)}
    assert found == {queued: True, bots: False}


def test_attention_is_for_what_is_hers_or_hers_to_take(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    queued, hers = bench.conversation("queue"), bench.conversation("agent", agent=ada)
    others = bench.conversation("queue")
    bench.conversation("agent", agent=ben)
    with bench.database.write() as session:
        team = teams.add(session, "Returns", "test", bench.now)
        teams.join(session, team, session.get_one(Agent, ben), "test", bench.now)
        session.get_one(Conversation, others).team_id = team.id
    with bench.database.read() as session:
        assert set(ids(rows.attention(bench.looker(session, ada)))) == {queued, hers}


def test_what_is_promised_depends_on_team_and_priority() -> None:
    rules = (
        Promise(team="Returns", within=timedelta(hours=1)),
        Promise(priority=5, within=timedelta(minutes=2)),
    )
    given = [("", 0), ("", 5), ("", 7), ("Returns", 7)]
    assert [seconds_for(rules, timedelta(minutes=10), *one) for one in given] == [600, 120, 120, 3600]
