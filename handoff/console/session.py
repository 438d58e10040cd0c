"""Who is signed in: cookie, CSRF token, and the guard in front of every console route."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, WebSocket
from fastapi.concurrency import run_in_threadpool

from handoff import accounts, preferences
from handoff.database import Database
from handoff.model import Role
from handoff.preferences import Preferences

COOKIE = "faqdesk_desk"


@dataclass(frozen=True)
class Viewer:
    """The signed-in agent of a request."""

    id: str
    name: str
    role: Role
    language: str
    csrf: str
    preferences: Preferences


class Guard:
    """Finds the viewer; changes need the session's CSRF token too, and a request from our own pages."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    async def viewer(self, request: Request) -> Viewer:
        """For reading. Raises 401 when nobody is signed in."""
        found = await self._find(request.cookies.get(COOKIE, ""))
        if found is None:
            raise HTTPException(401, "sign in first, at /desk/login")
        return found

    async def changer(self, request: Request) -> Viewer:
        """For changing. Raises 401, or 403 when the request does not come from the console's own page."""
        found = await self.viewer(request)
        if not same_origin(request) or not _same(request.headers.get("x-csrf", ""), found.csrf):
            raise HTTPException(403, "this request did not come from the desk's own page; reload it")
        return found

    async def listener(self, websocket: WebSocket) -> Viewer | None:
        """For sockets, which carry cookies from any page that asks for them: only ours may."""
        return await self._find(websocket.cookies.get(COOKIE, "")) if same_origin(websocket) else None

    async def _find(self, token: str) -> Viewer | None:
        def look() -> Viewer | None:
            with self._database.read() as session:
                found = accounts.of_session(session, token, self._now())
                if found is None:
                    return None
                agent, held = found
                return Viewer(agent.id, agent.name, agent.role, agent.language, held.csrf, preferences.of(agent))

        return await run_in_threadpool(look) if token else None


def same_origin(request: Request | WebSocket) -> bool:
    """Whether a browser says that the request comes from a page of this very host; compared whole, never in part."""
    try:
        return urlsplit(request.headers["origin"]).netloc == request.headers["host"]
    except (KeyError, ValueError):  # there is none, or it is no address
        return False


def _same(given: str, known: str) -> bool:
    return compare_digest(given.encode(), known.encode())


ViewerOf = Callable[[Request], Awaitable[Viewer]]
