"""What the tests of the bot's side share: nobody's settings, the real words, and a fresh database where one is needed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from handoff.database import Database
from handoff.wording import Wording


@pytest.fixture(autouse=True)
def _nobodys_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))


@pytest.fixture(scope="session")
def words() -> Wording:
    return Wording.load(Path(next(iter(bot.__path__))) / "words")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
