"""The page of security with its second step: set up, confirmed by a code, turned off by the password."""

from collections.abc import Callable
from datetime import datetime

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from markupsafe import Markup

from handoff import agent_sessions, capacity, own_account, second_step
from handoff.accounts import SHORTEST_PASSWORD, AccountError
from handoff.acts import Acts
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by, to
from handoff.console.session import Guard, Posted, Viewer
from handoff.model import Agent

SECURITY = "/desk/account/security"


class Confirm(Form):
    code: str


class WithPassword(Form):
    current: str


class SecurityPage:
    """Password, second step and sessions of whoever looks at it."""

    def __init__(self, acts: Acts, pages: Pages, now: Callable[[], datetime]) -> None:
        self._acts, self._pages, self._now = acts, pages, now

    def show(self, asked: Asked, viewer: Viewer, wrong: Wrong | None = None) -> Response:
        with self._acts.database.read() as session:
            me = session.get_one(Agent, viewer.id)
            sessions = agent_sessions.of_agent(session, me.id, self._now())
            values = {
                "has_password": bool(me.password_hash),
                "second_step": second_step.is_on(session, me.id),
                "codes_left": second_step.codes_left(session, me.id),
            }
        code = 422 if wrong else 200
        return self._pages.render(
            asked, "security.html", wrong=wrong, status=code, sessions=sessions, shortest=SHORTEST_PASSWORD,
            required=self._acts.settings.require_totp, codes=(), **values,
        )  # fmt: skip


def second_step_routes(acts: Acts, pages: Pages, guard: Guard, now: Callable[[], datetime]) -> APIRouter:
    """Routes below /desk/account/second-step."""
    router = APIRouter(prefix="/desk/account", include_in_schema=False)
    sets_up, looks = Depends(guard.form(setting_up=True)), Depends(guard.page(setting_up=True))
    posts, show_security = Depends(guard.form()), SecurityPage(acts, pages, now).show

    def show_step(asked: Asked, viewer: Viewer, wrong: Wrong | None = None) -> Response:
        """The QR code, and the field for the code that confirms it."""
        with acts.database.write() as session:
            me = session.get_one(Agent, viewer.id)
            if second_step.is_on(session, me.id):
                return to(SECURITY)
            secret = second_step.begin(session, me)
        picture = segno.make(second_step.address(me, secret, acts.shop), error="m")
        drawn = Markup(picture.svg_inline(border=2, omitsize=True, dark="#000", light="#fff"))  # noqa: S704 - segno's own
        code = 422 if wrong else 200
        groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return pages.render(
            asked, "second_step.html", wrong=wrong, status=code, picture=drawn, secret=groups,
            required=viewer.must_set_up,
        )  # fmt: skip

    def turn_on(viewer: Viewer, code: str) -> list[str]:
        with acts.database.write() as session:
            return second_step.confirm(session, capacity.hold(session, viewer.id), code, now())

    @router.get("/second-step")
    async def step(request: Request, viewer: Viewer = looks) -> Response:
        return await run_in_threadpool(show_step, asked_by(request, viewer), viewer)

    @router.post("/second-step")
    async def confirm(request: Request, posted: Posted = sets_up) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer
        try:
            form = pages.read(Confirm, posted.fields, asked.language)
            codes = await run_in_threadpool(turn_on, viewer, form.code)
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
        return to(SECURITY, "step_off")

    return router
