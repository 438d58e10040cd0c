"""Whether this desk is the only one on its database: then whatever is still leased belongs to a desk that is dead.

Each desk holds a shared lock for as long as it lives. The system gives it back however the desk ends, also by a crash, so
nobody has to guess from a clock whether a desk is still there. On PostgreSQL it is an advisory lock on a connection of its
own, on SQLite a lock on a file beside the database.
"""

import contextlib
import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from handoff.database import Database

_KEY = 0x6661_7164  # "faqd"; advisory locks are numbers


class Presence:
    """This desk's lock. Used from one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._line: Connection | None = None
        self._file: IO[bytes] | None = None

    def enter(self, when_alone: Callable[[], None]) -> bool:
        """Take part from now on; returns whether nobody else does.

        `when_alone` is called then, and nobody else enters before it is done.
        """
        return self._enter_sqlite(when_alone) if self._database.is_sqlite else self._enter_postgres(when_alone)

    def keep(self) -> None:
        """Take the lock again after the database server was away, which ends all locks."""
        if self._line is None:
            return
        try:
            self._line.exec_driver_sql("SELECT 1")
        except SQLAlchemyError:
            self.leave()
            with contextlib.suppress(SQLAlchemyError):  # it is still away; at the next call perhaps not
                self._line = self._connect()
                self._line.exec_driver_sql(f"SELECT pg_advisory_lock_shared({_KEY})")

    def leave(self) -> None:
        if self._file is not None:
            self._file.close()
        if self._line is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._line.invalidate()  # not back into the pool: closing is what gives the lock back
            self._line.close()
        self._file = self._line = None

    def _enter_sqlite(self, when_alone: Callable[[], None]) -> bool:
        path = self._database.engine.url.database
        if not path or path == ":memory:":
            when_alone()
            return True
        self._file = Path(f"{path}.desks").open("ab")  # noqa: SIM115  # its lock is held until `leave`
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._file, fcntl.LOCK_SH)
            return False
        when_alone()
        fcntl.flock(self._file, fcntl.LOCK_SH)
        return True

    def _enter_postgres(self, when_alone: Callable[[], None]) -> bool:
        self._line = self._connect()
        alone = bool(self._line.exec_driver_sql(f"SELECT pg_try_advisory_lock({_KEY})").scalar())
        if alone:
            when_alone()
        self._line.exec_driver_sql(f"SELECT pg_advisory_lock_shared({_KEY})")
        if alone:
            self._line.exec_driver_sql(f"SELECT pg_advisory_unlock({_KEY})")
        return alone

    def _connect(self) -> Connection:
        return self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
