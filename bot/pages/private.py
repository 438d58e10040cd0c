"""The page behind a "let us go on in private" link: it asks before it uses the link up, and then opens the chat."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from bot.pages.shell import language_of, render
from handoff import private_links
from handoff.acts import Acts
from handoff.console.session import same_origin
from handoff.private_links import DeadPrivateLink
from handoff.troubles import again_when_undone
from handoff.wording import Wording, known_language

_Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]
# Not "no-referrer": browsers then say nothing of where a form was sent from, not even to ourselves.
_HEADERS = {"cache-control": "no-store", "referrer-policy": "same-origin", "x-robots-tag": "noindex"}


def private_pages(acts: Acts, words: Wording, now: Callable[[], datetime]) -> APIRouter:
    """GET and POST /chat/with/{token}."""
    router = APIRouter(include_in_schema=False)

    def page(language: str, state: str, status: int = 200, *, name: str = "", token: str = "") -> Response:
        given = {"state": state, "name": name, "token": token}
        html = render("private.html", words=words, language=language, shop=acts.shop, **given)
        return HTMLResponse(html, status, _HEADERS)

    @router.get("/chat/with/{token}")
    async def ask(request: Request, token: _Token) -> Response:
        def look() -> tuple[str, str]:
            with acts.database.read() as session:
                link, name = private_links.look(session, token, now())
                return known_language(link.language or language_of(request)), name

        try:
            language, name = await run_in_threadpool(look)
        except DeadPrivateLink:
            return page(language_of(request), "dead", 410)
        return page(language, "ask", name=name)

    @router.post("/chat/with/{token}")
    async def go_on(request: Request, token: _Token) -> Response:
        if not same_origin(request):  # nobody else's page puts a shopper into a chat
            raise HTTPException(403, "this request did not come from our own page")

        @again_when_undone
        def use() -> str:
            with acts.database.write() as session:
                return private_links.go_on(session, token, acts, language_of(request), now())

        try:
            visitor = await run_in_threadpool(use)
        except DeadPrivateLink:
            return page(language_of(request), "dead", 410)
        return page(language_of(request), "go", token=visitor)

    return router
