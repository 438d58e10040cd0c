"""Which pages may use the chat: the desk's own, and those of the origins that the shop has listed. Compared whole.

Browsers say with every such request from which origin it comes. What says nothing is no page: a program, or the script that
puts the chat on a page, which anybody may read.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

_SHARED = re.compile(r"/api/chat(/.*)?|/static/chat/.*|/widget\.js")
_REFUSED = "this page may not use the chat; its origin has to stand in `origins` of [desk.widget]"


class Origins:
    """Refuses requests for the chat from pages of other origins, sockets included, and answers those of the listed ones.

    `own` is where shoppers reach the desk; its pages and those of whatever host was asked are its own.
    """

    def __init__(self, app: ASGIApp, *, own: str, listed: Collection[str]) -> None:
        self._app, self._own, self._listed = app, own, frozenset(listed)
        self._to_others = CORSMiddleware(
            app,
            allow_origins=sorted(self._listed),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["authorization", "content-type"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not _SHARED.fullmatch(scope["path"]):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        said = headers.getlist("origin")
        if not said or (len(said) == 1 and self._is_own(said[0], headers.get("host", ""))):
            return await self._app(scope, receive, send)
        if len(said) > 1 or said[0] not in self._listed:
            return await self._refuse(scope, receive, send)
        if scope["type"] == "http":
            return await self._to_others(scope, receive, send)
        return await self._app(scope, receive, send)

    def _is_own(self, origin: str, host: str) -> bool:
        return origin == self._own or (bool(host) and origin in (f"http://{host}", f"https://{host}"))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await WebSocketClose(1008, _REFUSED)(scope, receive, send)
        return await JSONResponse({"detail": _REFUSED}, 403)(scope, receive, send)


def origin_of(url: str) -> str:
    """The origin of an address, as browsers write it."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"
