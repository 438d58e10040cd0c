"""What admins change about somebody's access: role, sessions, second step, password link, whether the account works."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlalchemy.orm import Session

from handoff import access_links, agent_sessions, capacity, people, second_step
from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.console.pages.person import PEOPLE, Id, PersonPages, find_agent, link_of
from handoff.console.pages.shell import Form, Pages, asked_by, to
from handoff.console.session import Guard, Posted
from handoff.model import Agent
from handoff.troubles import again_when_undone


class NewRole(Form):
    role: Literal["admin", "lead", "agent"]


class OneSession(Form):
    id: str


class Nothing(Form):
    """A button without fields."""


def access_routes(
    acts: Acts,
    pages: Pages,
    guard: Guard,
    now: Callable[[], datetime],
    can_take_more: Callable[[], None],
    public_url: str,
) -> APIRouter:
    """Routes below /admin/people/{id}, for admins."""
    router = APIRouter(prefix=PEOPLE, include_in_schema=False)
    for_people, for_security = Depends(guard.form("manage_people")), Depends(guard.form("manage_security"))
    one = PersonPages(acts, pages, now)

    def existing(agent_id: str) -> None:
        with acts.database.read() as session:
            find_agent(session, agent_id)

    @router.post("/{agent_id}/role")
    async def role(request: Request, agent_id: Id, posted: Posted = for_people) -> Response:
        def change(session: Session, agent_id: str, form: NewRole) -> None:
            people.change_role(session, agent_id, form.role, f"agent:{posted.viewer.id}", now())

        return await one.act(request, posted, agent_id, NewRole, change, "saved")

    @router.post("/{agent_id}/sessions/end")
    async def end_session(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        def end(session: Session, agent_id: str, form: OneSession) -> None:
            agent_sessions.end(session, capacity.hold(session, agent_id), form.id, f"agent:{posted.viewer.id}", now())

        return await one.act(request, posted, agent_id, OneSession, end, "session_ended")

    @router.post("/{agent_id}/sessions/end-all")
    async def end_sessions(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        def end(session: Session, agent_id: str, _: Nothing) -> None:
            agent_sessions.end_all(session, capacity.hold(session, agent_id), f"agent:{posted.viewer.id}", now())

        return await one.act(request, posted, agent_id, Nothing, end, "all_sessions_ended")

    @router.post("/{agent_id}/second-step/off")
    async def step_off(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        def turn_off(session: Session, agent_id: str, _: Nothing) -> None:
            second_step.turn_off(session, capacity.hold(session, agent_id), f"agent:{posted.viewer.id}", now())

        return await one.act(request, posted, agent_id, Nothing, turn_off, "step_off_theirs")

    @router.post("/{agent_id}/enable")
    async def enable(request: Request, agent_id: Id, posted: Posted = for_people) -> Response:
        def run(session: Session, agent_id: str, _: Nothing) -> None:
            people.enable(session, agent_id, f"agent:{posted.viewer.id}", now())

        return await one.act(request, posted, agent_id, Nothing, run, "enabled")

    @router.post("/{agent_id}/disable")
    async def disable(request: Request, agent_id: Id, posted: Posted = for_people) -> Response:
        asked, by = asked_by(request, posted.viewer), f"agent:{posted.viewer.id}"
        try:
            pages.only(Nothing, posted.fields)
            await run_in_threadpool(existing, agent_id)
            await run_in_threadpool(again_when_undone(people.disable), acts, agent_id, by, now())
        except AccountError as error:
            refused = pages.refused(error, asked.language, {})
            return await run_in_threadpool(one.show, asked, posted.viewer, agent_id, refused)
        can_take_more()
        return to(f"{PEOPLE}/{agent_id}", "disabled")

    @router.post("/{agent_id}/password-link")
    async def password_link(request: Request, agent_id: Id, posted: Posted = for_security) -> Response:
        asked = asked_by(request, posted.viewer)

        def run() -> tuple[str, str]:
            with acts.database.write() as session:
                by, agent = session.get_one(Agent, posted.viewer.id), find_agent(session, agent_id)
                lasts = acts.settings.password_link
                return access_links.password_link(session, agent, by, now(), lasts), agent.name

        try:
            pages.only(Nothing, posted.fields)
            token, name = await run_in_threadpool(run)
        except AccountError as error:
            refused = pages.refused(error, asked.language, {})
            return await run_in_threadpool(one.show, asked, posted.viewer, agent_id, refused)
        until = now() + acts.settings.password_link
        return pages.render(
            asked, "link.html", link=link_of(request, public_url, "password", token), whom=name, until=until, kind="password",
            back=f"{PEOPLE}/{agent_id}",
        )  # fmt: skip

    return router
