"""A fresh database for every test, copied from one that was migrated once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.database import Database
from handoff.migrate import upgrade
from tests.unit.handoff.bench import Bench


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "desk.sqlite"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
def bench(_migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))  # nobody's faqdesk.toml
    database = Database(f"sqlite:///{shutil.copy(_migrated, tmp_path)}")
    yield Bench(database)
    database.close()
