"""A migrated database to copy: every example of a property test gets a fresh one."""

from pathlib import Path

import pytest

from handoff.database import Database
from handoff.migrate import upgrade


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "desk.sqlite"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file
