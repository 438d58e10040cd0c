"""Files behind signed links, for shoppers whose channel shows text only: whoever has the link gets the file, for a while."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from handoff import attachments, file_links
from handoff.database import Database
from handoff.serving_files import as_response


def shared_file_routes(database: Database, now: Callable[[], datetime]) -> APIRouter:
    """The route that handoff/file_links.py names."""
    router = APIRouter(include_in_schema=False)

    @router.get(file_links.PATH + "/{file_id}")
    async def look(
        file_id: Annotated[str, Path(max_length=100)],
        until: Annotated[int, Query(ge=0, le=10**11)] = 0,
        signature: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        """404 without our signature, after its time, and for a file that was erased: nobody learns which."""

        def find() -> Response | None:
            with database.read() as session:
                if not file_links.is_good(session, file_id, until, signature, now()):
                    return None
                found = attachments.content(session, file_id)
                if found is None or not attachments.is_shoppers(session, found[0]):
                    return None
                return as_response(*found)

        answer = await run_in_threadpool(find)
        if answer is None:
            raise HTTPException(404, "there is no such file, or its link is no longer good")
        return answer

    return router
