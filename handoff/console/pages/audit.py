"""The audit's pages, for admins: filtered, page by page, and as a file."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import select

from handoff import audit_log
from handoff.acts import Acts
from handoff.audit_log import Wanted
from handoff.console.pages.shell import Asked, Pages, asked_by
from handoff.console.session import Guard, Viewer
from handoff.model import Agent

PersonId = Annotated[str, Query(alias="person", pattern=r"^([0-9a-f]{32})?$")]
Act = Annotated[str, Query(max_length=30)]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


def audit_routes(acts: Acts, pages: Pages, guard: Guard) -> APIRouter:
    """Routes /admin/audit and /admin/audit.csv."""
    router = APIRouter(prefix="/admin", include_in_schema=False)
    reads = Depends(guard.page("read_audit"))

    def wanted(person: str, act: str, day: str) -> Wanted:
        return Wanted(person, act, _day(day), pages.zone())

    def show(asked: Asked, choice: Wanted, before: int | None) -> Response:
        with acts.database.read() as session:
            lines, older = audit_log.page(session, choice, before)
            people = session.execute(select(Agent.id, Agent.name).order_by(Agent.name)).all()
            done = audit_log.acts(session)
        known = acts.wording.section(asked.language, "people")
        words = {act: str(known.get(f"act_{act.replace(' ', '_')}", act)) for act in done}
        return pages.render(
            asked, "audit.html", lines=lines, older=older, people=people, words=words, choice=choice, before=before
        )

    @router.get("/audit")
    async def audit(
        request: Request, person: PersonId = "", act: Act = "", day: Day = "", before: Before = None,
        viewer: Viewer = reads,
    ) -> Response:  # fmt: skip
        choice = await run_in_threadpool(wanted, person, act, day)
        return await run_in_threadpool(show, asked_by(request, viewer), choice, before)

    @router.get("/audit.csv")
    async def audit_file(person: PersonId = "", act: Act = "", day: Day = "", viewer: Viewer = reads) -> Response:
        choice = await run_in_threadpool(wanted, person, act, day)

        def rows() -> Iterator[str]:
            with acts.database.read() as session:
                yield from audit_log.as_csv(session, choice)

        headers = {"content-disposition": 'attachment; filename="audit.csv"', "cache-control": "no-store"}
        return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)

    return router


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:  # the 31st of February, from an address typed by hand: no such day holds nothing back
        return None
