"""The console's side of "let us go on in private": a link to give to a shopper."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from handoff.console.session import Guard, Viewer
from handoff.desk_acts import DeskActs
from handoff.private_links import LONGEST_NOTE


class Wanted(BaseModel):
    """What the team should know of the talk that goes on; the shopper never sees it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


def private_link_routes(acts: DeskActs, act: Callable[..., Awaitable[Any]], guard: Guard) -> APIRouter:
    """Routes below /desk/api; each answers {"path", "expires_at"}, and the link is shown this once."""
    router = APIRouter(prefix="/api")
    changes = Depends(guard.changer)

    async def make(conversation_id: str | None, viewer: Viewer, note: str) -> dict[str, str]:
        token, ends = await act(acts.private_link, conversation_id, viewer.id, note)
        return {"path": f"/chat/with/{token}", "expires_at": ends.isoformat()}

    @router.post("/private_links", status_code=201)
    async def fresh(body: Wanted, viewer: Viewer = changes) -> dict[str, str]:
        return await make(None, viewer, body.note)

    @router.post("/conversations/{conversation_id}/private_link", status_code=201)
    async def of_conversation(conversation_id: str, body: Wanted, viewer: Viewer = changes) -> dict[str, str]:
        return await make(conversation_id, viewer, body.note)

    return router
