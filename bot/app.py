"""The desk process: FastAPI, the workers, the channels and everybody's pages. The only writer of conversations."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.channels.base import Surroundings
from bot.channels.registry import switched_on
from bot.channels.telegram.transport import TelegramTransport
from bot.engine.client import Engine
from bot.engine.several import Engines
from bot.engine.trackers import forget
from bot.gateway import Gateway
from bot.http.errors import add_error_pages
from bot.http.guards import BodyLimit, SecurityHeaders
from bot.knowledge import ArticlesForAgents, Knowledge
from bot.logs import configure_logging
from bot.orders import Orders
from bot.pages.routes import page_routes
from bot.patience import patiently
from bot.pings import ping_worker
from bot.project import Places
from bot.rendering import Renderer
from bot.settings import DeskSettings
from bot.suggesting import Suggesting
from bot.supervise.first_login import forget_first_login
from bot.sweeps import retention_worker, sweep_worker
from bot.workers import Worker, delivery_worker, turn_worker
from handoff import dead_letters, outbox, turns
from handoff.acts import Acts
from handoff.alone import Presence
from handoff.bus import Bus
from handoff.clock import utc_now
from handoff.console.outside import Outside
from handoff.console.pages.routes import people_pages
from handoff.console.routes import console_routes
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.postgres_listener import listen
from handoff.settings import HandoffSettings
from handoff.wording import Wording

_HERE = Path(__file__).parent
_HANDOFF = _HERE.parent / "handoff"
_PRESENT_EVERY_SECONDS = 5.0


def create_app(
    settings: DeskSettings | None = None,
    handoff: HandoffSettings | None = None,
    now: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """Put the desk together. The database is brought up to date before the first request.

    Raises:
        pydantic.ValidationError: a setting is wrong.
        DatabaseProblem: the database cannot be used.
    """
    configure_logging()
    settings, handoff = settings or DeskSettings(), handoff or HandoffSettings()
    database, bus = Database(handoff.database_url, handoff.database_connections), Bus()
    patiently(lambda: upgrade(database))
    database.listen(bus.publish)
    words = Wording.load(_HERE / "words")
    acts = Acts(database, handoff, Wording.load(_HANDOFF / "words"), settings.shop)
    engine_token = settings.engine_token.get_secret_value()
    engines = Engines(
        [Engine(url, engine_token) for url in settings.engines],
        settings.engine_budget,
        shared=settings.engine_trackers_shared,
    )
    knowledge = Knowledge(settings.knowledge_url, settings.knowledge_token.get_secret_value())
    orders = Orders(settings.knowledge_url, settings.knowledge_token.get_secret_value())
    suggesting = Suggesting(knowledge, settings.base_url)
    outside = Outside(orders.find, suggesting.suggest, suggesting.article)
    workers: list[Worker[Any]] = []

    def wake() -> None:
        for worker in workers:
            worker.wake()

    gateway = Gateway(
        acts,
        engines,
        Renderer(words, settings.base_url),
        wake,
        wake_after=lambda seconds: workers[0].wake_after(seconds),
        burst=turns.Burst(timedelta(seconds=settings.burst_quiet), timedelta(seconds=settings.burst_longest)),
        session_pause=settings.session_pause,
    )
    channels = switched_on(Surroundings(settings, handoff, database, gateway, words, bus, now))
    transports = {channel.name: channel.transport for channel in channels if channel.transport is not None}
    workers += [
        turn_worker(database, gateway, settings.turns_at_once, now),
        delivery_worker(database, transports, now),
    ]
    database.listen(lambda _: workers[1].wake())
    sweeper = sweep_worker(acts, now)
    workers += [sweeper, retention_worker(acts, now, partial(forget, settings.trackers))]
    database.listen(lambda _: sweeper.wake())  # whatever happened may have freed a place

    telegram = transports.get("telegram")
    if isinstance(telegram, TelegramTransport):
        workers.append(ping_worker(acts, telegram, settings.base_url, now))

    presence = Presence(database)

    def go_on_at_once() -> None:
        """The desk before this one is dead; nobody needs to wait for its leases."""
        with database.write() as session:
            turns.take_over(session, now())
            outbox.take_over(session, now())

    async def stay_present() -> None:
        while True:
            await asyncio.sleep(_PRESENT_EVERY_SECONDS)
            await asyncio.to_thread(presence.keep)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(patiently, lambda: presence.enter(go_on_at_once))
        parts = [worker.run() for worker in workers] + [channel.run() for channel in channels] + [stay_present()]
        if not database.is_sqlite:
            parts.append(listen(database.engine, bus, database.name))
        running = [asyncio.create_task(part) for part in parts]
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await engines.close()
        await knowledge.close()
        await orders.close()
        presence.leave()
        database.close()

    app = FastAPI(title="faqdesk", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit, largest_file=handoff.largest_file)
    app.add_middleware(SecurityHeaders)
    app.mount("/static/desk", StaticFiles(directory=_HANDOFF / "console" / "static"), name="desk-static")
    app.mount("/static/chat", StaticFiles(directory=_HERE / "widget" / "built"), name="chat-static")
    app.mount("/static", StaticFiles(directory=_HERE / "pages" / "static"), name="static")
    for channel in channels:
        app.include_router(channel.router)
    articles = ArticlesForAgents(knowledge, settings.base_url)
    app.include_router(
        console_routes(acts, bus, now, sweeper.wake, outside, telegram=telegram is not None, articles=articles)
    )
    app.include_router(
        people_pages(
            acts,
            now,
            secure_cookies=settings.secure_cookies,
            public_url=settings.public_url,
            can_take_more=sweeper.wake,
            password_changed=partial(forget_first_login, Places.standard()),
        )
    )
    app.include_router(page_routes(settings, words, knowledge))
    add_error_pages(app, words, settings.shop)

    @app.get("/health")
    async def health() -> JSONResponse:
        """Whether the desk itself works: it does without its bot parts, because people still answer."""
        with database.read() as session:
            session.connection().exec_driver_sql("SELECT 1")
            parked = dead_letters.count(session)
        state = {"status": "ok", "instance": settings.instance, "engines": engines.states(), "parked_messages": parked}
        return JSONResponse(state)

    return app
