"""Bring a database to the schema of this version; the only way that tables come into being."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from handoff.database import Database


def upgrade(database: Database) -> None:
    """Apply what is missing, in one transaction. Safe to call at every start.

    Raises:
        sqlalchemy.exc.IntegrityError: a row would point to nothing afterwards; nothing is changed then.
    """
    with database.engine.connect() as connection, _without_foreign_keys(connection):
        command.upgrade(alembic_config(connection), "head")
        connection.commit()


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying it and dropping the old one, which foreign keys would take for a loss of rows.

    They are checked whole before the transaction ends instead.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    # Not by the connection itself: it would begin a transaction, and inside one the switch does nothing.
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration, on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def is_current(connection: Connection) -> bool:
    """Whether the database has this version's schema."""
    known = MigrationContext.configure(connection).get_current_revision()
    return known == ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
