"""Files on the desk: agents put them into a conversation, take unsent ones out again, and look at all."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import StringConstraints

from handoff import attachments, conversations
from handoff.acts import Acts
from handoff.attachments import RefusedFile
from handoff.console.session import Guard, Viewer
from handoff.serving_files import as_response

ID = r"^[A-Za-z0-9_-]{43}$"
FileId = Annotated[str, StringConstraints(pattern=ID)]
_Id = Annotated[str, Path(pattern=ID)]
_Conversation = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Name = Annotated[str, Query(max_length=300)]
Act = Callable[..., Awaitable[Any]]


def file_routes(acts: Acts, act: Act, now: Callable[[], datetime], guard: Guard) -> APIRouter:
    """Routes below /desk/api; `act` runs one act and says in words what cannot be."""
    router = APIRouter(prefix="/api")
    may_read, may_change = Depends(guard.viewer), Depends(guard.changer)

    @router.post("/conversations/{conversation_id}/files", status_code=201)
    async def upload(
        conversation_id: _Conversation, request: Request, name: Name = "", viewer: Viewer = may_change
    ) -> dict[str, Any]:
        """The body is the file; its limit is bot/http/guards.py's."""
        data = await request.body()

        def keep(at: datetime) -> dict[str, Any]:
            # Looked at before the transaction: a picture takes long, and nobody waits for its conversation meanwhile.
            file = attachments.examine(data, name, acts.settings.largest_file, acts.settings.clamd)
            with acts.database.write() as session:
                conversation = conversations.lock(session, conversation_id)
                return attachments.shown(attachments.add(session, conversation, viewer.id, file, at))

        found: dict[str, Any] = await act(keep)
        return found

    @router.post("/conversations/{conversation_id}/files/{file_id}/discard", status_code=204)
    async def discard(conversation_id: _Conversation, file_id: _Id, viewer: Viewer = may_change) -> None:
        def throw_away() -> None:
            with acts.database.write() as session:
                attachments.discard(session, conversation_id, viewer.id, file_id)

        await run_in_threadpool(throw_away)

    @router.get("/files/{file_id}")
    async def look(file_id: str, viewer: Viewer = may_read) -> Response:
        """A sent file for every agent, an unsent one for who put it there."""

        def find() -> Response | None:
            with acts.database.read() as session:
                found = attachments.content(session, file_id)
                if found is None or (found[0].message_id is None and found[0].agent_id != viewer.id):
                    return None
                return as_response(*found)

        answer = await run_in_threadpool(find)
        if answer is None:
            raise HTTPException(404, "there is no such file")
        return answer

    return router


def refused(error: RefusedFile) -> dict[str, str]:
    """Why a file is not taken: the cause for the page's own words, and words for everybody else."""
    return {"reason": f"file_{error.cause}", "words": str(error)}
