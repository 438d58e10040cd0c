"""All pages for people, put together."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from handoff.acts import Acts
from handoff.console.channel_desk import ChannelDesk
from handoff.console.pages.access import access_routes
from handoff.console.pages.account import account_routes
from handoff.console.pages.audit import audit_routes
from handoff.console.pages.channels import channel_routes
from handoff.console.pages.hours import hours_routes
from handoff.console.pages.joining import joining_routes
from handoff.console.pages.people import people_routes
from handoff.console.pages.provider import provider_routes
from handoff.console.pages.second_step import second_step_routes
from handoff.console.pages.shell import MENU, Pages
from handoff.console.pages.signing_in import Cookies, signing_in_routes
from handoff.console.pages.teams import team_routes
from handoff.console.session import Guard, Viewer


def people_pages(
    acts: Acts,
    now: Callable[[], datetime],
    *,
    secure_cookies: bool = False,
    public_url: str = "",
    can_take_more: Callable[[], None] = lambda: None,
    password_changed: Callable[[str], None] = lambda _: None,
    channels: ChannelDesk | None = None,
) -> APIRouter:
    """Signing in, /desk/account and /admin.

    `public_url` is where links in invitations lead, where it is not what the admin's own browser says; `password_changed` is
    told the address of an account whose password is new.
    """
    router = APIRouter(include_in_schema=False)
    guard, pages, cookies = (
        Guard(acts.database, now, acts.settings.require_totp, acts.settings.teams_apart),
        Pages(acts, now),
        Cookies(acts, secure_cookies),
    )
    router.include_router(signing_in_routes(acts, pages, guard, cookies, now))
    if acts.settings.oidc is not None:
        router.include_router(provider_routes(acts, acts.settings.oidc, pages, cookies, now, public_url))
    router.include_router(joining_routes(acts, pages, now, password_changed))
    router.include_router(account_routes(acts, pages, guard, now, can_take_more, password_changed))
    router.include_router(second_step_routes(acts, pages, guard, now))
    router.include_router(hours_routes(acts, pages, guard, now))
    router.include_router(team_routes(acts, pages, guard, now, can_take_more))
    router.include_router(people_routes(acts, pages, guard, now, can_take_more, public_url))
    router.include_router(access_routes(acts, pages, guard, now, can_take_more, public_url))
    if channels is not None:
        router.include_router(channel_routes(channels, pages, guard))
    router.include_router(audit_routes(acts, pages, guard))

    leads = Depends(guard.page("manage_teams"))

    @router.get("/admin")
    async def admin(viewer: Viewer = leads) -> Response:
        first = next(href for _, href, needs in MENU if href.startswith("/admin") and viewer.may(needs))
        return RedirectResponse(first, 303)

    return router
