"""A fresh database for every test, copied from one that was migrated once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.database import Database
from tests.unit.handoff.bench import Bench


@pytest.fixture
def bench(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))  # nobody's faqdesk.toml
    database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    yield Bench(database)
    database.close()
