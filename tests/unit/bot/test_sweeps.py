"""What the desk's sweep asks of its database: while nothing is due it writes nothing and holds nobody up."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.sweeps import keep_up
from handoff.database import Database
from tests.unit.bot.scripted import Stage


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


@pytest.fixture
def statements(stage: Stage) -> Iterator[list[str]]:
    """Everything that the database is asked, in order."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(stage.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(stage.database.engine, "before_cursor_execute", note)


def test_nothing_is_locked_while_nothing_is_due(stage: Stage, statements: list[str]) -> None:
    place = stage.write("hello").conversation_id
    statements.clear()
    keep_up(stage.acts, stage.now)
    asked = [one for one in statements if one != "BEGIN"]
    assert len(asked) == 1, asked
    assert not any("FOR UPDATE" in one or "IMMEDIATE" in one for one in statements)
    assert stage.conversation(place).owner == "bot"


async def test_what_is_due_is_done(stage: Stage) -> None:
    place = stage.write("hello").conversation_id
    await stage.answer_all()
    stage.now += timedelta(days=1)
    keep_up(stage.acts, stage.now)
    assert stage.conversation(place).owner == "closed"
