"""The pages of people: who has an account and what each takes on, for leads; roles, invitations and access, for admins."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.orm import Session

from handoff import access_links, capacity, permissions, teams
from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.console.pages import people_views
from handoff.console.pages.person import PEOPLE, Id, PersonPages, link_of
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by, to
from handoff.console.session import Guard, Posted, Viewer
from handoff.model import Agent

TeamIds = tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")], ...]


class Invite(Form):
    email: str = Field(min_length=1, max_length=254)
    role: Literal["admin", "lead", "agent"]
    teams: TeamIds = ()


class Withdraw(Form):
    email: str = Field(max_length=254)


class Serving(Form):
    """What somebody takes on. Skills are written with commas between."""

    capacity: Annotated[int, Field(ge=0, le=teams.HIGHEST_CAPACITY)]
    languages: tuple[Literal["en", "es", "vi"], ...] = ()
    skills: str = Field("", max_length=2000)


def people_routes(
    acts: Acts,
    pages: Pages,
    guard: Guard,
    now: Callable[[], datetime],
    can_take_more: Callable[[], None],
    public_url: str,
) -> APIRouter:
    """Routes below /admin/people."""
    router = APIRouter(prefix=PEOPLE, include_in_schema=False)
    reads = Depends(guard.page("manage_teams"))

    invites = Depends(guard.page("manage_people"))
    posts, for_people = Depends(guard.form("manage_teams")), Depends(guard.form("manage_people"))
    one = PersonPages(acts, pages, now)

    def show_all(asked: Asked, viewer: Viewer) -> Response:
        with acts.database.read() as session:
            values = people_views.everybody(session, viewer, acts.settings, now())
        return pages.render(asked, "people.html", **values)

    def show_invite(asked: Asked, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            offered = teams.all_open(session)
        given = wrong or Wrong({}, {"email": asked.request.query_params.get("email", "")[:254]})
        code = 422 if wrong else 200
        return pages.render(
            asked, "invite.html", wrong=given, status=code, teams=offered, days=acts.settings.invitation.days
        )

    @router.get("")
    async def everybody(request: Request, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show_all, asked_by(request, viewer), viewer)

    @router.get("/invite")
    async def invite_page(request: Request, viewer: Viewer = invites) -> Response:
        return await run_in_threadpool(show_invite, asked_by(request, viewer))

    @router.post("/invite")
    async def invite(request: Request, posted: Posted = for_people) -> Response:
        asked = asked_by(request, posted.viewer)

        def run(form: Invite) -> str:
            with acts.database.write() as session:
                by = session.get_one(Agent, posted.viewer.id)
                lasts = acts.settings.invitation
                return access_links.invite(session, form.email, form.role, list(form.teams), by, now(), lasts)

        try:
            form = pages.read(Invite, posted.fields, asked.language)
            token = await run_in_threadpool(run, form)
        except Wrong as wrong:
            return await run_in_threadpool(show_invite, asked, wrong)
        except AccountError as error:
            return await run_in_threadpool(show_invite, asked, pages.refused(error, asked.language, form.model_dump()))
        until = now() + acts.settings.invitation
        return pages.render(
            asked, "link.html", link=link_of(request, public_url, "join", token), whom=form.email, until=until,
            kind="invitation", back=PEOPLE,
        )  # fmt: skip

    @router.post("/withdraw")
    async def withdraw(request: Request, posted: Posted = for_people) -> Response:
        form = pages.only(Withdraw, posted.fields)

        def run() -> None:
            with acts.database.write() as session:
                access_links.withdraw(session, form.email, session.get_one(Agent, posted.viewer.id), now())

        await run_in_threadpool(run)
        return to(PEOPLE, "withdrawn")

    @router.get("/{agent_id}")
    async def person(request: Request, agent_id: Id, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(one.show, asked_by(request, viewer), viewer, agent_id)

    @router.post("/{agent_id}/serving")
    async def serving(request: Request, agent_id: Id, posted: Posted = posts) -> Response:
        viewer = posted.viewer

        def change(session: Session, agent_id: str, form: Serving) -> None:
            agent = capacity.hold(session, agent_id)
            if not permissions.leads_agent(session, viewer.id, viewer.role, agent):
                raise HTTPException(403, "this person is in another team; its lead or an admin can change that")
            skills = [part.strip() for part in form.skills.split(",") if part.strip()]
            teams.set_serving(
                session, agent, f"agent:{viewer.id}", now(),
                capacity=form.capacity, languages=list(form.languages), skills=skills,
            )  # fmt: skip

        answer = await one.act(request, posted, agent_id, Serving, change, "saved")
        can_take_more()
        return answer

    return router
