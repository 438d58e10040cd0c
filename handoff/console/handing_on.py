"""The console's acts that need more than a conversation: to a colleague, to a team, until tomorrow."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from handoff.acts import Acts
from handoff.console.session import Viewer
from handoff.writing import LONGEST_REPLY

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Note = Annotated[str, Field(max_length=LONGEST_REPLY)]  # for who goes on; the shopper never sees it
Act = Callable[..., Awaitable[Any]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ToColleague(_Body):
    """Whose the conversation will be."""

    agent_id: Id
    note: Note = ""


class ToTeam(_Body):
    """In whose queue it will wait; null: everybody's."""

    team_id: Id | None
    note: Note = ""


class Rest(_Body):
    """Until when it rests: ISO 8601 with a zone."""

    until: AwareDatetime


def handing_on_routes(acts: Acts, act: Act, may_change: Any) -> APIRouter:
    """Routes below /desk/api/conversations/{id}; `act` runs one act and says in words what cannot be."""
    router = APIRouter(prefix="/api/conversations/{conversation_id}")
    may = Depends(may_change)

    @router.post("/transfer", status_code=204)
    async def transfer(conversation_id: str, body: ToColleague, viewer: Viewer = may) -> None:
        await act(lambda at: acts.transfer(conversation_id, viewer.id, body.agent_id, at, body.note))

    @router.post("/transfer_to_team", status_code=204)
    async def transfer_to_team(conversation_id: str, body: ToTeam, viewer: Viewer = may) -> None:
        await act(lambda at: acts.transfer_to_team(conversation_id, viewer.id, body.team_id, at, body.note))

    @router.post("/snooze", status_code=204)
    async def snooze(conversation_id: str, body: Rest, viewer: Viewer = may) -> None:
        await act(acts.snooze, conversation_id, viewer.id, body.until)

    return router
