"""Bring a database to the schema of this version; the only way that tables come into being."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from handoff.database import Database


def upgrade(database: Database) -> None:
    """Apply what is missing, in one transaction. Safe to call at every start."""
    with database.engine.connect() as connection:
        command.upgrade(alembic_config(connection), "head")
        connection.commit()


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
