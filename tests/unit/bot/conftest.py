"""What the tests of the bot's side share: nobody's settings, the real words, and a fresh database where one is needed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.wording import Wording


@pytest.fixture(autouse=True)
def _nobodys_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))


@pytest.fixture(scope="session")
def words() -> Wording:
    return Wording.load(Path(next(iter(bot.__path__))) / "words")


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "desk.sqlite"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
def database(_migrated: Path, tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{shutil.copy(_migrated, tmp_path)}")
    yield database
    database.close()
