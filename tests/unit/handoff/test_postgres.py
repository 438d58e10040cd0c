"""PostgreSQL alone: nudges between desks, lines that break, and troubles in words."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import OperationalError

from handoff import conversations
from handoff.bus import Bus, Nudge, Resync
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.model import Contact
from handoff.postgres import told
from handoff.postgres_listener import listen
from handoff.troubles import DatabaseProblem, MaybeStored, again_when_undone, was_undone
from tests.databases import PostgresServer
from tests.unit.handoff.workbench import Bench

pytestmark = pytest.mark.parametrize("backend", ["postgres"])

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database as another desk has it."""
    database = Database(database_url)
    yield database
    database.close()


class Ear:
    """A desk that listens: its bus, and the first `n` news on it."""

    def __init__(self, database: Database) -> None:
        self.database, self.bus = database, Bus()

    async def __aenter__(self) -> "Ear":
        self._task = asyncio.create_task(listen(self.database.engine, self.bus, self.database.name))
        for _ in range(500):
            if self.lines():
                return self
            await asyncio.sleep(0.01)
        raise AssertionError("the listener does not listen")

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def lines(self) -> int:
        with self.database.read() as session:
            return (
                session.scalar(
                    text(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
                    )
                )
                or 0
            )


async def test_a_desk_hears_what_another_one_commits_and_nothing_else(bench: Bench, other: Database) -> None:
    conversation_id = bench.conversation()
    async with Ear(other) as ear:
        with ear.bus.subscribe() as news:
            with pytest.raises(RuntimeError):
                bench.says_and_gives_up(conversation_id)
            bench.says(conversation_id, "hello")
            identity_id = bench.row(conversation_id).identity_id
            assert await asyncio.wait_for(news.next(), 10) == Nudge(conversation_id, identity_id, 1)
            assert not news.waits


async def test_a_desk_does_not_hear_itself_twice(bench: Bench, other: Database) -> None:
    conversation_id = bench.conversation()
    async with Ear(other) as ear:
        with ear.bus.subscribe() as news:
            Bench(other).says(conversation_id, "its own")
            bench.says(conversation_id, "the other's")
            found = await asyncio.wait_for(news.next(), 10)
            assert isinstance(found, Nudge)
            assert found.seq == 2


async def test_after_the_line_broke_everybody_looks_again_and_hears_again(bench: Bench, other: Database) -> None:
    conversation_id = bench.conversation()
    async with Ear(other) as ear:
        with ear.bus.subscribe() as news:
            with bench.database.write() as session:
                session.execute(text(CUT))
            bench.says(conversation_id, "while nobody listens, perhaps")
            while await asyncio.wait_for(news.next(), 20) != Resync():
                pass
            bench.says(conversation_id, "after it")
            found = await asyncio.wait_for(news.next(), 10)
            assert isinstance(found, Nudge)


@pytest.mark.parametrize("payload", ["", "a", "a b c", "a b c d", "a b c -1", "a b c 1 2", "a b c ²"])
def test_what_no_desk_says_is_not_believed(payload: str, backend: str) -> None:
    assert told(payload) is None


def test_a_connection_that_was_cut_between_transactions_is_not_noticed(bench: Bench, other: Database) -> None:
    conversation_id = bench.conversation()
    with other.write() as session:
        session.execute(text(CUT))
    bench.says(conversation_id, "hello")
    assert bench.texts(conversation_id) == ["hello"]


def test_a_transaction_that_was_cut_is_undone_and_done_anew(bench: Bench, other: Database) -> None:
    conversation_id = bench.conversation()
    tries: list[int] = []

    @again_when_undone
    def say() -> None:
        with bench.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            conversations.add_message(session, conversation, "shopper", {"text": "once"}, bench.now)
            if not tries:
                with other.write() as beside:
                    beside.execute(text(CUT))
            tries.append(1)

    say()
    assert bench.texts(conversation_id) == ["once"]
    # A line that breaks while the nudge is told was cut before the commit, and the whole transaction came again.
    assert len(tries) == 2


