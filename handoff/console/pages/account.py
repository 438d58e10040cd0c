"""The pages of one's own account: name, language, status; password, second step, sessions."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from markupsafe import Markup

from handoff import agent_sessions, capacity, own_account, presence, second_step
from handoff.accounts import SHORTEST_PASSWORD, AccountError
from handoff.acts import Acts
from handoff.console.pages.shell import LANGUAGE_COOKIE, Asked, Form, Pages, Wrong, asked_by, to
from handoff.console.session import Guard, Posted, Viewer
from handoff.model import Agent

_ACCOUNT, _SECURITY, _STEP = "/desk/account", "/desk/account/security", "/desk/account/second-step"
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


class Confirm(Form):
    code: str


class WithPassword(Form):
    current: str


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
    sets_up, looks = Depends(guard.form(setting_up=True)), Depends(guard.page(setting_up=True))

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

    def show_security(asked: Asked, viewer: Viewer, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            me = session.get_one(Agent, viewer.id)
            sessions = agent_sessions.of_agent(session, me.id, now())
            values = {
                "has_password": bool(me.password_hash),
                "second_step": second_step.is_on(session, me.id),
                "codes_left": second_step.codes_left(session, me.id),
            }
        code = 422 if wrong else 200
        return pages.render(
            asked, "security.html", wrong=wrong, status=code, sessions=sessions, shortest=SHORTEST_PASSWORD,
            required=acts.settings.require_totp, codes=(), **values,
        )  # fmt: skip

    def show_step(asked: Asked, viewer: Viewer, wrong: Wrong | None = None) -> Response:
        """The QR code, and the field for the code that confirms it."""
        with acts.database.write() as session:
            me = session.get_one(Agent, viewer.id)
            if second_step.is_on(session, me.id):
                return to(_SECURITY)
            secret = second_step.begin(session, me)
        picture = segno.make(second_step.address(me, secret, acts.shop), error="m")
        drawn = Markup(picture.svg_inline(border=2, omitsize=True, dark="#000", light="#fff"))  # noqa: S704 - segno's own
        code = 422 if wrong else 200
        groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return pages.render(
            asked, "second_step.html", wrong=wrong, status=code, picture=drawn, secret=groups,
            required=viewer.must_set_up,
        )  # fmt: skip

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
        return to(_SECURITY, "password_changed_here")

    @router.post("/sessions/end")
    async def end_session(posted: Posted = posts) -> Response:
        viewer, form = posted.viewer, pages.only(OneSession, posted.fields)
        await in_account(viewer, agent_sessions.end, form.id, f"agent:{viewer.id}", now())
        return to(_SECURITY, "session_ended")

    @router.post("/sessions/end-others")
    async def end_others(posted: Posted = posts) -> Response:
        viewer = posted.viewer
        pages.only(Nothing, posted.fields)

        def run() -> None:
            with acts.database.write() as session:
                me = capacity.hold(session, viewer.id)
                agent_sessions.end_all(session, me, f"agent:{me.id}", now(), besides=viewer.session_id)

        await run_in_threadpool(run)
        return to(_SECURITY, "sessions_ended")

    @router.get("/second-step")
    async def step(request: Request, viewer: Viewer = looks) -> Response:
        return await run_in_threadpool(show_step, asked_by(request, viewer), viewer)

    @router.post("/second-step")
    async def confirm(request: Request, posted: Posted = sets_up) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer
        try:
            form = pages.read(Confirm, posted.fields, asked.language)
            codes = await in_account(viewer, second_step.confirm, form.code, now())
        except Wrong as wrong:
            return await run_in_threadpool(show_step, asked, viewer, Wrong(wrong.fields))
        except AccountError as error:
            return await run_in_threadpool(show_step, asked, viewer, pages.refused(error, asked.language, {}))
        return pages.render(asked, "recovery_codes.html", codes=codes)

    @router.post("/second-step/codes")
    async def new_codes(request: Request, posted: Posted = posts) -> Response:
        return await with_password(request, posted, own_account.renew_codes)

    @router.post("/second-step/off")
    async def turn_off(request: Request, posted: Posted = posts) -> Response:
        return await with_password(request, posted, own_account.turn_step_off)

    async def with_password(request: Request, posted: Posted, act: Callable[..., list[str]]) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer
        try:
            form = pages.read(WithPassword, posted.fields, asked.language)
            codes = await run_in_threadpool(act, acts.database, viewer.id, form.current, now())
        except Wrong as wrong:
            fields = {f"step_{name}" if name else "": words for name, words in wrong.fields.items()}
            return await run_in_threadpool(show_security, asked, viewer, Wrong(fields))
        except AccountError as error:
            words = {f"step_{error.field}": pages.wrong(asked.language, error.key)}
            return await run_in_threadpool(show_security, asked, viewer, Wrong(words))
        if codes:
            return pages.render(asked, "recovery_codes.html", codes=codes)
        return to(_SECURITY, "step_off")

    return router
