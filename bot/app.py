"""The desk process: FastAPI around the desk's parts, with everybody's pages. The only writer of conversations."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.desk import Desk
from bot.http.errors import add_error_pages
from bot.http.guards import BodyLimit, SecurityHeaders
from bot.http.origins import Origins, origin_of
from bot.logs import configure_logging
from bot.pages.private import private_pages
from bot.pages.routes import page_routes
from bot.project import Places
from bot.settings import DeskSettings
from bot.shared_files import shared_file_routes
from bot.supervise.first_login import forget_first_login
from handoff import dead_letters
from handoff.clock import utc_now
from handoff.console.pages.routes import people_pages
from handoff.console.routes import console_routes
from handoff.settings import HandoffSettings

_HERE = Path(__file__).parent
# What is served as it lies there: by address, the inner ones first.
_FILES = {
    "/static/desk": _HERE.parent / "handoff" / "console" / "static",
    "/static/chat": _HERE / "widget" / "built",
    "/static": _HERE / "pages" / "static",
}


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
    desk = Desk(settings or DeskSettings(), handoff or HandoffSettings(), now)
    app = FastAPI(title="faqdesk", lifespan=desk.life, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(BodyLimit, largest_file=desk.handoff.largest_file)
    listed = desk.settings.widget.origins
    app.add_middleware(Origins, own=origin_of(desk.settings.base_url), listed=listed)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(desk.settings.trusted_proxies))
    for address, folder in _FILES.items():
        app.mount(address, StaticFiles(directory=folder), name=address)
    _add_routes(app, desk)
    add_error_pages(app, desk.words, desk.settings.shop)
    return app


def _has_telegram(desk: Desk) -> bool:
    return desk.telegram is not None


def _add_routes(app: FastAPI, desk: Desk) -> None:
    settings, wake = desk.settings, desk.sweeper.wake
    app.include_router(desk.channels.router)
    has_telegram = partial(_has_telegram, desk)
    app.include_router(console_routes(desk.acts, desk.bus, desk.now, wake, desk.outside, telegram=has_telegram))
    app.include_router(
        people_pages(
            desk.acts,
            desk.now,
            secure_cookies=settings.secure_cookies,
            public_url=settings.public_url,
            can_take_more=wake,
            password_changed=partial(forget_first_login, Places.standard()),
            channels=desk.channel_admin,
        )
    )
    app.include_router(private_pages(desk.acts, desk.words, desk.now))
    app.include_router(shared_file_routes(desk.database, desk.now))
    app.include_router(page_routes(settings, desk.words, desk.knowledge))

    @app.get("/health")
    async def health() -> JSONResponse:
        """Whether the desk itself works: it does without its bot parts, because people still answer."""
        with desk.database.read() as session:
            session.connection().exec_driver_sql("SELECT 1")
            parked = dead_letters.count(session)
        states = desk.engines.states()
        told = {"status": "ok", "instance": settings.instance, "engines": states, "parked_messages": parked}
        return JSONResponse(told)
