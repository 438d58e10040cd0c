"""Transactions on SQLite or PostgreSQL, so that the rooms above need not know which."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from handoff import postgres
from handoff.bus import Nudge
from handoff.troubles import DatabaseProblem, MaybeStored, in_words

# SQLite waits so long for another process's write (the command line beside the desk) before it gives up.
_BUSY_MILLISECONDS = 10_000

# In Session.info: a nudge for each conversation that got events in this transaction.
TOUCHED = "touched_conversations"

_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """Opens read and write transactions. Every write goes through `write`, and everything in it commits together.

    `connections` is how many of them PostgreSQL is asked for at most; threads that want more wait.

    Raises:
        DatabaseProblem: the URL is none, or names a driver that is not there.
    """

    def __init__(self, url: str, connections: int = 40) -> None:
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            self.engine = _sqlite(parsed) if self.is_sqlite else _postgres(parsed, connections)
        except (ArgumentError, ValueError) as error:
            raise DatabaseProblem("database_url cannot be read", str(error).splitlines()[0]) from None
        self.name = secrets.token_hex(4)  # by which the desks on one PostgreSQL know their own nudges
        self._listeners: list[Callable[[Nudge], None]] = []
        # SQLite has one writer. Threads of this process queue here, fairly and at once, instead of polling its file lock.
        self._one_writer = threading.Lock() if self.is_sqlite else None

    @property
    def shown_url(self) -> str:
        """Where it is, without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may change rows: commits at the end, rolls back on any exception.

        Raises:
            sqlalchemy.exc.OperationalError: the database is away; nothing is stored.
            MaybeStored: it went away during the commit; all of it is stored, or nothing.
        """
        with self._one_writer or nullcontext(), self._transaction(writes=True) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot; nothing may be changed in it."""
        with self._transaction(writes=False) as session:
            yield session

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Session]:
        with self._connection(writes=writes) as connection, Session(bind=connection, expire_on_commit=False) as session:
            yield session
            session.flush()
            touched = session.info.get(TOUCHED, {})
            if not self.is_sqlite:
                postgres.notify(session, self.name, touched.values())
            _commit(session)
        for nudge in touched.values():
            for listener in self._listeners:
                listener(nudge)

    def _connection(self, *, writes: bool) -> Connection:
        try:
            connection = self.engine.connect()
        except PoolTimeout as error:  # all are in use for long: to those above it is a database that is away
            raise OperationalError("connect", None, error) from error
        if self.is_sqlite:
            return connection.execution_options(faqdesk_writes=writes)
        return connection if writes else connection.execution_options(**_SNAPSHOT)

    def check(self) -> None:
        """Raises DatabaseProblem, in words, when the database cannot be reached or read."""
        try:
            with self.read() as session:
                session.connection().exec_driver_sql("SELECT 1")
        except (SQLAlchemyError, OSError) as error:
            raise self.problem(error) from None

    def problem(self, error: Exception) -> DatabaseProblem:
        """Why the database cannot be used, in words."""
        if isinstance(error, SQLAlchemyError):
            return in_words(error, self.shown_url)
        return DatabaseProblem(f"the database {self.shown_url} cannot be used", str(error))

    def listen(self, listener: Callable[[Nudge], None]) -> None:
        """Call `listener` after every commit that added events; from the writing thread."""
        self._listeners.append(listener)

    def close(self) -> None:
        self.engine.dispose()


def _commit(session: Session) -> None:
    try:
        session.commit()
    except OperationalError as error:
        raise MaybeStored(error.statement, error.params, error.orig or error) from error


def _postgres(url: URL, connections: int) -> Engine:
    return postgres.engine_for(postgres.with_psycopg(url), connections)


def _write_ahead(cursor: Any) -> None:
    """Who finds a new file being changed to this by another process is refused at once, whatever time it was given."""
    ends = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.02)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_MILLISECONDS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        _write_ahead(cursor)
        cursor.execute("PRAGMA synchronous=FULL")  # an accepted message survives a power cut, not only a crash
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock before anything is read: what was read cannot change underneath.
        writes = connection.get_execution_options().get("faqdesk_writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
