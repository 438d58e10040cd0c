"""Transactions on SQLite or PostgreSQL, so that the rooms above need not know which."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

from handoff.bus import Nudge

# SQLite waits so long for another process's write (the command line beside the desk) before it gives up.
_BUSY_MILLISECONDS = 10_000

# In Session.info: a nudge for each conversation that got events in this transaction.
TOUCHED = "touched_conversations"


class Database:
    """Opens read and write transactions. Every write goes through `write`, and everything in it commits together."""

    def __init__(self, url: str) -> None:
        self.engine = _sqlite(url) if url.startswith("sqlite") else create_engine(url, pool_pre_ping=True)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._listeners: list[Callable[[Nudge], None]] = []
        # SQLite has one writer. Threads of this process queue here, fairly and at once, instead of polling its file lock.
        self._one_writer = threading.Lock() if self.is_sqlite else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may change rows: commits at the end, rolls back on any exception."""
        with self._one_writer or nullcontext(), self._transaction(writes=True) as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot; nothing may be changed in it."""
        with self._transaction(writes=False) as session:
            yield session

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Session]:
        with (
            self.engine.connect().execution_options(faqdesk_writes=writes) as connection,
            Session(bind=connection, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            touched = session.info.get(TOUCHED, {})
        for nudge in touched.values():
            for listener in self._listeners:
                listener(nudge)

    def listen(self, listener: Callable[[Nudge], None]) -> None:
        """Call `listener` after every commit that added events; from the writing thread."""
        self._listeners.append(listener)

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    path = url.removeprefix("sqlite:///")
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_MILLISECONDS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
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
