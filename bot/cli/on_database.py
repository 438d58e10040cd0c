"""The desk's database, for the commands that work on it directly, also while the desk is running."""

from collections.abc import Iterator
from contextlib import contextmanager

from handoff.database import Database
from handoff.migrate import upgrade
from handoff.settings import HandoffSettings


@contextmanager
def desk_database() -> Iterator[Database]:
    """The database of the settings, brought up to date.

    Raises:
        pydantic.ValidationError: a setting is wrong.
        DatabaseProblem: it cannot be used.
    """
    database = Database(HandoffSettings().database_url)
    try:
        upgrade(database)
        yield database
    finally:
        database.close()
