"""The parts of the desk, put together, and their life: the database, the bot's side, the channels, the workers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from bot.articles_for_agents import ArticlesForAgents
from bot.channels.admin import ChannelAdmin
from bot.channels.base import Surroundings
from bot.channels.host import Channels
from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.telegram.transport import TelegramTransport
from bot.engine.client import Engine
from bot.engine.several import Engines
from bot.engine.trackers import Strangers, forget
from bot.fetching import fetch_worker
from bot.gateway import Gateway
from bot.knowledge import Knowledge
from bot.orders import Orders
from bot.patience import patiently
from bot.pings import ping_worker
from bot.rendering import Renderer
from bot.settings import DeskSettings
from bot.sweeps import retention_worker, sweep_worker
from bot.workers import Worker, delivery_worker, turn_worker
from handoff import conversations, file_fetches, outbox, turns
from handoff.acts import Acts
from handoff.alone import Presence
from handoff.bus import Bus
from handoff.console.outside import Outside
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.postgres_listener import listen
from handoff.sealing import Sealer
from handoff.settings import HandoffSettings
from handoff.wording import Wording

_HERE = Path(__file__).parent
_PRESENT_EVERY_SECONDS = 5.0


class Desk:
    """Everything but the pages. The database is brought up to date at once; the rest begins with `life`."""

    def __init__(self, settings: DeskSettings, handoff: HandoffSettings, now: Callable[[], datetime]) -> None:
        self.settings, self.handoff, self.now = settings, handoff, now
        self.database, self.bus = Database(handoff.database_url, handoff.database_connections), Bus()
        patiently(lambda: upgrade(self.database))
        self.words = Wording.load(_HERE / "words")
        human = Wording.load(_HERE.parent / "handoff" / "words")
        self.acts = Acts(self.database, handoff, human, settings.shop, lambda name: self.channels.window_of(name))
        self._ask_others()
        self._workers: list[Worker[Any]] = []
        gateway = self._gateway()
        sealer = Sealer(handoff.secret_key.get_secret_value(), handoff.key_file)
        around = Surroundings(settings, handoff, self.database, gateway, self.words, self.bus, now, sealer)
        self.channels = Channels(around)
        self.channel_admin = ChannelAdmin(around, self.channels)
        self._employ(gateway)
        self._listen()
        self._presence = Presence(self.database)

    @property
    def telegram(self) -> TelegramTransport | None:
        """The shop's bot as it runs now, through which agents can be told too."""
        found = self.channels.running.get("telegram")
        transport = found.channel.transport if found is not None else None
        return transport if isinstance(transport, TelegramTransport) else None

    @contextlib.asynccontextmanager
    async def life(self, _: FastAPI) -> AsyncIterator[None]:
        """From the first request to the last: workers and channels run meanwhile."""
        await asyncio.to_thread(patiently, lambda: self._presence.enter(self._go_on_at_once))
        parts = [worker.run() for worker in self._workers] + [self.channels.run()]
        parts.append(self._stay_present())
        if not self.database.is_sqlite:
            parts.append(listen(self.database.engine, self.bus, self.database.name))
        running = [asyncio.create_task(part) for part in parts]
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for other in (self.engines, self.knowledge, self._orders):
            await other.close()
        self._presence.leave()
        self.database.close()

    def _ask_others(self) -> None:
        """The engines, and what agents ask of the action server."""
        settings, token = self.settings, self.settings.engine_token.get_secret_value()
        engines = [Engine(url, token) for url in settings.engines]
        self.engines = Engines(engines, settings.engine_budget, shared=settings.engine_trackers_shared)
        self.knowledge = Knowledge(settings.knowledge_url, settings.knowledge_token.get_secret_value())
        self._orders = Orders(settings.knowledge_url, settings.knowledge_token.get_secret_value())
        articles = ArticlesForAgents(self.knowledge, settings.base_url)
        self.outside = Outside(self._orders.find, articles.suggest, articles.search, articles.article, articles.card)

    def _gateway(self) -> Gateway:
        settings = self.settings
        return Gateway(
            self.acts,
            self.engines,
            Renderer(self.words, settings.base_url),
            wake_after=lambda seconds: self._turns.wake_after(seconds),
            files_came=lambda: self._fetching.wake(),
            burst=turns.Burst(timedelta(seconds=settings.burst_quiet), timedelta(seconds=settings.burst_longest)),
            session_pause=settings.session_pause,
        )

    def _employ(self, gateway: Gateway) -> None:
        self._turns = turn_worker(self.database, gateway, self.settings.turns_at_once, self.now)
        files = OutgoingFiles(self.database, self.settings.base_url, self.now)
        self._delivery = delivery_worker(self.database, self.channels.transports, self.now, files)
        self._fetching = fetch_worker(self.acts, self.channels.files_of, self.words, self.now)
        self.sweeper = sweep_worker(self.acts, self.now)
        trackers = self.settings.trackers
        strangers = Strangers(trackers, self._known)
        retention = retention_worker(self.acts, self.now, partial(forget, trackers), strangers.forget)
        self._workers += [self._turns, self._delivery, self._fetching, self.sweeper, retention]
        self._workers.append(ping_worker(self.acts, lambda: self.telegram, self.settings.base_url, self.now))

    def _known(self, ids: Collection[str]) -> Collection[str]:
        with self.database.read() as session:
            return conversations.existing(session, ids)

    def _listen(self) -> None:
        """To every event: screens are told, it may be a message to deliver, and it may have freed a place."""
        self.database.listen(self.bus.publish)
        self.database.listen(lambda _: self._delivery.wake())
        self.database.listen(lambda _: self.sweeper.wake())

    def _go_on_at_once(self) -> None:
        """The desk before this one is dead; nobody needs to wait for its leases."""
        with self.database.write() as session:
            turns.take_over(session, self.now())
            outbox.take_over(session, self.now())
            file_fetches.take_over(session, self.now())

    async def _stay_present(self) -> None:
        while True:
            await asyncio.sleep(_PRESENT_EVERY_SECONDS)
            await asyncio.to_thread(self._presence.keep)
