"""The console's side of routing: take the next, offers, priorities, who is there and takes what, and calls to make."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from handoff import capacity, offers, permissions, presence, routing, teams
from handoff.acts import Acts
from handoff.console.session import Viewer
from handoff.model import Agent, Callback
from handoff.routing import Priority

Act = Callable[..., Awaitable[Any]]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Availability(_Body):
    """Whether the agent takes new conversations."""

    available: bool


class NewPriority(_Body):
    """The higher is served first; 0 is everybody's."""

    priority: Priority


class Serving(_Body):
    """What an agent takes on; what is left out stays."""

    capacity: Annotated[int, Field(ge=0, le=teams.HIGHEST_CAPACITY)] | None = None
    languages: Annotated[list[str], Field(max_length=20)] | None = None
    skills: Annotated[list[str], Field(max_length=50)] | None = None


def serving_routes(
    acts: Acts,
    act: Act,
    now: Callable[[], datetime],
    may_read: Any,
    may_change: Any,
    can_take_more: Callable[[], None],
) -> APIRouter:
    """Routes below /desk/api. `can_take_more` is called when an agent may be given what waits."""
    router = APIRouter(prefix="/api")
    reads, changes = Depends(may_read), Depends(may_change)

    @router.post("/next")
    async def take_next(viewer: Viewer = changes) -> dict[str, str | None]:
        return {"id": await act(acts.take_next, viewer.id)}

    @router.post("/conversations/{conversation_id}/priority", status_code=204)
    async def priority(conversation_id: str, body: NewPriority, viewer: Viewer = changes) -> None:
        await act(acts.set_priority, conversation_id, viewer.id, body.priority)

    @router.get("/offers")
    async def offered(viewer: Viewer = reads) -> dict[str, Any]:
        def look() -> list[dict[str, str]]:
            with acts.database.read() as session:
                return [
                    {"conversation": offer.conversation_id, "expires_at": offer.expires_at.isoformat()}
                    for offer in offers.of_agent(session, viewer.id)
                ]

        return {"offers": await run_in_threadpool(look), "now": now().isoformat()}

    @router.get("/team")
    async def team(viewer: Viewer = reads) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            with acts.database.read() as session:
                return _team(session, acts, now())

        return await run_in_threadpool(look)

    @router.post("/me/available", status_code=204)
    async def available(body: Availability, viewer: Viewer = changes) -> None:
        def switch() -> None:
            with acts.database.write() as session:
                presence.set_available(session, viewer.id, body.available, now())

        await run_in_threadpool(switch)
        can_take_more()

    @router.post("/agents/{agent_id}", status_code=204)
    async def serving(agent_id: Id, body: Serving, viewer: Viewer = changes) -> None:
        if not viewer.may("manage_teams"):
            raise HTTPException(403, "only a lead or an admin sets what an agent takes on")

        def change() -> None:
            with acts.database.write() as session:
                if session.get(Agent, agent_id) is None:
                    raise HTTPException(404, "there is no such agent")
                agent = capacity.hold(session, agent_id)
                if not permissions.leads_agent(session, viewer.id, viewer.role, agent):
                    raise HTTPException(403, "this agent is in another team; its lead or an admin sets that")
                teams.set_serving(session, agent, f"agent:{viewer.id}", now(), **body.model_dump())

        try:
            await run_in_threadpool(change)
        except teams.TeamError as error:
            raise HTTPException(422, str(error)) from None
        can_take_more()

    return router


def callback_row(callback: Callback) -> dict[str, Any]:
    """A callback as agents see it."""
    return {
        "id": callback.id,
        "conversation": callback.conversation_id,
        "phone": callback.phone,
        "wish": callback.wish,
        "asked_at": callback.asked_at.isoformat(),
        "due_at": callback.due_at.isoformat() if callback.due_at else None,
    }


def no_room(error: capacity.NoRoom) -> dict[str, Any]:
    """Who is full; the page has its own words when it is the agent herself."""
    return {"reason": "no_room", "agent_id": error.agent_id, "count": error.capacity, "words": str(error)}


def offer_row(session: Session, conversation_id: str) -> dict[str, str] | None:
    """Whose a waiting conversation is to take just now."""
    offer = offers.open_offer(session, conversation_id)
    return {"agent_id": offer.agent_id, "expires_at": offer.expires_at.isoformat()} if offer else None


def _team(session: Session, acts: Acts, now: datetime) -> dict[str, Any]:
    within = acts.settings.online_within
    return {
        "agents": [
            {
                "id": one.id,
                "name": one.name,
                "presence": ("online" if one.available else "away") if one.online else "gone",
                "available": one.available,
                "capacity": one.capacity,
                "in_hand": capacity.in_hand(session, one.id),
                "offered": capacity.offered(session, one.id),
                "languages": sorted(one.languages),
                "skills": sorted(one.skills),
                "teams": sorted(one.teams),
            }
            for one in routing.people(session, now, within)
        ],
        "teams": [{"id": team.id, "name": team.name} for team in teams.all_open(session)],
    }
