"""A fresh database for every test, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.database import Database
from tests.unit.handoff.workbench import Bench


@pytest.fixture
def bench(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))  # nobody's faqdesk.toml
    database = Database(database_url)
    yield Bench(database)
    database.close()


@pytest.fixture
def desks(bench: Bench, database_url: str) -> Iterator[tuple[Database, Database]]:
    """Two desks on one database; the first is the bench's."""
    other = Database(database_url)
    yield bench.database, other
    other.close()
