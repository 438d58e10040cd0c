"""The stage of a run: the real parts as processes under the real supervisor, with lines between them that can be cut.

    people ── desk ──(line)── engine, and behind the real one the actions
                └────(line)── PostgreSQL

The desk is the product's own, started by uvicorn with another clock. The supervisor is the product's own too; only its pauses
between restarts are kept short, because here a part dies every few seconds and nothing is wrong with it.
"""

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from bot.project import Places
from bot.supervise.child import Child
from bot.supervise.parts import Addresses, Parts
from bot.supervise.supervisor import Supervisor
from bot.supervise.training import train
from handoff import accounts
from handoff.clock import utc_now
from handoff.database import Database
from handoff.migrate import upgrade
from tests.standins.engine import TOKEN as ENGINE_TOKEN
from tests.torture import postgres
from tests.torture.desk import CLOCK, set_clock
from tests.torture.proxy import Proxy
from tests.torture.telegram import Telegram

PASSWORD = "correct horse battery"
SECRET = "torture"  # of the webhook
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Plan:
    """What a run is made of.

    Faults happen for `minutes`. With `kills` every part is killed just so often, else as often as it comes; faults go on until
    that is done and the desk has taken `messages`.
    """

    seed: int
    minutes: float
    database: Literal["sqlite", "postgres"] = "sqlite"
    engine: Literal["real", "standin"] = "real"
    browsers: int = 16
    chats: int = 12
    agents: int = 6
    kills: int = 0
    messages: int = 0


@dataclass
class Stage:
    """What stands: children and lines by name, where the desk is, and its database without any line in between."""

    desk_url: str
    database_url: str
    clock: Path
    agents: list[str]
    children: dict[str, Child] = field(default_factory=dict)
    lines: dict[str, Proxy] = field(default_factory=dict)
    ahead: float = 0.0

    def jump(self, seconds: float) -> None:
        """Put the desk's clock forward, or back."""
        self.ahead += seconds
        set_clock(self.clock, self.ahead)

    async def working(self, name: str) -> bool:
        """Whether a part runs and answers."""
        child = self.children[name]
        return child.running and await child.ready() is None


@contextlib.asynccontextmanager
async def standing(plan: Plan, places: Places, folder: Path, telegram: Telegram) -> AsyncIterator[Stage]:
    """Everything started and ready. `places.var` keeps the release between runs; `folder` is this run's own."""
    async with contextlib.AsyncExitStack() as exits:
        database_url, through = f"sqlite:///{folder}/desk.sqlite", ""
        children: dict[str, Child] = {}
        lines: dict[str, Proxy] = {}
        if plan.database == "postgres":
            child, port = _postgres(places, folder)
            await _supervised(exits, child)
            children["postgres"] = child
            lines["postgres"] = await _line(exits, port)
            server = f"postgresql://postgres@{_HOST}"
            await asyncio.to_thread(postgres.create_database, f"{server}:{port}/postgres", "desk")
            database_url = f"{server.replace('://', '+psycopg://')}:{port}/desk"
            through = f"{server.replace('://', '+psycopg://')}:{lines['postgres'].port}/desk"
        agents = await asyncio.to_thread(_agents, database_url, plan.agents)
        stage = Stage(f"http://{_HOST}:{postgres.free_port()}", database_url, folder / "clock", agents, children, lines)
        stage.jump(0)
        bot, environment, engine_port = _bot(plan, places, folder)
        lines["engine"] = await _line(exits, engine_port)
        settings = _settings(stage, through or database_url, telegram) | {
            "FAQDESK_DESK_ENGINE_URL": f"http://{_HOST}:{lines['engine'].port}",
            "FAQDESK_DESK_ENGINE_BUDGET": "10" if plan.engine == "real" else "3",
        }
        desk = _desk(stage, places, folder, environment | settings)
        await _supervised(exits, *bot, desk)
        children |= {child.name: child for child in (*bot, desk)}
        yield stage


async def _supervised(exits: contextlib.AsyncExitStack, *children: Child) -> None:
    """Start children, keep them running as the product does, and end them when the stage is cleared."""
    supervisor = Supervisor(children, lambda *_: None)
    await supervisor.start()
    watch = asyncio.create_task(supervisor.watch())

    async def clear() -> None:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await supervisor.stop()

    exits.push_async_callback(clear)


