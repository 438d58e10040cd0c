"""The desk process: FastAPI, the workers, the channels and everybody's pages. The only writer of conversations."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from bot.channels.base import Surroundings
from bot.channels.registry import switched_on
from bot.engine.client import Engine
from bot.gateway import Gateway
from bot.http.errors import add_error_pages
from bot.http.guards import BodyLimit, SecurityHeaders
from bot.knowledge import Knowledge
from bot.logs import configure_logging
from bot.pages.routes import page_routes
from bot.rendering import Renderer
from bot.settings import DeskSettings
from bot.workers import Worker, delivery_worker, turn_worker
from handoff.acts import Acts
from handoff.bus import Bus
from handoff.clock import utc_now
from handoff.console.routes import console_routes
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.postgres_listener import listen
from handoff.settings import HandoffSettings
from handoff.wording import Wording

_HERE = Path(__file__).parent
_HANDOFF = _HERE.parent / "handoff"


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
    upgrade(database)
    database.listen(bus.publish)
    words = Wording.load(_HERE / "words")
    acts = Acts(database, handoff, Wording.load(_HANDOFF / "words"), settings.shop)
    engine = Engine(settings.engine_url, settings.engine_token.get_secret_value(), settings.engine_budget)
    knowledge = Knowledge(settings.knowledge_url, settings.knowledge_token.get_secret_value())
    workers: list[Worker[Any]] = []

    def wake() -> None:
        for worker in workers:
            worker.wake()

    gateway = Gateway(acts, engine, Renderer(words, settings.base_url), wake)
    channels = switched_on(Surroundings(settings, handoff, database, gateway, words, bus, now))
    transports = {channel.name: channel.transport for channel in channels if channel.transport is not None}
    workers += [
        turn_worker(database, gateway, settings.turns_at_once, now),
        delivery_worker(database, transports, now),
    ]
    database.listen(lambda _: workers[1].wake())

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        parts = [worker.run() for worker in workers] + [channel.run() for channel in channels]
        if not database.is_sqlite:
            parts.append(listen(database.engine, bus, database.name))
        running = [asyncio.create_task(part) for part in parts]
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await engine.close()
        await knowledge.close()
        database.close()

    app = FastAPI(title="faqdesk", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    app.mount("/static/desk", StaticFiles(directory=_HANDOFF / "console" / "static"), name="desk-static")
    app.mount("/static/chat", StaticFiles(directory=_HERE / "widget" / "built"), name="chat-static")
    app.mount("/static", StaticFiles(directory=_HERE / "pages" / "static"), name="static")
    for channel in channels:
        app.include_router(channel.router)
    app.include_router(console_routes(acts, bus, now, settings.secure_cookies))
    app.include_router(page_routes(settings, words, knowledge))
    add_error_pages(app, words, settings.shop)

    @app.get("/health")
    async def health() -> JSONResponse:
        """Whether the desk itself works: it does without its bot parts, because people still answer."""
        with database.read() as session:
            session.connection().exec_driver_sql("SELECT 1")
        return JSONResponse({"status": "ok"})

    return app
