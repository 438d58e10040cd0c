"""Backups: whole, of one moment, made while everybody writes; put back whole or not at all."""

import os
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, func, make_url, select, text

from handoff import postgres_backup
from handoff.backup import back_up, restore
from handoff.backup_contents import Contents, contents_of
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.model import Event, Message
from handoff.schema import METADATA
from handoff.troubles import DatabaseProblem
from tests.contract.first_rows import FIRST_ROWS
from tests.databases import Templates
from tests.unit.handoff.workbench import Bench


@pytest.fixture(autouse=True)
def _client_programs(backend: str, templates: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    if backend == "postgres":
        monkeypatch.setenv("PATH", f"{templates.postgres.programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.faqdesk"


def fill(bench: Bench) -> str:
    """Something of most kinds; returns a conversation."""
    agent = bench.agent()
    for owner in ("queue", "closed", "bot"):
        conversation_id = bench.conversation(owner)
    bench.conversation("agent", agent=agent)
    bench.asks(conversation_id, "¿dónde está\tmi pedido?\nchào \\N \\. 😀")
    bench.tells(conversation_id, "\\.")
    return conversation_id


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table."""
    with database.read() as session:
        return {
            table.name: sorted(str(tuple(row)) for row in session.execute(select(table)))
            for table in METADATA.sorted_tables
        }


def contents(database: Database) -> Contents | None:
    with database.read() as session:
        return contents_of(session.connection())


def problem(file: Path, database: Database, *, replace: bool = False) -> DatabaseProblem:
    with pytest.raises(DatabaseProblem) as raised:
        restore(file, database, replace=replace)
    assert raised.value.what
    assert raised.value.do
    return raised.value


def test_what_was_backed_up_is_there_again_and_works(bench: Bench, empty: Database, file: Path) -> None:
    fill(bench)
    written = back_up(bench.database, file)
    found = restore(file, empty, replace=False)
    assert found == written == contents(bench.database)
    assert everything(empty) == everything(bench.database)
    again = Bench(empty)
    conversation_id = again.conversation()  # numbers and sequences go on where they were
    again.tells(conversation_id, "new")
    assert again.take_deliveries()
    with pytest.raises(Exception, match=r"(?i)foreign key"), empty.write() as session:
        session.execute(text("UPDATE identity SET contact_id = 'nobody'"))


def test_a_backup_is_private_and_never_overwrites(bench: Bench, file: Path) -> None:
    back_up(bench.database, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(DatabaseProblem, match="is there already"):
        back_up(bench.database, file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if file.name in path.name] == [file.name]


def test_a_backup_made_while_everybody_writes_is_of_one_moment(
    bench: Bench, empty: Database, file: Path, database_url: str
) -> None:
    conversation_id = fill(bench)
    ended = threading.Event()
    errors: list[Exception] = []

    def write() -> None:
        beside = Bench(Database(database_url))
        try:
            while not ended.is_set():
                beside.says(conversation_id, "meanwhile")
        except Exception as error:
            errors.append(error)
        finally:
            beside.database.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        for number in range(3):
            back_up(bench.database, file.with_name(f"{number}.faqdesk"))
    finally:
        ended.set()
        for writer in writers:
            writer.join(30)
    assert errors == []
    for number in range(3):
        restore(file.with_name(f"{number}.faqdesk"), empty, replace=True)
        with empty.read() as session:
            said = session.scalar(select(func.count()).where(Message.conversation_id == conversation_id))
            numbers = list(session.scalars(select(Event.seq).where(Event.conversation_id == conversation_id)))
        assert said == len(numbers)
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), (
            "a message without its event, or the other way round"
        )
        assert Bench(empty).row(conversation_id).last_seq == len(numbers)


def test_what_is_there_is_replaced_only_when_somebody_says_so(bench: Bench, empty: Database, file: Path) -> None:
    fill(bench)
    back_up(bench.database, file)
    upgrade(empty)
    Bench(empty).conversation()
    before = everything(empty)
    assert "1 conversations" in problem(file, empty).why
    assert everything(empty) == before
    restore(file, empty, replace=True)
    assert everything(empty) == everything(bench.database)


def test_a_new_schema_without_rows_is_nothing_to_lose(bench: Bench, empty: Database, file: Path) -> None:
    fill(bench)
    back_up(bench.database, file)
    upgrade(empty)
    restore(file, empty, replace=False)
    assert everything(empty) == everything(bench.database)


def test_the_backup_of_an_older_version_is_brought_up_to_date(
    empty: Database, blank: Callable[[], Database], file: Path
) -> None:
    old = blank()
    upgrade(old, "0001")
    tables = MetaData()
    tables.reflect(old.engine)
    with old.write() as session:
        for name, rows in FIRST_ROWS.items():
            for row in rows:
                session.execute(tables.tables[name].insert().values(row))
    written = back_up(old, file)
    assert written.revision == "0001"
    found = restore(file, empty, replace=False)
    assert found.revision != "0001"
    assert {name: found.rows[name] for name in FIRST_ROWS} == {name: len(rows) for name, rows in FIRST_ROWS.items()}


def test_the_backup_of_a_newer_version_is_refused(bench: Bench, empty: Database, file: Path) -> None:
    with bench.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    back_up(bench.database, file)
    assert "newer faqdesk" in problem(file, empty).what


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.97])
def test_a_backup_that_broke_off_changes_nothing(bench: Bench, empty: Database, file: Path, kept: float) -> None:
    conversation_id = fill(bench)
    for number in range(200):
        bench.says(conversation_id, f"{number} " + os.urandom(400).hex())
    back_up(bench.database, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept)])
    upgrade(empty)
    Bench(empty).conversation()
    before = everything(empty)
    problem(file, empty, replace=True)
    assert everything(empty) == before


@pytest.mark.parametrize("found", [b"", b"hello", b"PK\x03\x04"])
def test_what_is_no_backup_is_refused(bench: Bench, file: Path, found: bytes) -> None:
    file.write_bytes(found)
    assert "no backup" in problem(file, bench.database, replace=True).what
    assert "cannot be read" in problem(file.with_name("nowhere"), bench.database).what


def test_a_backup_of_the_other_kind_is_refused(
    bench: Bench, file: Path, templates: Templates, backend: str, tmp_path: Path
) -> None:
    file.write_bytes(b"PGDMP....." if backend == "sqlite" else b"SQLite format 3\0......")
    assert "is a backup of" in problem(file, bench.database, replace=True).what


def test_a_database_without_a_desk_is_nothing_to_back_up(empty: Database, file: Path) -> None:
    with pytest.raises(DatabaseProblem, match="nothing to back up"):
        back_up(empty, file)
    assert not file.exists()


def test_nothing_is_replaced_while_a_desk_is_running(bench: Bench, file: Path, database_url: str) -> None:
    fill(bench)
    back_up(bench.database, file)
    bench.says(bench.conversation(), "since then")
    before = everything(bench.database)
    own = Database(database_url)
    assert "a desk is running" in problem(file, own, replace=True).what  # it is the bench's
    assert everything(bench.database) == before
    bench.database.close()
    restore(file, own, replace=True)
    own.close()
    assert everything(bench.database) != before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_file_that_was_replaced_is_kept(bench: Bench, file: Path) -> None:
    back_up(bench.database, file)
    conversation_id = bench.conversation()
    bench.database.close()
    restore(file, bench.database, replace=True)
    target = bench.database.engine.url.database
    kept = Bench(Database(f"sqlite:///{target}.before-restore"))
    assert kept.row(conversation_id).id == conversation_id
    kept.database.close()


@pytest.mark.parametrize("backend", ["postgres"])
def test_tables_of_others_are_left_alone(bench: Bench, file: Path, database_url: str) -> None:
    with bench.database.write() as session:
        session.execute(text("CREATE TABLE orders (id INTEGER)"))
        session.execute(text("INSERT INTO orders VALUES (7)"))
    back_up(bench.database, file)
    bench.database.close()
    restore(file, bench.database, replace=True)
    with bench.database.read() as session:
        assert session.scalar(text("SELECT id FROM orders")) == 7


@pytest.mark.parametrize("backend", ["postgres"])
def test_rows_that_get_lost_on_the_way_undo_everything(
    bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(bench)
    back_up(bench.database, file)
    before = everything(bench.database)
    bench.database.close()
    transaction = postgres_backup._transaction

    def one_more(file: Path, expected: Contents) -> Iterator[bytes]:
        rows = expected.rows | {"message": expected.rows["message"] + 1}
        yield from transaction(file, Contents(expected.revision, rows))

    monkeypatch.setattr(postgres_backup, "_transaction", one_more)
    assert "rows of message are missing" in problem(file, bench.database, replace=True).why
    assert everything(bench.database) == before


@pytest.mark.parametrize("backend", ["postgres"])
def test_without_the_client_programs_the_words_say_what_to_install(
    bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseProblem, match="pg_dump is not on this machine") as raised:
        back_up(bench.database, file)
    assert "postgresql-client" in raised.value.do


@pytest.mark.parametrize("backend", ["postgres"])
def test_no_password_is_on_a_command_line(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = make_url(database_url).set(password="s3cret")
    command, environment = postgres_backup._command("psql", [], url)
    assert "s3cret" not in " ".join(command)
    assert environment["PGPASSWORD"] == "s3cret"
    assert subprocess.run([*command, "-c", "SELECT 1"], env=environment, capture_output=True, check=True).stdout