async def _line(exits: contextlib.AsyncExitStack, port: int) -> Proxy:
    line = await Proxy(port).start()
    exits.push_async_callback(line.stop)
    return line


# ---- the parts --------------------------------------------------------------------------------------------------------


def _postgres(places: Places, folder: Path) -> tuple[Child, int]:
    port = postgres.free_port()
    cluster = folder / "postgres"
    cluster.mkdir()

    async def ready() -> str | None:
        return await asyncio.to_thread(postgres.accepts, port)

    command = [sys.executable, "-m", "tests.torture.postgres", str(cluster), str(port)]
    environment = os.environ | {"PGSERVER_POSTGRES_VERSION": "18"}
    return Child("postgres", command, environment, places.project, folder / "postgres.log", ready, ready), port


def _bot(plan: Plan, places: Places, folder: Path) -> tuple[list[Child], dict[str, str], int]:
    """The engine's side, the environment in which the desk knows it, and the engine's port."""
    if plan.engine == "standin":
        child, port = _standin(places, folder)
        return [child], dict(os.environ) | {"FAQDESK_DESK_ENGINE_TOKEN": ENGINE_TOKEN}, port
    trained = train(places, lambda *_: None)
    addresses = Addresses(_HOST, postgres.free_port(), postgres.free_port(), postgres.free_port())
    demo = {"FAQDESK_ACTIONS_DEMO_ORDERS": str(folder / "orders.sqlite")}
    children = {child.name: child for child in Parts(places, addresses, trained, demo).all()}
    desk = children.pop("desk")
    for child in children.values():
        child.log = folder / f"{child.name}.log"
    return list(children.values()), dict(desk.environment), addresses.engine


def _standin(places: Places, folder: Path) -> tuple[Child, int]:
    port = postgres.free_port()

    async def ready() -> str | None:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(_HOST, port)
            writer.close()
            return None
        return "does not listen"

    command = [sys.executable, "-m", "tests.torture.engine", str(port)]
    return Child("engine", command, os.environ, places.project, folder / "engine.log", ready, ready), port


def _settings(stage: Stage, database_url: str, telegram: Telegram) -> dict[str, str]:
    return {
        CLOCK: str(stage.clock),
        "FAQDESK_HANDOFF_DATABASE_URL": database_url,
        "FAQDESK_DESK_MESSAGES_PER_MINUTE": "100000",
        "FAQDESK_DESK_VISITORS_PER_MINUTE": "100000",
        "FAQDESK_DESK_PUBLIC_URL": "https://shop.example",
        "FAQDESK_DESK_TELEGRAM": "webhook",
        "FAQDESK_DESK_TELEGRAM_API": telegram.url,
        "FAQDESK_DESK_TELEGRAM_TOKEN": telegram.token,
        "FAQDESK_DESK_TELEGRAM_SECRET": SECRET,
        "OMP_NUM_THREADS": "1",
    }


def _desk(stage: Stage, places: Places, folder: Path, environment: dict[str, str]) -> Child:
    port = stage.desk_url.rpartition(":")[2]
    command = [
        sys.executable, "-m", "uvicorn", "--factory", "tests.torture.desk:create", "--host", _HOST, "--port", port,
        "--no-access-log", "--timeout-graceful-shutdown", "3",
    ]  # fmt: skip

    async def healthy() -> str | None:
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                return None if (await client.get(f"{stage.desk_url}/health")).status_code == 200 else "not well"
        except httpx.HTTPError as error:
            return type(error).__name__

    log = folder / "desk.log"
    return Child("desk", command, environment | {"PYTHONUNBUFFERED": "1"}, places.project, log, healthy, healthy)


def _agents(database_url: str, count: int) -> list[str]:
    """The schema, and logins with PASSWORD; their addresses."""
    database = Database(database_url)
    upgrade(database)
    emails = [f"agent{number}-{secrets.token_hex(3)}@shop.example" for number in range(count)]
    with database.write() as session:
        for number, email in enumerate(emails):
            accounts.add_agent(session, email, f"Agent {number}", "agent", PASSWORD, utc_now())
    database.close()
    return emails
