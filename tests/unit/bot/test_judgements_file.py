"""The file of judged answers: what the database says, whole, private, and gone when there is nothing to say."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from bot.errors import UserError
from bot.supervise.judgements import renew
from handoff.database import Database
from handoff.model import Feedback
from tests.unit.bot.scripted import Stage, says
from tests.unit.bot.test_gateway import ANSWER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "judgements.csv"


@pytest.fixture
def url(database: Database) -> str:
    return str(database.engine.url)


@pytest.fixture
def judged(database: Database) -> Stage:
    """A shopper was shown an article and did not like it."""
    stage = Stage(database)
    thumb = {"custom": {"kind": "feedback", "article_id": "returns", "helpful": False}}
    for words, reply in (('=HYPERLINK("x"), "hả"\nagain', says(ANSWER)), ("no", says(thumb, intent="not_helpful"))):
        stage.engine.reply = reply
        stage.write(words)
        asyncio.run(stage.answer_all())
        stage.now = stage.now.replace(minute=stage.now.minute + 1)
    return stage


def test_thumbs_that_the_gateway_stored_become_rows(judged: Stage, url: str, file: Path) -> None:
    renew(file, url)
    header, row = '"text","lang","faq_id","right"\n', '"=HYPERLINK(""x""), ""hả""\nagain","en","returns","no"\n'
    assert file.read_text("utf-8") == header + row
    assert file.stat().st_mode & 0o077 == 0
    assert [left.name for left in file.parent.iterdir()] == [file.name]


def test_a_file_of_earlier_judgements_is_replaced(judged: Stage, url: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("old")
    renew(file, url)
    assert '"returns","no"' in file.read_text("utf-8")


def test_what_was_deleted_from_the_database_does_not_live_on(judged: Stage, url: str, file: Path) -> None:
    renew(file, url)
    with judged.database.write() as session:
        session.execute(delete(Feedback))
    renew(file, url)
    assert not file.exists()


def test_a_desk_that_never_ran_has_no_file_and_gets_no_database(tmp_path: Path, file: Path) -> None:
    renew(file, f"sqlite:///{tmp_path}/never/desk.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_an_older_schema_leaves_the_file_as_it_is(judged: Stage, url: str, file: Path) -> None:
    renew(file, url)
    before = file.read_bytes()
    with judged.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        session.execute(delete(Feedback))
    renew(file, url)
    assert file.read_bytes() == before


def test_a_database_that_cannot_be_read_is_said_in_words(tmp_path: Path, file: Path) -> None:
    (tmp_path / "broken.sqlite").write_bytes(b"this is no database" * 1000)
    with pytest.raises(UserError, match="judged answers cannot be read") as raised:
        renew(file, f"sqlite:///{tmp_path}/broken.sqlite")
    assert "database_url" in str(raised.value)
    assert not file.exists()
