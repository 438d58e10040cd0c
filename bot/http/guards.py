"""What every answer of the desk carries, and what no request may do. Pure ASGI, so that streams and sockets pass untouched."""

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024  # bytes; of files, which come to paths of their own, as much as the setting says
LARGEST_CALL = 3 * 1024 * 1024  # bytes, of what a provider sends: Meta puts many messages into one call
_CALLS = re.compile(r"/channels/[a-z]{1,20}/webhook")
_FILES = re.compile(r"/api/chat/files|/desk/api/conversations/[0-9a-f]{32}/files")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def framed_by(origins: Iterable[str]) -> str:
    """The policy of a page that pages of these origins may show in a frame."""
    return CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", " ".join(("frame-ancestors 'self'", *origins)))


SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityHeaders:
    """Headers that keep a page's scripts, frames and referrers at home; an answer's own win."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _TooLarge(HTTPException):
    """An HTTP error, so that a framework which reads the body does not take it for a body that cannot be parsed."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"the body is larger than {most // 1024} kB; send less at once")


class BodyLimit:
    """Refuses a body above LARGEST_BODY, a provider's call above LARGEST_CALL, or a file above `largest_file`: at once when its
    length is declared, else while it comes in."""

    def __init__(self, app: ASGIApp, largest_file: int = LARGEST_BODY) -> None:
        self._app, self._largest_file = app, largest_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        most = self._most(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > most:
            return await self._refuse(most, scope, receive, send)
        received, began = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise _TooLarge(most)
            return message

        async def watched(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLarge:
            if not began:
                await self._refuse(most, scope, receive, send)

    def _most(self, path: str) -> int:
        if _CALLS.fullmatch(path):
            return LARGEST_CALL
        return self._largest_file if _FILES.fullmatch(path) else LARGEST_BODY

    async def _refuse(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        reason = _TooLarge(most)
        await JSONResponse({"detail": reason.detail}, reason.status_code)(scope, receive, send)
