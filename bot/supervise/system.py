"""A whole system for the time of a block: for `chat`, `replay` and the tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.project import Places
from bot.settings import DeskSettings
from bot.supervise.child import Child
from bot.supervise.first_login import ensure_admin
from bot.supervise.instance import InstanceLock
from bot.supervise.parts import Parts, choose_addresses
from bot.supervise.progress import Progress
from bot.supervise.starting import start_parts
from bot.supervise.training import train
from handoff.settings import HandoffSettings


@dataclass(frozen=True)
class System:
    """A running system: where its desk is, and its children by name."""

    desk: str
    children: Mapping[str, Child]


@asynccontextmanager
async def running_system(
    places: Places, *, settings: dict[str, str] | None = None, kb: Path | None = None
) -> AsyncIterator[System]:
    """Train what is out of date, start all parts on free ports, keep them running while the block lasts, and end them.

    `settings` are more FAQDESK_... variables; with `kb` the release is made of that CSV.

    Raises:
        UserError: something could not be trained or started, or an instance runs in the same var folder.
    """
    lock = InstanceLock(places)
    lock.take()
    try:
        with Progress("Starting", ("release", "dialogue", "engine", "actions", "desk")) as progress:
            trained = train(places, progress.say, kb=kb)
            progress.say("release", trained.release, "done")
            progress.say("dialogue", trained.model.name, "done")
            database = (settings or {}).get("FAQDESK_HANDOFF_DATABASE_URL")
            ensure_admin(HandoffSettings(database_url=database) if database else HandoffSettings(), places)
            port = DeskSettings().port
            started = await start_parts(
                lambda: choose_addresses("127.0.0.1", port, fixed=False),
                lambda addresses: Parts(places, addresses, trained, settings or {}).all(),
                progress.say,
            )
        supervisor = started.supervisor
        supervisor.say_from_now_on(lambda *_: None)
        watch = asyncio.create_task(supervisor.watch())
        try:
            yield System(started.addresses.desk_url, started.children)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await supervisor.stop()
    finally:
        lock.give_back()
