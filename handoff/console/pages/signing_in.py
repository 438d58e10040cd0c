"""The pages of signing in: password, second step, signing out, and the cookies of a session."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from handoff import accounts
from handoff.acts import Acts
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by
from handoff.console.session import PLACES, Guard, Posted, own_form
from handoff.sign_in_tries import DEVICE_KNOWN, TooSoon
from handoff.signing_in import HALF_LASTS, Browser, Entered, OwesCode, SigningIn

DEVICE, HALF = "faqdesk_device", "faqdesk_half"
_LOGIN = "/desk/login"

_SENT = Depends(own_form)


class Password(Form):
    """Who somebody says that she is, and the proof."""

    email: str = Field(max_length=4000)
    password: str


class Code(Form):
    """Of the app, or a recovery code."""

    code: str = Field(max_length=100)


class Cookies:
    """Sets and removes what a browser keeps."""

    def __init__(self, acts: Acts, secure: bool) -> None:
        self._lasts, self._secure = acts.settings.agent_session, secure

    def enter(self, response: Response, entered: Entered) -> Response:
        """The session, and the token by which the account knows this browser."""
        for place, name in PLACES.items():
            self.put(response, name, entered.session.token, place, int(self._lasts.total_seconds()))
        self.put(response, DEVICE, entered.device, _LOGIN, int(DEVICE_KNOWN.total_seconds()))
        response.delete_cookie(HALF, path=_LOGIN)
        return response

    def half(self, response: Response, owes: OwesCode) -> Response:
        """That the first step is done."""
        self.put(response, HALF, owes.token, _LOGIN, int(HALF_LASTS.total_seconds()))
        return response

    def leave(self, response: Response) -> Response:
        for place, name in PLACES.items():
            response.delete_cookie(name, path=place)
        return response

    def put(self, response: Response, name: str, value: str, path: str, seconds: int, *, lax: bool = False) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=path,
            httponly=True,
            samesite="lax" if lax else "strict",
            secure=self._secure,
        )


def browser_of(request: Request) -> Browser:
    """From where and with what somebody signs in."""
    address = request.client.host if request.client else "?"
    return Browser(address, request.headers.get("user-agent", "")[:300], request.cookies.get(DEVICE, "")[:100])


def signing_in_routes(
    acts: Acts, pages: Pages, guard: Guard, cookies: Cookies, now: Callable[[], datetime]
) -> APIRouter:
    """Routes below /desk/login, and the way out."""
    router = APIRouter(prefix="/desk", include_in_schema=False)
    signing_in = SigningIn(acts.database, acts.settings)
    leaves = Depends(guard.form(setting_up=True))
    provider = acts.settings.oidc.name if acts.settings.oidc else ""

    def login_page(asked: Asked, wrong: Wrong | None = None, status: int = 200) -> Response:
        return pages.render(asked, "login.html", wrong=wrong, status=status, provider=provider)

    def code_page(asked: Asked, wrong: Wrong | None = None, status: int = 200) -> Response:
        return pages.render(asked, "code.html", wrong=wrong, status=status)

    def too_soon(asked: Asked, error: TooSoon, given: dict[str, str]) -> Wrong:
        seconds = max(int(error.wait.total_seconds() + 0.999), 1)
        unit, count = ("minutes", -(-seconds // 60)) if seconds > 90 else ("seconds", seconds)
        return Wrong({"": pages.say(asked.language, f"too_soon_{unit}", count=count)}, given)

    @router.get("/login")
    async def login(request: Request) -> Response:
        asked = asked_by(request, None)
        over = "over" in request.query_params
        return login_page(asked, Wrong({"": pages.say(asked.language, "wrong_half_over")}) if over else None)

    @router.post("/login")
    async def log_in(request: Request, fields: dict[str, list[str]] = _SENT) -> Response:
        asked, browser = asked_by(request, None), browser_of(request)
        try:
            form = pages.read(Password, fields, asked.language)
        except Wrong as wrong:
            return login_page(asked, Wrong(wrong.fields), 422)
        given = {"email": form.email[:254]}
        try:
            found = await run_in_threadpool(signing_in.with_password, form.email[:254], form.password, browser, now())
        except TooSoon as error:
            return login_page(asked, too_soon(asked, error, given), 429)
        if found is None:
            return login_page(asked, Wrong({"": pages.say(asked.language, "wrong_sign_in")}, given), 401)
        if isinstance(found, OwesCode):
            return cookies.half(RedirectResponse("/desk/login/code", 303), found)
        return cookies.enter(RedirectResponse("/desk", 303), found)

    @router.get("/login/code")
    async def code(request: Request) -> Response:
        if not request.cookies.get(HALF):
            return RedirectResponse(_LOGIN, 303)
        return code_page(asked_by(request, None))

    @router.post("/login/code")
    async def give_code(request: Request, fields: dict[str, list[str]] = _SENT) -> Response:
        asked, token = asked_by(request, None), request.cookies.get(HALF, "")
        try:
            form = pages.read(Code, fields, asked.language)
            entered = await run_in_threadpool(signing_in.with_code, token, form.code, browser_of(request), now())
        except Wrong as wrong:
            return code_page(asked, Wrong(wrong.fields), 422)
        except TooSoon as error:
            return code_page(asked, too_soon(asked, error, {}), 429)
        except LookupError:
            gone = RedirectResponse(f"{_LOGIN}?over", 303)
            gone.delete_cookie(HALF, path=_LOGIN)
            return gone
        if entered is None:
            return code_page(asked, Wrong({"code": pages.wrong(asked.language, "code")}), 401)
        return cookies.enter(RedirectResponse("/desk", 303), entered)

    @router.post("/account/sign-out")
    async def sign_out(request: Request, _: Posted = leaves) -> Response:
        def out() -> None:
            with acts.database.write() as session:
                for name in PLACES.values():
                    accounts.sign_out(session, request.cookies.get(name, ""))

        await run_in_threadpool(out)
        return cookies.leave(RedirectResponse(_LOGIN, 303))

    return router
