"""Signing in at an OpenID Connect provider: the way there, and the way back."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from handoff import provider_people
from handoff.acts import Acts
from handoff.console.pages.shell import Asked, Pages, Wrong, asked_by
from handoff.console.pages.signing_in import Cookies, browser_of
from handoff.oidc import Person, Provider, ProviderTrouble
from handoff.oidc_settings import OidcSettings
from handoff.provider_people import NotInvited
from handoff.sign_in_tries import Trying
from handoff.signing_in import Entered, OwesCode, SigningIn

log = structlog.get_logger()
_COOKIE, _PLACE = "faqdesk_provider", "/desk/login/provider"
_BEGINNINGS = RateLimitItemPerMinute(120)  # by one address; each of them is a row for a while
Text = Annotated[str, Query(max_length=4000)]


def provider_routes(
    acts: Acts,
    settings: OidcSettings,
    pages: Pages,
    cookies: Cookies,
    now: Callable[[], datetime],
    public_url: str,
) -> APIRouter:
    """Routes below /desk/login/provider."""
    router = APIRouter(prefix=_PLACE, include_in_schema=False)
    provider, signing_in = Provider(settings), SigningIn(acts.database, acts.settings)
    limiter = MovingWindowRateLimiter(MemoryStorage())

    def back(request: Request) -> str:
        """Where the provider sends people. It knows this address by heart, so a forged host leads nowhere."""
        return f"{(public_url or str(request.base_url)).rstrip('/')}{_PLACE}/back"

    def refused(asked: Asked, key: str, status: int) -> Response:
        wrong = Wrong({"": pages.wrong(asked.language, key, name=settings.name)})
        return pages.render(asked, "login.html", wrong=wrong, status=status, provider=settings.name)

    @router.get("")
    async def begin(request: Request) -> Response:
        asked = asked_by(request, None)
        if not limiter.hit(_BEGINNINGS, browser_of(request).address):
            return refused(asked, "provider_often", 429)
        try:
            begun = await provider.begin(back(request), now())
        except ProviderTrouble as error:
            log.warning("provider.trouble", reason=str(error))
            return refused(asked, "provider_away", 502)
        token = secrets.token_urlsafe(32)

        def keep() -> None:
            with acts.database.write() as session:
                provider_people.remember(session, begun, token, now())

        await run_in_threadpool(keep)
        away = RedirectResponse(begun.url, 303, headers={"cache-control": "no-store"})
        # Lax: it has to come along when the provider sends the browser back.
        cookies.put(away, _COOKIE, token, _PLACE, int(provider_people.LASTS.total_seconds()), lax=True)
        return away

    @router.get("/back")
    async def come_back(
        request: Request, state: Text = "", code: Text = "", error: Text = "", iss: Text = ""
    ) -> Response:
        asked, at = asked_by(request, None), now()

        def recall() -> tuple[str, str] | None:
            with acts.database.write() as session:
                return provider_people.recall(session, state, request.cookies.get(_COOKIE, ""), at)

        kept = await run_in_threadpool(recall)
        if kept is None:
            return refused(asked, "provider_over", 400)
        if error or not code or iss not in ("", settings.issuer):
            log.info("provider.refused", error=error[:100])
            return refused(asked, "provider_no", 401)
        nonce, verifier = kept
        try:
            person = await provider.finish(code, verifier, nonce, back(request), at)
            entered = await run_in_threadpool(enter, request, person, asked.language, at)
        except ProviderTrouble as trouble:
            log.warning("provider.trouble", reason=str(trouble))
            return refused(asked, "provider_away", 502)
        except NotInvited as reason:
            log.info("provider.not_invited", reason=str(reason))
            return refused(asked, "provider_unknown", 403)
        return land(asked, entered)

    def enter(request: Request, person: Person, language: str, at: datetime) -> Entered | OwesCode:
        browser = browser_of(request)
        with acts.database.write() as session:
            agent = provider_people.account_of(session, person, settings, language, at)
            trying = Trying(browser.address, agent.email, browser.device)
            return signing_in.go_on(session, agent, trying, browser, at, "provider")

    def land(asked: Asked, entered: Entered | OwesCode) -> Response:
        """A page of ours that goes on by itself: the session's cookie is not sent on a way that began elsewhere."""
        place = "/desk/login/code" if isinstance(entered, OwesCode) else "/desk"
        page = pages.render(asked, "landing.html", place=place)
        page.delete_cookie(_COOKIE, path=_PLACE)
        return cookies.half(page, entered) if isinstance(entered, OwesCode) else cookies.enter(page, entered)

    return router