def test_of_two_that_wait_for_each_other_one_is_done_anew(bench: Bench, other: Database) -> None:
    ids = [bench.conversation(), bench.conversation()]
    both = threading.Barrier(2)
    errors: list[Exception] = []

    def work(database: Database, first: str, second: str) -> None:
        waited: list[int] = []

        @again_when_undone
        def both_ways() -> None:
            with database.write() as session:
                conversations.add_message(session, conversations.lock(session, first), "desk", {"text": "x"}, bench.now)
                if not waited:
                    waited.append(1)
                    both.wait(30)
                conversations.add_message(
                    session, conversations.lock(session, second), "desk", {"text": "x"}, bench.now
                )

        try:
            both_ways()
        except Exception as error:
            errors.append(error)

    threads = [
        threading.Thread(target=work, args=(bench.database, *ids)),
        threading.Thread(target=work, args=(other, *reversed(ids))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert [len(bench.events(one)) for one in ids] == [2, 2]


def test_a_commit_of_unknown_end_is_never_done_anew(backend: str) -> None:
    assert not was_undone(MaybeStored("COMMIT", None, Exception("gone")))


def test_a_nul_is_kept_as_the_sign_for_what_cannot_be_shown(bench: Bench) -> None:
    with bench.database.write() as session:
        session.add(Contact(id="c", name="a\0b", created_at=bench.now))
    with bench.database.read() as session:
        assert session.scalar(select(Contact.name)) == "a\ufffdb"
        assert session.get(Contact, "\0") is None


# ---- troubles in words ------------------------------------------------------------------------------------------------------


def problem(url: str) -> DatabaseProblem:
    database = Database(url)
    with pytest.raises(DatabaseProblem) as raised:
        upgrade(database)
    database.close()
    return raised.value


def test_a_server_that_is_down(backend: str) -> None:
    found = problem("postgresql://lan:s3cret@127.0.0.1:9/desk")
    assert "postgresql+psycopg://lan:***@127.0.0.1:9/desk" in found.what
    assert "s3cret" not in str(found)
    assert found.do.startswith("Start the server")


def test_a_database_that_is_not_there(database_url: str) -> None:
    found = problem(make_url(database_url).set(database="nowhere").render_as_string(hide_password=False))
    assert '"nowhere" does not exist' in found.why
    assert "createdb" in found.do


def test_a_user_that_is_not_there(database_url: str) -> None:
    found = problem(make_url(database_url).set(username="nobody").render_as_string(hide_password=False))
    assert '"nobody" does not exist' in found.why


def test_a_user_that_may_not_make_tables(postgres: PostgresServer, backend: str) -> None:
    url = postgres.new()
    postgres.do("DROP ROLE IF EXISTS guest")
    postgres.do("CREATE ROLE guest LOGIN")
    found = problem(make_url(url).set(username="guest").render_as_string(hide_password=False))
    postgres.drop(url)
    assert "permission denied for schema" in found.why
    assert "own the database" in found.do


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql+psycopg2://a/b", "nonsense", "", "postgresql://h:port/x"])
def test_a_url_that_is_none(url: str, backend: str) -> None:
    with pytest.raises(DatabaseProblem) as raised:
        Database(url)
    assert raised.value.do


def test_a_file_that_is_no_database(tmp_path: Path, backend: str) -> None:
    (tmp_path / "desk.sqlite").write_bytes(b"this is no database" * 1000)
    found = problem(f"sqlite:///{tmp_path}/desk.sqlite")
    assert "not a database" in found.why


def test_a_database_of_a_newer_version_is_left_alone(bench: Bench, other: Database) -> None:
    with bench.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseProblem, match="newer faqdesk"):
        upgrade(other)


def test_more_threads_than_connections_wait_instead_of_failing(database_url: str, bench: Bench) -> None:
    few = Database(database_url, connections=2)
    errors: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(5):
                with few.read() as session:
                    session.execute(text("SELECT 1"))
        except OperationalError as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    few.close()
    assert errors == []
