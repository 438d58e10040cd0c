"""The pages of teams: which there are, and who is in them. A lead of teams changes hers and no other."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import permissions, teams
from handoff.acts import Acts
from handoff.console.pages.shell import Asked, Form, Pages, Wrong, asked_by, missing, to
from handoff.console.session import Guard, Posted, Viewer
from handoff.model import Agent, Team
from handoff.teams import TeamError

_TEAMS = "/admin/teams"
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class NewTeam(Form):
    name: str


class Members(Form):
    """Everybody who is in the team from now on."""

    members: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")], ...] = ()


class Nothing(Form):
    """A button without fields."""


def team_routes(
    acts: Acts, pages: Pages, guard: Guard, now: Callable[[], datetime], can_take_more: Callable[[], None]
) -> APIRouter:
    """Routes below /admin/teams."""
    router = APIRouter(prefix=_TEAMS, include_in_schema=False)
    reads, posts = Depends(guard.page("manage_teams")), Depends(guard.form("manage_teams"))

    def show_all(asked: Asked, viewer: Viewer, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            led = permissions.led_teams(session, viewer.id, viewer.role)
            rows = [
                (team, teams.members(session, team.id), led is None or team.id in led)
                for team in teams.all_open(session)
            ]
        code = 422 if wrong else 200
        return pages.render(asked, "teams.html", wrong=wrong, status=code, rows=rows, leads_shop=led is None)

    def show_one(asked: Asked, viewer: Viewer, team_id: str, wrong: Wrong | None = None) -> Response:
        with acts.database.read() as session:
            team = led_team(session, viewer, team_id)
            inside = {agent.id for agent in teams.members(session, team.id)}
            everybody = list(session.scalars(select(Agent).where(Agent.disabled_at.is_(None)).order_by(Agent.name)))
        code = 422 if wrong else 200
        return pages.render(asked, "team.html", wrong=wrong, status=code, team=team, inside=inside, everybody=everybody)

    async def change(viewer: Viewer, team_id: str, act: Callable[..., Any], *arguments: Any) -> None:
        def run() -> None:
            with acts.database.write() as session:
                act(session, led_team(session, viewer, team_id), *arguments)

        await run_in_threadpool(run)
        can_take_more()

    @router.get("")
    async def all_teams(request: Request, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show_all, asked_by(request, viewer), viewer)

    @router.post("")
    async def add(request: Request, posted: Posted = posts) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer

        def run(form: NewTeam) -> str:
            with acts.database.write() as session:
                if not permissions.leads_team(session, viewer.id, viewer.role, None):
                    raise HTTPException(403, "you lead your own teams; an admin can add another one")
                return teams.add(session, form.name, f"agent:{viewer.id}", now()).id

        try:
            form = pages.read(NewTeam, posted.fields, asked.language)
            team_id = await run_in_threadpool(run, form)
        except Wrong as wrong:
            return await run_in_threadpool(show_all, asked, viewer, wrong)
        except TeamError as error:
            refused = pages.refused(error, asked.language, {"name": form.name})
            return await run_in_threadpool(show_all, asked, viewer, refused)
        return to(f"{_TEAMS}/{team_id}", "team_added")

    @router.get("/{team_id}")
    async def team(request: Request, team_id: Id, viewer: Viewer = reads) -> Response:
        return await run_in_threadpool(show_one, asked_by(request, viewer), viewer, team_id)

    @router.post("/{team_id}/members")
    async def members(request: Request, team_id: Id, posted: Posted = posts) -> Response:
        asked, viewer = asked_by(request, posted.viewer), posted.viewer
        try:
            form = pages.read(Members, posted.fields, asked.language)
            await change(viewer, team_id, _set_members, form.members, f"agent:{viewer.id}", now())
        except Wrong as wrong:
            return await run_in_threadpool(show_one, asked, viewer, team_id, wrong)
        return to(f"{_TEAMS}/{team_id}", "saved")

    @router.post("/{team_id}/close")
    async def close(request: Request, team_id: Id, posted: Posted = posts) -> Response:
        pages.only(Nothing, posted.fields)
        await change(posted.viewer, team_id, teams.close, f"agent:{posted.viewer.id}", now())
        return to(_TEAMS, "team_closed")

    return router


def led_team(session: Session, viewer: Viewer, team_id: str) -> Team:
    """An open team that the viewer may change; 404 or 403 for another."""
    team = session.get(Team, team_id)
    if team is None or team.disabled_at is not None:
        raise missing("team")
    if not permissions.leads_team(session, viewer.id, viewer.role, team.id):
        raise HTTPException(403, "this is another team; its lead or an admin can change it")
    return team


def _set_members(session: Session, team: Team, wanted: tuple[str, ...], actor: str, now: datetime) -> None:
    before = {agent.id: agent for agent in teams.members(session, team.id)}
    for agent_id in sorted(set(wanted) - before.keys()):
        agent = session.get(Agent, agent_id)
        if agent is None or agent.disabled_at is not None:
            raise missing("person")
        teams.join(session, team, agent, actor, now)
    for agent_id in sorted(before.keys() - set(wanted)):
        teams.leave(session, team, before[agent_id], actor, now)
