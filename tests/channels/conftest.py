"""A whole desk on a free port, with stand-ins for the engine and for Telegram."""

import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import structlog
import uvicorn
from sqlalchemy import select

from bot.app import create_app
from bot.settings import DeskSettings
from handoff.database import Database
from handoff.model import Conversation, Inbound, Message, Outbox
from handoff.settings import HandoffSettings
from tests.channels.wire import Wire
from tests.databases import Templates
from tests.standins.engine import TOKEN as ENGINE_TOKEN
from tests.standins.engine import EngineStandin
from tests.standins.meta_api import MetaStandin
from tests.standins.telegram_api import TOKEN, TelegramStandin

SECRET = "a-secret_of-256"


def eventually(holds: Callable[[], Any], what: str, seconds: float = 15) -> Any:
    """Wait until `holds()` is true, and return what it returned."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"after {seconds} s still not: {what}")


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the desk has logged so far in this test. `capsys` must come before `desk`, so that it ends after it."""
    lines = capsys.readouterr().err.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


class Desk:
    """The real application, served by uvicorn in a thread. `database` is a connection of the test's own."""

    def __init__(self, settings: DeskSettings, handoff: HandoffSettings) -> None:
        self.settings, self.handoff = settings, handoff
        self.database = Database(handoff.database_url)

    def start(self) -> Self:
        """Serve until `stop`; may be called again afterwards, as a restart."""
        app = create_app(self.settings, self.handoff)
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="websockets-sansio"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        eventually(lambda: self._server.started, "the desk serves")
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=False)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()
        self.http.close()

    def messages(self, author: str | None = None) -> list[str]:
        """The texts that are stored, oldest first."""
        with self.database.read() as session:
            found = session.scalars(select(Message).order_by(Message.created_at, Message.seq))
            return [message.content["text"] for message in found if author in (None, message.author)]

    def inbound(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Inbound.external_id)))

    def outbox(self) -> list[Outbox]:
        with self.database.read() as session:
            return list(session.scalars(select(Outbox).order_by(Outbox.id)))

    def conversations(self) -> list[Conversation]:
        with self.database.read() as session:
            return list(session.scalars(select(Conversation)))


@pytest.fixture
def telegram() -> Iterator[TelegramStandin]:
    standin = TelegramStandin().start()
    yield standin
    standin.stop()


@pytest.fixture
def engine() -> Iterator[EngineStandin]:
    standin = EngineStandin().start()
    yield standin
    standin.stop()


@pytest.fixture
def desk(
    telegram: TelegramStandin, engine: EngineStandin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Desk]]:
    """Makes desks on one database and stops them at the end; `desk(telegram="webhook")` changes settings."""
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    made: list[Desk] = []

    def make(**settings: Any) -> Desk:
        given = {
            "telegram": "polling",
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api": telegram.url,
            "engine_url": engine.url,
            "engine_token": ENGINE_TOKEN,
            "engine_budget": 3.0,
            "burst_quiet": 0.0,
            "public_url": "https://shop.example",
        }
        handoff = HandoffSettings(database_url=f"sqlite:///{tmp_path}/desk.sqlite")
        made.append(Desk(DeskSettings.model_validate(given | settings), handoff).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()
        one.database.close()
    structlog.reset_defaults()  # each desk has its log written to the standard error of its own test


@pytest.fixture(scope="session")
def meta() -> Iterator[MetaStandin]:
    standin = MetaStandin().start()
    yield standin
    standin.stop()


@pytest.fixture
async def wire(
    meta: MetaStandin, templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Wire]:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    meta.forget()
    database = Database(templates.new("sqlite", tmp_path))
    made = Wire(database, meta)
    yield made
    await made.close()
    database.close()
