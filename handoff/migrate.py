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
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from handoff.database import Database
from handoff.troubles import DatabaseProblem

# Of a lock that only upgrades take: two desks that start on one new PostgreSQL bring it up to date one after the other.
_UPGRADES = 0x0FA9DE54


def upgrade(database: Database, to: str = "head") -> None:
    """Apply what is missing up to the revision `to`, in one transaction.

    Safe to call at every start, and by several desks at once.

    Raises:
        sqlalchemy.exc.IntegrityError: a row would point to nothing afterwards; nothing is changed then.
        DatabaseProblem: the database cannot be reached, read or changed, or belongs to a newer version.
    """
    try:
        with database.engine.connect() as connection, _without_foreign_keys(connection):
            _alone(connection)
            known = MigrationContext.configure(connection).get_current_revision()
            if known is not None and known not in known_revisions():
                raise newer(database, known)
            command.upgrade(alembic_config(connection), to)
            connection.commit()
    except IntegrityError:
        raise
    except (SQLAlchemyError, OSError) as error:
        raise database.problem(error) from error


def newer(database: Database, revision: str) -> DatabaseProblem:
    """The database has a schema of which this version does not know."""
    return DatabaseProblem(
        f"the database {database.shown_url} belongs to a newer faqdesk",
        f"Its schema is {revision}, and this version knows nothing of that.",
        "Use the newer version, or restore a backup that was made before it: faqdesk restore --help.",
    )


def known_revisions() -> frozenset[str]:
    """The schemas that this version can bring up to date."""
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    return frozenset(script.revision for script in scripts.walk_revisions())


def _alone(connection: Connection) -> None:
    """SQLite's transaction is alone from its beginning."""
    if connection.dialect.name == "postgresql":
        # An old desk may hold a table for a while; who upgrades first may take long.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5min'")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADES})")


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
