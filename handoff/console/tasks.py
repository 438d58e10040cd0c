"""The console's side of what is left to do: how it ended, one out of two, calls to make, what was passed on to check."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from handoff import callbacks, follow_ups, phone_numbers
from handoff.acts import shopper_name
from handoff.console.session import Guard, Viewer
from handoff.desk_acts import DeskActs, Outcome
from handoff.events import LARGEST_SEQ
from handoff.model import Agent, Conversation
from handoff.writing import LONGEST_REPLY

Act = Callable[..., Awaitable[Any]]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
RowId = Annotated[int, Path(ge=1, le=LARGEST_SEQ)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Ending(_Body):
    """How a conversation ended. A merge says so itself."""

    resolution: Literal["solved", "no_reply", "not_ours", "spam", "other"] = "solved"


class Into(_Body):
    """Where a conversation goes on."""

    into: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Checked(_Body):
    """What the agent found; what was not solved is opened again for people."""

    solved: bool


class Called(_Body):
    """What became of a call; `tries` is how many had reached nobody when the agent looked."""

    outcome: Outcome
    note: Annotated[str, Field(max_length=LONGEST_REPLY)] = ""
    tries: Annotated[int, Field(ge=0, le=10_000)]


def task_routes(acts: DeskActs, act: Act, now: Callable[[], datetime], guard: Guard) -> APIRouter:
    """Routes below /desk/api; `act` runs one act and says in words what cannot be."""
    router = APIRouter(prefix="/api")
    changes = Depends(guard.changer)

    @router.post("/conversations/{conversation_id}/resolve", status_code=204)
    async def resolve(conversation_id: Id, body: Ending | None = None, viewer: Viewer = changes) -> None:
        ending = body or Ending()
        await act(lambda at: acts.acts.resolve(conversation_id, viewer.id, at, ending.resolution))

    @router.post("/conversations/{conversation_id}/merge", status_code=204)
    async def merge(conversation_id: Id, body: Into, viewer: Viewer = changes) -> None:
        await guard.reach(viewer, "conversation_id", body.into)
        await act(acts.merge, conversation_id, viewer.id, body.into)

    @router.post("/follow_ups/{follow_up_id}", status_code=204)
    async def check(follow_up_id: RowId, body: Checked, viewer: Viewer = changes) -> None:
        await act(acts.follow_up, follow_up_id, viewer.id, body.solved)

    @router.post("/callbacks/{callback_id}/outcome", status_code=204)
    async def called(callback_id: RowId, body: Called, viewer: Viewer = changes) -> None:
        await act(acts.called, callback_id, viewer.id, body.outcome, body.note, body.tries)

    @router.get("/tasks")
    async def tasks(viewer: Viewer = Depends(guard.viewer)) -> dict[str, Any]:  # noqa: B008
        """Calls to make, and what this agent passed on; the page counts from `now` which of that is due."""

        def look() -> dict[str, Any]:
            with acts.acts.database.read() as session:
                waiting = callbacks.waiting(session)
                passed_on = follow_ups.of_agent(session, viewer.id)
                named = [*(one.conversation_id for one in waiting), *(conversation.id for _, conversation in passed_on)]
                seen = guard.reach_of(viewer).among(session, named)
                calls = [_call(session, one) for one in waiting if one.conversation_id in seen]
                checks = [_check(session, *pair) for pair in passed_on if pair[1].id in seen]
                return {"calls": calls, "checks": checks}

        return await run_in_threadpool(look) | {"now": now().isoformat()}

    return router


def _call(session: Session, callback: Any) -> dict[str, Any]:
    conversation = session.get_one(Conversation, callback.conversation_id)
    return {
        "id": callback.id,
        "conversation": conversation.id,
        "name": shopper_name(session, conversation),
        "language": conversation.language,
        "phone": callback.phone,
        "phone_shown": phone_numbers.shown(callback.phone),
        "wish": callback.wish,
        "asked_at": callback.asked_at.isoformat(),
        "due_at": callback.due_at.isoformat() if callback.due_at else None,
        "tries": callbacks.tries_of(session, callback.id, conversation.id),
    }


def _check(session: Session, follow_up: Any, conversation: Conversation) -> dict[str, Any]:
    agent = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    return {
        "id": follow_up.id,
        "conversation": conversation.id,
        "name": shopper_name(session, conversation),
        "owner": conversation.owner,
        "agent_name": agent.name if agent else None,
        "resolution": conversation.resolution,
        "due_at": follow_up.due_at.isoformat(),
        "passed_on_at": follow_up.created_at.isoformat(),
    }
