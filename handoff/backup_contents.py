"""What is in a database and in a backup of it, and when a backup may not be made or put back."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table

import handoff.people_model  # noqa: F401 - its tables
from handoff.database import Database
from handoff.model import Base
from handoff.troubles import DatabaseProblem

VERSION_TABLE = "alembic_version"
# Every table of this version; a backup of an older one has fewer.
TABLES = (*sorted(Base.metadata.tables), VERSION_TABLE)


@dataclass(frozen=True)
class Contents:
    """What is in a database or a backup: the schema's revision, and how many rows each table has."""

    revision: str
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(count for name, count in self.rows.items() if name != VERSION_TABLE)


def contents_of(connection: Connection) -> Contents | None:
    """What is in a database; None when no desk was ever there."""
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in there:
        return None
    revision = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 - our own name
    if revision is None:
        return None
    rows = {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in TABLES if name in there
    }
    return Contents(revision, rows)


def refuse_to_replace(database: Database, present: Contents | None, *, replace: bool) -> None:
    """Raises DatabaseProblem when there is something to lose and nobody said that it may be lost."""
    if present is not None and present.total and not replace:
        conversations = present.rows.get("conversation", 0)
        raise DatabaseProblem(
            f"the database {database.shown_url} is not empty",
            f"It has {conversations} conversations and {present.rows.get('agent', 0)} logins.",
            "Make a backup of it first; --replace puts the other one in its place.",
        )


def nothing_to_back_up(database: Database) -> DatabaseProblem:
    return DatabaseProblem(f"there is nothing to back up in {database.shown_url}", "No desk ever ran on it.")


def damaged(file: Path, why: str) -> DatabaseProblem:
    """The file is not what a backup should be."""
    return DatabaseProblem(f"{file.name} is not sound", why, "Use another backup, and look after the disk it is on.")


@contextmanager
def draft_of(file: Path) -> Iterator[Path]:
    """A private file beside `file`, gone at the end when nobody moved it."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise DatabaseProblem(f"{file} cannot be written", str(error), "Name a file in another folder.") from None
    try:
        yield draft
    finally:
        for left in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
