"""Transactions: all or nothing, one writer at a time, and listeners hear of what is committed."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from handoff import conversations, events
from handoff.bus import Nudge
from handoff.database import Database
from tests.unit.handoff.workbench import Bench


def test_listeners_hear_after_the_commit_and_can_read_what_happened(bench: Bench) -> None:
    conversation_id = bench.conversation()
    heard: list[tuple[Nudge, int]] = []

    def listen(nudge: Nudge) -> None:
        with bench.database.read() as session:
            heard.append((nudge, len(events.after(session, nudge.conversation_id, 0, public_only=False))))

    bench.database.listen(listen)
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        for text_ in ("one", "two"):
            conversations.add_message(session, conversation, "shopper", {"text": text_}, bench.now)
        assert heard == []
    identity_id = bench.row(conversation_id).identity_id
    assert heard == [(Nudge(conversation_id, identity_id, 2), 2)]


def test_listeners_hear_nothing_of_what_was_given_up_or_only_read(bench: Bench) -> None:
    conversation_id = bench.conversation()
    heard: list[Nudge] = []
    bench.database.listen(heard.append)
    with pytest.raises(RuntimeError):
        bench.says_and_gives_up(conversation_id)
    bench.events(conversation_id)
    assert heard == []
    assert bench.events(conversation_id) == []


@pytest.mark.parametrize("backend", ["sqlite"])  # on PostgreSQL they wait where they lock a row: test_races.py
def test_writers_wait_for_each_other_so_that_nothing_read_changes_underneath(bench: Bench) -> None:
    with bench.database.write() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))

    def count() -> None:
        for _ in range(10):
            with bench.database.write() as session:
                value = session.scalar(text("SELECT value FROM counter"))
                session.execute(text("UPDATE counter SET value = :new"), {"new": value + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with bench.database.read() as session:
        assert session.scalar(text("SELECT value FROM counter")) == 40


def test_two_processes_may_write_the_same_file(bench: Bench, database_url: str) -> None:
    """As the command line does beside the running desk: each has a Database of its own."""
    conversation_id = bench.conversation()
    beside = Bench(Database(database_url))
    threads = [
        threading.Thread(target=lambda one: [one.says(conversation_id, "hi") for _ in range(5)], args=(one,))
        for one in (bench, beside)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    beside.database.close()
    assert [event.seq for event in bench.events(conversation_id)] == list(range(1, 11))


def test_a_reader_is_not_kept_waiting_by_a_writer(bench: Bench) -> None:
    conversation_id = bench.conversation()
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        conversations.add_message(session, conversation, "shopper", {"text": "not yet"}, bench.now)
        assert bench.events(conversation_id) == []
    assert len(bench.events(conversation_id)) == 1


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a/b/desk.sqlite")
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_a_message_that_was_accepted_survives_a_power_cut(bench: Bench, pragma: str, value: object) -> None:
    with bench.database.read() as session:
        assert session.scalar(text(f"PRAGMA {pragma}")) == value
