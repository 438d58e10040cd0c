"""The pages of one's own account: name, language, status; password, second step, sessions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from handoff import agent_sessions, capacity, own_account, presence
from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.console.pages.second_step import SECURITY, SecurityPage
from handoff.console.pages.shell import LANGUAGE_COOKIE, Asked, Form, Pages, Wrong, asked_by, to
from handoff.console.session import Guard, Posted, Viewer
from handoff.model import Agent

_ACCOUNT = "/desk/account"
_YEAR = 365 * 24 * 3600


class Profile(Form):
    name: str
    language: Literal["en", "es", "vi"]


class Status(Form):
    available: Literal["yes", "no"]


class ChangePassword(Form):
    current: str
    password: str
    again: str


class OneSession(Form):
    id: str


class Nothing(Form):
    """A button without fields."""


def account_routes(
    acts: Acts,
    pages: Pages,
    guard: Guard,
    now: Callable[[], datetime],
    can_take_more: Callable[[], None],
    password_changed: Callable[[str], None],
) -> APIRouter:
    """Routes below /desk/account."""
    router = APIRouter(prefix=_ACCOUNT, include_in_schema=False)
    reads, posts = Depends(guard.page()), Depends(guard.form())
    show_security = SecurityPage(acts, pages, now).show

    async def in_account(viewer: Viewer, what: Callable[..., Any], *arguments: Any) -> Any:
        """One act on the viewer's own account, in a transaction that holds it."""

        def run() -> Any:
            with acts.database.write() as session:
                return what(session, capacity.hold(session, viewer.id), *arguments)

        return await run_in_threadpool(run)

    def show_account(asked: Asked, viewer: Viewer, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            me = session.get_one(Agent, viewer.id)
            taken = capacity.in_hand(session, me.id)
        online = presence.is_online(me.seen_at, now(), acts.settings.online_within)
        status = ("online" if me.available else "away") if online else "offline"
        code = 422 if wrong else 200
        return pages.render(asked, "account.html", wrong=wrong, status=code, me=me, taken=taken, presence=status)

    @router.get("")
    async def account(request: Request, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show_account, asked_by(request, viewer), viewer)

    @router.post("/profile")
    async def profile(request: Request, posted: Posted = posts) -> Response:
        asked = asked_by(request, posted.viewer)
        try:
            form = pages.read(Profile, posted.fields, asked.language)
            await in_account(posted.viewer, own_account.change_profile, form.name, form.language, now())
        except Wrong as wrong:
            return await run_in_threadpool(show_account, asked, posted.viewer, wrong)
        except AccountError as error:
            refused = pages.refused(error, asked.language, {"name": form.name, "language": form.language})
            return await run_in_threadpool(show_account, asked, posted.viewer, refused)
        done = to(_ACCOUNT, "saved")
        done.set_cookie(LANGUAGE_COOKIE, form.language, max_age=_YEAR, httponly=True, samesite="lax")
        return done

    @router.post("/status")
    async def status(posted: Posted = posts) -> Response:
        form = pages.only(Status, posted.fields)

        def switch() -> None:
            with acts.database.write() as session:
                presence.set_available(session, posted.viewer.id, form.available == "yes", now())

        await run_in_threadpool(switch)
        can_take_more()
        return to(_ACCOUNT, "available" if form.available == "yes" else "away")

    @router.get("/security")
    async def security(request: Request, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show_security, asked_by(request, viewer), viewer)

    @router.post("/password")
    async def password(request: Request, posted: Posted = posts) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer
        try:
            form = pages.read(ChangePassword, posted.fields, asked.language)
            if form.password != form.again:
                raise Wrong({"again": pages.wrong(asked.language, "again")})
            act = own_account.change_password
            email = await run_in_threadpool(
                act, acts.database, viewer.id, viewer.session_id, form.current, form.password, now()
            )
        except Wrong as wrong:
            return await run_in_threadpool(show_security, asked, viewer, Wrong(wrong.fields))
        except AccountError as error:
            return await run_in_threadpool(show_security, asked, viewer, pages.refused(error, asked.language, {}))
        password_changed(email)
        return to(SECURITY, "password_changed_here")

    @router.post("/sessions/end")
    async def end_session(posted: Posted = posts) -> Response:
        viewer, form = posted.viewer, pages.only(OneSession, posted.fields)
        await in_account(viewer, agent_sessions.end, form.id, f"agent:{viewer.id}", now())
        return to(SECURITY, "session_ended")

    @router.post("/sessions/end-others")
    async def end_others(posted: Posted = posts) -> Response:
        viewer = posted.viewer
        pages.only(Nothing, posted.fields)

        def run() -> None:
            with acts.database.write() as session:
                me = capacity.hold(session, viewer.id)
                agent_sessions.end_all(session, me, f"agent:{me.id}", now(), besides=viewer.session_id)

        await run_in_threadpool(run)
        return to(SECURITY, "sessions_ended")

    return router
