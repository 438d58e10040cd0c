"""Backups of SQLite, by its own online backup: writers go on meanwhile."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from handoff.backup_contents import Contents, contents_of, damaged, draft_of, nothing_to_back_up, refuse_to_replace
from handoff.database import Database
from handoff.migrate import known_revisions, newer, upgrade
from handoff.troubles import DatabaseProblem

MAGIC = b"SQLite format 3\0"


def write(database: Database, draft: Path) -> Contents:
    """Copy one moment of the database into `draft`, and check the copy against that moment."""
    with database.read() as session:
        # Counted in the transaction that is copied: what is written meanwhile is in neither.
        before = contents_of(session.connection())
        if before is None:
            raise nothing_to_back_up(database)
        source: Any = session.connection().connection.driver_connection
        with closing(sqlite3.connect(draft)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, with no other beside it
    return _checked(draft, before)


def put_back(file: Path, database: Database, *, replace: bool) -> Contents:
    """Build the new database beside the old one, and change them in one step; the old one is kept."""
    target = Path(database.engine.url.database or "")
    with draft_of(target) as draft:
        shutil.copyfile(file, draft)
        found = _checked(draft, None)
        if found.revision not in known_revisions():
            raise newer(database, found.revision)
        _bring_up_to_date(draft)
        done = _checked(draft, None)
        if target.exists():
            refuse_to_replace(database, _present(database), replace=replace)
            _alone(database)
            kept = target.with_name(f"{target.name}.before-restore")
            kept.unlink(missing_ok=True)
            try:
                os.link(target, kept)
            except OSError:  # a file system without links
                shutil.copyfile(target, kept)
        for left in ("-wal", "-shm"):  # of a database that is no longer there: not those of the new one
            target.with_name(target.name + left).unlink(missing_ok=True)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(target)
    return done


def _bring_up_to_date(draft: Path) -> None:
    copy = Database(f"sqlite:///{draft}")
    try:
        upgrade(copy)
        with copy.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode=DELETE")  # type: ignore[union-attr]
    finally:
        copy.close()


def _present(database: Database) -> Contents | None:
    database.check()
    with database.read() as session:
        return contents_of(session.connection())


def _alone(database: Database) -> None:
    """Raises DatabaseProblem while another process has the file open: SQLite leaves its log for the last one only."""
    database.close()
    with closing(sqlite3.connect(database.engine.url.database or "", timeout=1, isolation_level=None)) as line:
        try:
            mode = line.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "locked"
    if mode != "delete":
        raise DatabaseProblem(
            f"a desk is running on {database.shown_url}", "Another process has the file open.", "End it first."
        )


def _checked(copy: Path, expected: Contents | None) -> Contents:
    """What is in a copy, read whole. Raises DatabaseProblem when it is damaged, or not `expected`."""
    engine = create_engine(f"sqlite:///{copy}")
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            if found != "ok":
                raise damaged(copy, f"SQLite says: {found}")
            if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise damaged(copy, f"A row of '{lost[0]}' points to a row of '{lost[2]}' that is not there.")
            contents = contents_of(connection)
    except DatabaseError as error:
        raise damaged(copy, str(error.orig)) from None
    finally:
        engine.dispose()
    if contents is None:
        raise damaged(copy, "It is a database, but not of a desk.")
    if expected is not None and contents != expected:
        raise damaged(copy, f"It has {contents.total} rows, and the database {expected.total}.")
    return contents
