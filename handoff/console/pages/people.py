"""The pages of people: who has an account and what each takes on, for leads; roles, invitations and access, for admins."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.orm import Session

from handoff import access_links, agent_sessions, capacity, people, permissions, second_step, teams
from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.console.pages import people_views
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by, missing, to
from handoff.console.session import Guard, Posted, Viewer
from handoff.model import Agent
from handoff.teams import TeamError
from handoff.troubles import again_when_undone

_PEOPLE = "/admin/people"
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
TeamIds = tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")], ...]


class Invite(Form):
    email: str = Field(min_length=1, max_length=254)
    role: Literal["admin", "lead", "agent"]
    teams: TeamIds = ()


class Withdraw(Form):
    email: str = Field(max_length=254)


class NewRole(Form):
    role: Literal["admin", "lead", "agent"]


class Serving(Form):
    """What somebody takes on. Skills are written with commas between."""

    capacity: Annotated[int, Field(ge=0, le=teams.HIGHEST_CAPACITY)]
    languages: tuple[Literal["en", "es", "vi"], ...] = ()
    skills: str = Field("", max_length=2000)


class OneSession(Form):
    id: str


class Nothing(Form):
    """A button without fields."""


def people_routes(
    acts: Acts,
    pages: Pages,
    guard: Guard,
    now: Callable[[], datetime],
    can_take_more: Callable[[], None],
    public_url: str,
) -> APIRouter:
    """Routes below /admin/people."""
    router = APIRouter(prefix=_PEOPLE, include_in_schema=False)
    reads = Depends(guard.page("manage_teams"))

    invites = Depends(guard.page("manage_people"))
    posts, for_people = Depends(guard.form("manage_teams")), Depends(guard.form("manage_people"))
    for_security = Depends(guard.form("manage_security"))

    def link(request: Request, kind: str, token: str) -> str:
        """As the person will open it; the form's origin has been found to be this host."""
        return f"{(public_url or request.headers['origin']).rstrip('/')}/desk/{kind}/{token}"

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

    def show_one(asked: Asked, viewer: Viewer, agent_id: str, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            values = people_views.one(session, _find(session, agent_id), viewer, acts.settings, now())
        code = 422 if wrong else 200
        return pages.render(asked, "person.html", wrong=wrong, status=code, **values)

    async def act_on(
        request: Request, posted: Posted, agent_id: str, form: type[Form], act: Callable[..., Any], said: str
    ) -> Response:
        """One act on somebody's account: `act(session, agent, form's values)`; what cannot be is said on her page."""
        asked = asked_by(request, posted.viewer)

        def run(values: Form) -> Any:
            with acts.database.write() as session:
                _find(session, agent_id)
                return act(session, agent_id, values)

        try:
            values = pages.read(form, posted.fields, asked.language)
            await run_in_threadpool(again_when_undone(run), values)
        except Wrong as wrong:
            return await run_in_threadpool(show_one, asked, posted.viewer, agent_id, wrong)
        except (AccountError, TeamError) as error:
            refused = pages.refused(error, asked.language, values.model_dump())
            return await run_in_threadpool(show_one, asked, posted.viewer, agent_id, refused)
        return to(f"{_PEOPLE}/{agent_id}", said)

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
            asked, "link.html", link=link(request, "join", token), whom=form.email, until=until, kind="invitation",
            back=_PEOPLE,
        )  # fmt: skip

    @router.post("/withdraw")
    async def withdraw(request: Request, posted: Posted = for_people) -> Response:
        form = pages.only(Withdraw, posted.fields)

        def run() -> None:
            with acts.database.write() as session:
                access_links.withdraw(session, form.email, session.get_one(Agent, posted.viewer.id), now())

        await run_in_threadpool(run)
        return to(_PEOPLE, "withdrawn")

    @router.get("/{agent_id}")
    async def person(request: Request, agent_id: Id, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show_one, asked_by(request, viewer), viewer, agent_id)

    @router.post("/{agent_id}/role")
    async def role(request: Request, agent_id: Id, posted: Posted = for_people) -> Response:
        def change(session: Session, one: str, form: NewRole) -> None:
            people.change_role(session, one, form.role, f"agent:{posted.viewer.id}", now())

        return await act_on(request, posted, agent_id, NewRole, change, "saved")

    @router.post("/{agent_id}/serving")
    async def serving(request: Request, agent_id: Id, posted: Posted = posts) -> Response:
        viewer = posted.viewer

        def change(session: Session, one: str, form: Serving) -> None:
            agent = capacity.hold(session, one)
            if not permissions.leads_agent(session, viewer.id, viewer.role, agent):
                raise HTTPException(403, "this person is in another team; its lead or an admin can change that")
            skills = [part.strip() for part in form.skills.split(",") if part.strip()]
            teams.set_serving(
                session, agent, f"agent:{viewer.id}", now(),
                capacity=form.capacity, languages=list(form.languages), skills=skills,
            )  # fmt: skip

        answer = await act_on(request, posted, agent_id, Serving, change, "saved")
        can_take_more()
        return answer

    @router.post("/{agent_id}/sessions/end")
    async def end_session(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        def end(session: Session, one: str, form: OneSession) -> None:
            agent_sessions.end(session, capacity.hold(session, one), form.id, f"agent:{posted.viewer.id}", now())

        return await act_on(request, posted, agent_id, OneSession, end, "session_ended")

    @router.post("/{agent_id}/sessions/end-all")
    async def end_sessions(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        def end(session: Session, one: str, _: Nothing) -> None:
            agent_sessions.end_all(session, capacity.hold(session, one), f"agent:{posted.viewer.id}", now())

        return await act_on(request, posted, agent_id, Nothing, end, "all_sessions_ended")

    @router.post("/{agent_id}/second-step/off")
    async def step_off(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        def turn_off(session: Session, one: str, _: Nothing) -> None:
            second_step.turn_off(session, capacity.hold(session, one), f"agent:{posted.viewer.id}", now())

        return await act_on(request, posted, agent_id, Nothing, turn_off, "step_off_theirs")

    @router.post("/{agent_id}/enable")
    async def enable(request: Request, agent_id: Id, posted: Posted = for_people) -> Response:
        def run(session: Session, one: str, _: Nothing) -> None:
            people.enable(session, one, f"agent:{posted.viewer.id}", now())

        return await act_on(request, posted, agent_id, Nothing, run, "enabled")

    @router.post("/{agent_id}/disable")
    async def disable(request: Request, agent_id: Id, posted: Posted = for_people) -> Response:
        asked, by = asked_by(request, posted.viewer), f"agent:{posted.viewer.id}"
        try:
            pages.only(Nothing, posted.fields)
            await run_in_threadpool(_existing, acts, agent_id)
            await run_in_threadpool(again_when_undone(people.disable), acts, agent_id, by, now())
        except AccountError as error:
            refused = pages.refused(error, asked.language, {})
            return await run_in_threadpool(show_one, asked, posted.viewer, agent_id, refused)
        can_take_more()
        return to(f"{_PEOPLE}/{agent_id}", "disabled")

    @router.post("/{agent_id}/password-link")
    async def password_link(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        asked = asked_by(request, posted.viewer)

        def run() -> tuple[str, str]:
            with acts.database.write() as session:
                by, agent = session.get_one(Agent, posted.viewer.id), _find(session, agent_id)
                lasts = acts.settings.password_link
                return access_links.password_link(session, agent, by, now(), lasts), agent.name

        try:
            pages.only(Nothing, posted.fields)
            token, name = await run_in_threadpool(run)
        except AccountError as error:
            refused = pages.refused(error, asked.language, {})
            return await run_in_threadpool(show_one, asked, posted.viewer, agent_id, refused)
        until = now() + acts.settings.password_link
        return pages.render(
            asked, "link.html", link=link(request, "password", token), whom=name, until=until, kind="password",
            back=f"{_PEOPLE}/{agent_id}",
        )  # fmt: skip

    return router


def _find(session: Session, agent_id: str) -> Agent:
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise missing("person")
    return agent


def _existing(acts: Acts, agent_id: str) -> None:
    with acts.database.read() as session:
        _find(session, agent_id)
