"""The pages behind a link that lets one person in: her account by invitation, or a new password."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from handoff import access_links
from handoff.access_links import DeadLink
from handoff.accounts import SHORTEST_PASSWORD, AccountError
from handoff.acts import Acts
from handoff.console.pages.shell import LANGUAGE_COOKIE, Asked, Form, Pages, Wrong, asked_by, to
from handoff.console.session import own_form
from handoff.people_model import LinkPurpose

Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{43}$")]
_YEAR = 365 * 24 * 3600

_SENT = Depends(own_form)


class NewAccount(Form):
    """What only the invited person can say. Address, role and teams are the invitation's."""

    name: str
    password: str
    again: str
    language: Literal["en", "es", "vi"]


class NewPassword(Form):
    password: str
    again: str


def joining_routes(
    acts: Acts, pages: Pages, now: Callable[[], datetime], password_changed: Callable[[str], None]
) -> APIRouter:
    """Routes /desk/join/{token} and /desk/password/{token}. Looking at a link does not use it up: mail programs look."""
    router = APIRouter(prefix="/desk", include_in_schema=False)

    async def show(
        asked: Asked, token: str, purpose: LinkPurpose, wrong: Wrong | None = None, status: int = 200
    ) -> Response:
        def look() -> str:
            with acts.database.read() as session:
                return access_links.look(session, token, purpose, now()).email

        try:
            email = await run_in_threadpool(look)
        except DeadLink:
            return pages.render(asked, "dead_link.html", status=404)
        return pages.render(
            asked, "join.html", wrong=wrong, status=status, email=email, invited=purpose == "invitation",
            shortest=SHORTEST_PASSWORD,
        )  # fmt: skip

    def same(asked: Asked, form: NewAccount | NewPassword, given: dict[str, str]) -> None:
        if form.password != form.again:
            raise Wrong({"again": pages.wrong(asked.language, "again")}, given)

    def shown_again(wrong: Wrong) -> Wrong:
        """What was typed, without passwords."""
        return Wrong(wrong.fields, {name: wrong.given[name] for name in ("name", "language") if name in wrong.given})

    @router.get("/join/{token}")
    async def invitation(request: Request, token: Token) -> Response:
        return await show(asked_by(request, None), token, "invitation")

    @router.post("/join/{token}")
    async def join(request: Request, token: Token, fields: dict[str, list[str]] = _SENT) -> Response:
        asked = asked_by(request, None)

        def make(form: NewAccount) -> None:
            with acts.database.write() as session:
                access_links.accept(session, token, form.name, form.password, form.language, now())

        try:
            form = pages.read(NewAccount, fields, asked.language)
            given = {"name": form.name, "language": form.language}
            same(asked, form, given)
            await run_in_threadpool(make, form)
        except Wrong as wrong:
            return await show(asked, token, "invitation", shown_again(wrong), 422)
        except AccountError as error:
            return await show(asked, token, "invitation", pages.refused(error, asked.language, given), 422)
        except DeadLink:
            return await show(asked, token, "invitation")
        done = to("/desk/login", "joined")
        done.set_cookie(LANGUAGE_COOKIE, form.language, max_age=_YEAR, httponly=True, samesite="lax")
        return done

    @router.get("/password/{token}")
    async def password_page(request: Request, token: Token) -> Response:
        return await show(asked_by(request, None), token, "password")

    @router.post("/password/{token}")
    async def choose(request: Request, token: Token, fields: dict[str, list[str]] = _SENT) -> Response:
        asked = asked_by(request, None)

        def change(form: NewPassword) -> str:
            with acts.database.write() as session:
                return access_links.choose_password(session, token, form.password, now()).email

        try:
            form = pages.read(NewPassword, fields, asked.language)
            same(asked, form, {})
            password_changed(await run_in_threadpool(change, form))
        except Wrong as wrong:
            return await show(asked, token, "password", shown_again(wrong), 422)
        except AccountError as error:
            return await show(asked, token, "password", pages.refused(error, asked.language, {}), 422)
        except DeadLink:
            return await show(asked, token, "password")
        return to("/desk/login", "password_changed")

    return router
