"""Who is signed in: cookies, CSRF token, and the guard in front of every route of the desk and below /admin."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, WebSocket
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from handoff import accounts, agent_sessions, permissions, preferences, second_step
from handoff.database import Database
from handoff.model import Role
from handoff.permissions import Permission
from handoff.preferences import Preferences
from handoff.reach import NAMED, Reach

COOKIE = "faqdesk_desk"
# One session, and a cookie for each place that needs it: the shop's own pages get none.
PLACES = {"/desk": COOKIE, "/admin": "faqdesk_admin"}
SET_UP = "/desk/account/second-step"


@dataclass(frozen=True)
class Viewer:
    """The signed-in agent of a request. `must_set_up`: a second step is required of everybody, and she has none yet."""

    id: str
    name: str
    role: Role
    language: str
    csrf: str
    preferences: Preferences
    session_id: str = ""
    must_set_up: bool = False

    def may(self, what: Permission) -> bool:
        return permissions.may(self.role, what)


@dataclass(frozen=True)
class Posted:
    """A form that came from our own page; a field may stand in it several times."""

    viewer: Viewer
    fields: dict[str, list[str]]


class Guard:
    """Finds the viewer; changes need the session's CSRF token too, and a request from our own pages."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        require_second_step: bool = False,
        teams_apart: bool = False,
    ) -> None:
        self._database, self._now, self._require_second_step = database, now, require_second_step
        self._teams_apart = teams_apart

    async def viewer(self, request: Request) -> Viewer:
        """For reading. Raises 401 when nobody is signed in, 403 when she has to set up a second step first, and 404 when the
        address names something in a conversation that is not within her reach."""
        found = await self._find(_token(request))
        if found is None:
            raise HTTPException(401, "sign in first, at /desk/login")
        if found.must_set_up:
            raise HTTPException(403, f"set up the second step of signing in first, at {SET_UP}")
        for name in NAMED.keys() & request.path_params.keys():
            await self.reach(found, name, request.path_params[name])
        return found

    async def reach(self, viewer: Viewer, name: str, value: str) -> None:
        """Raises 404, as if it were not there, when what `name` says (handoff/reach.py) is not within the viewer's reach."""
        if not await self.reaches(viewer, name, value):
            raise HTTPException(404, "there is no such conversation")

    async def reaches(self, viewer: Viewer, name: str, value: str) -> bool:
        """Whether what `name` says is within the viewer's reach."""

        def look() -> bool:
            with self._database.read() as session:
                return self.reach_of(viewer).covers(session, name, value)

        return not self._teams_apart or await run_in_threadpool(look)

    def reach_of(self, viewer: Viewer) -> Reach:
        """What the viewer may see and touch."""
        return Reach(viewer.id, viewer.role, self._teams_apart)

    async def changer(self, request: Request) -> Viewer:
        """For changing. Raises 401, or 403 when the request does not come from the console's own page."""
        found = await self.viewer(request)
        if not same_origin(request) or not _same(request.headers.get("x-csrf", ""), found.csrf):
            raise HTTPException(403, "this request did not come from the desk's own page; reload it")
        return found

    async def listener(self, websocket: WebSocket) -> Viewer | None:
        """For sockets, which carry cookies from any page that asks for them: only ours may."""
        found = await self._find(_token(websocket)) if same_origin(websocket) else None
        return None if found is None or found.must_set_up else found

    def may(self, what: Permission) -> "ViewerOf":
        """For reading by those who may do this; others get 403."""

        async def look(request: Request) -> Viewer:
            return _permitted(await self.viewer(request), what)

        return look

    def may_change(self, what: Permission) -> "ViewerOf":
        """For changing by those who may do this; others get 403."""

        async def look(request: Request) -> Viewer:
            return _permitted(await self.changer(request), what)

        return look

    def page(self, what: Permission = "serve", *, setting_up: bool = False) -> "ViewerOf":
        """For pages: who is not signed in is led to where that is done, likewise who has to set up a second step.

        `setting_up` lets those in who are about to do it.
        """

        async def look(request: Request) -> Viewer:
            found = await self._find(_token(request))
            if found is None:
                raise HTTPException(303, "sign in first", headers={"location": "/desk/login"})
            if found.must_set_up and not setting_up:
                raise HTTPException(303, "set up the second step first", headers={"location": SET_UP})
            return _permitted(found, what)

        return look

    def form(self, what: Permission = "serve", *, setting_up: bool = False) -> Callable[[Request], Awaitable[Posted]]:
        """For forms of pages, which carry the session's token in the field `csrf`. Raises 403 when they do not."""
        page = self.page(what, setting_up=setting_up)

        async def look(request: Request) -> Posted:
            viewer = await page(request)
            fields = await _fields(request)
            given = fields.pop("csrf", [""])
            if not same_origin(request) or len(given) != 1 or not _same(given[0], viewer.csrf):
                raise HTTPException(403, "this form did not come from the desk's own page; reload it")
            return Posted(viewer, fields)

        return look

    async def _find(self, token: str) -> Viewer | None:
        return await run_in_threadpool(self._look, token, self._now()) if token else None

    def _look(self, token: str, now: datetime) -> Viewer | None:
        with self._database.read() as session:
            found = accounts.of_session(session, token, now)
            if found is None:
                return None
            agent, held = found
            missing = self._require_second_step and not second_step.is_on(session, agent.id)
        if agent_sessions.is_stale(held, now):
            with self._database.write() as session:
                agent_sessions.note_use(session, held, now)
        known_as = agent_sessions.session_id(held.token_hash)
        wishes = preferences.of(agent)
        return Viewer(agent.id, agent.name, agent.role, agent.language, held.csrf, wishes, known_as, missing)


def same_origin(request: Request | WebSocket) -> bool:
    """Whether a browser says that the request comes from a page of this very host; compared whole, never in part."""
    try:
        return urlsplit(request.headers["origin"]).netloc == request.headers["host"]
    except (KeyError, ValueError):  # there is none, or it is no address
        return False


async def own_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form of ours before anybody is signed in. Raises 403 when another page sent it."""
    if not same_origin(request):
        raise HTTPException(403, "send this form from the desk's own page")
    return await _fields(request)


async def _fields(request: Request) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in (await request.form(max_files=0, max_fields=500)).multi_items():
        if isinstance(value, UploadFile):
            raise HTTPException(422, "no form here takes files")
        fields.setdefault(name, []).append(value)
    return fields


def _permitted(viewer: Viewer, what: Permission) -> Viewer:
    if not viewer.may(what):
        raise HTTPException(403, "your role does not allow this; ask an admin")
    return viewer


def _token(request: Request | WebSocket) -> str:
    return next((request.cookies[name] for name in PLACES.values() if request.cookies.get(name)), "")


def _same(given: str, known: str) -> bool:
    return compare_digest(given.encode("utf-8", "replace"), known.encode())


ViewerOf = Callable[[Request], Awaitable[Viewer]]
