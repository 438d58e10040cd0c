"""Errors as people meet them: JSON for scripts, a plain page for browsers, never a traceback."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from bot.http.guards import SECURITY_HEADERS
from bot.pages.shell import language_of, render
from handoff.wording import Wording

log = structlog.get_logger()


def add_error_pages(app: FastAPI, words: Wording, shop: str) -> None:
    """Handlers for what no route answers, what no route accepts, and what went wrong."""

    def page(request: Request, status: int, key: str) -> Response:
        language = language_of(request)
        title, what = words.say(language, f"page.{key}"), words.say(language, f"page.{key}_what")
        values = {"words": words, "language": language, "shop": shop, "title": title, "what": what}
        return HTMLResponse(render("error.html", **values), status)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and _wants_page(request):
            return page(request, 404, "not_found")
        if error.status_code == 403 and _wants_page(request):
            return page(request, 403, "refused")
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        """What is wrong and where; the input itself is not repeated, it may be hostile or private."""
        wrong = [{"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"]} for e in error.errors()]
        return JSONResponse({"detail": {"reason": wrong[0]["what"] if wrong else "unreadable", "errors": wrong}}, 422)

    @app.exception_handler(OperationalError)
    async def database_away(request: Request, error: OperationalError) -> Response:
        log.error("database.unavailable", reason=str(error.orig))
        if _wants_page(request):
            return page(request, 503, "broken")
        return JSONResponse({"detail": "the database cannot be reached; try again in a moment"}, 503)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("request.failed", path=request.url.path, exc_info=error)
        answer = (
            page(request, 500, "broken") if _wants_page(request) else JSONResponse({"detail": "internal error"}, 500)
        )
        answer.headers.update(SECURITY_HEADERS)  # this handler stands outside of the middleware that adds them
        return answer


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
