"""A whole system for the time of a block: for `chat`, `replay` and the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.project import Places
from bot.settings import DeskSettings
from bot.supervise.first_login import ensure_admin
from bot.supervise.instance import InstanceLock
from bot.supervise.parts import Parts, choose_addresses
from bot.supervise.progress import Progress
from bot.supervise.supervisor import Supervisor
from bot.supervise.training import train
from handoff.settings import HandoffSettings


@asynccontextmanager
async def running_system(
    places: Places, *, settings: dict[str, str] | None = None, kb: Path | None = None
) -> AsyncIterator[str]:
    """Train what is out of date, start all parts on free ports, yield the desk's address, and end them.

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
            addresses = choose_addresses("127.0.0.1", DeskSettings().port, fixed=False)
            supervisor = Supervisor(Parts(places, addresses, trained, settings or {}).all(), progress.say)
            await supervisor.start()
        try:
            yield addresses.desk_url
        finally:
            await supervisor.stop()
    finally:
        lock.give_back()
