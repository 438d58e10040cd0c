"""The console's lists: rows by the page and by their ids, what is to be noticed, read marks, saved views, preferences."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from handoff import pings, preferences, search
from handoff.acts import Acts
from handoff.console.session import Guard, Viewer
from handoff.events import LARGEST_SEQ
from handoff.inbox import choice, order, reading, rows, views
from handoff.inbox.choice import Choice, Filters

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
T = TypeVar("T")
_KEY: TypeAdapter[order.Key] = TypeAdapter(
    Annotated[list[Annotated[int, Field(strict=True)] | Annotated[str, StringConstraints(max_length=32)]],
              Field(max_length=8)]
)  # fmt: skip


class Asked(Choice):
    """A list from its beginning, or after a row's key, which is JSON."""

    after: Annotated[str, StringConstraints(max_length=200)] | None = None


class AskedById(Choice):
    """Some rows, and whether they belong to the chosen ones."""

    ids: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}(,[0-9a-f]{32}){0,99}$")]


class Sought(Filters):
    """Words to look for, in everything or in what filters leave; closed conversations are looked through too."""

    q: Annotated[str, StringConstraints(max_length=200)]


class UpTo(BaseModel):
    """How far an agent has read."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seq: Annotated[int, Field(ge=0, le=LARGEST_SEQ)]


def inbox_routes(acts: Acts, guard: Guard, now: Callable[[], datetime], *, telegram: Callable[[], bool]) -> APIRouter:
    """Routes below /desk/api."""
    router = APIRouter(prefix="/api")
    reads, changes = Depends(guard.viewer), Depends(guard.changer)

    async def look(viewer: Viewer, what: Callable[[rows.Looker], dict[str, Any]]) -> dict[str, Any]:
        """What `what` finds, with what every answer says beside it; times are absolute, the browser counts from them."""

        def run() -> dict[str, Any]:
            with acts.database.read() as session:
                looker = rows.Looker(session, viewer.id, viewer.role, now(), acts.settings)
                beside = {"counts": rows.counts(looker), "me": rows.standing(looker), "now": looker.now.isoformat()}
                return what(looker) | beside

        return await run_in_threadpool(run)

    @router.get("/list")
    async def listing(asked: Annotated[Asked, Query()], viewer: Viewer = reads) -> dict[str, Any]:
        begin = _key(asked.after) if asked.after is not None else None

        def found(looker: rows.Looker) -> dict[str, Any]:
            try:
                shown, more = rows.page(looker, asked, begin)
            except order.BadKey as error:
                raise HTTPException(422, str(error)) from None
            return {"rows": shown, "more": more, "people_online": rows.people_online(looker)}

        return await look(viewer, found)

    @router.get("/rows")
    async def some(asked: Annotated[AskedById, Query()], viewer: Viewer = reads) -> dict[str, Any]:
        return await look(viewer, lambda looker: {"rows": rows.by_ids(looker, asked, asked.ids.split(","))})

    @router.get("/attention")
    async def attention(viewer: Viewer = reads) -> dict[str, Any]:
        return await look(viewer, lambda looker: {"rows": rows.attention(looker)})

    @router.get("/choices")
    async def choices(viewer: Viewer = reads) -> dict[str, Any]:
        return await look(viewer, lambda looker: choice.choices(looker.session))

    @router.get("/search")
    async def seek(asked: Annotated[Sought, Query()], viewer: Viewer = reads) -> dict[str, Any]:
        def found(looker: rows.Looker) -> dict[str, Any]:
            hits = search.find(
                looker.session, asked.q, [looker.reach.condition(looker.session), *asked.conditions(looker.now)]
            )
            known = {row["id"]: row for row in rows.rows_of(looker, [hit.conversation_id for hit in hits])}
            return {
                "found": [
                    {"row": known[hit.conversation_id], "where": hit.where, "pieces": hit.pieces, "seq": hit.seq}
                    for hit in hits
                ]
            }

        return await look(viewer, found)

    @router.post("/conversations/{conversation_id}/read", status_code=204)
    async def read(conversation_id: Id, body: UpTo, viewer: Viewer = changes) -> None:
        def mark() -> bool:
            with acts.database.write() as session:
                return reading.read_up_to(session, viewer.id, conversation_id, body.seq, now())

        if not await run_in_threadpool(mark):
            raise HTTPException(404, "there is no such conversation")

    @router.post("/me/telegram", status_code=201)
    async def link(viewer: Viewer = changes) -> dict[str, str]:
        """A code that links the Telegram chat from which it is sent to the shop's bot."""
        if not telegram():
            raise HTTPException(404, "the shop has no Telegram bot")

        def begin() -> str:
            with acts.database.write() as session:
                return pings.begin_link(session, viewer.id, now())

        return {"code": await run_in_threadpool(begin)}

    @router.post("/me/preferences")
    async def prefer(body: preferences.Change, viewer: Viewer = changes) -> dict[str, Any]:
        def change() -> dict[str, Any]:
            with acts.database.write() as session:
                return preferences.change(session, viewer.id, body)

        return await run_in_threadpool(change)

    return router


def view_routes(acts: Acts, guard: Guard, now: Callable[[], datetime]) -> APIRouter:
    """Routes below /desk/api/views."""
    router = APIRouter(prefix="/api/views")
    reads, changes = Depends(guard.viewer), Depends(guard.changer)

    async def do(what: Callable[..., T], *arguments: Any) -> T:
        def run() -> T:
            with acts.database.write() as session:
                return what(session, *arguments, now())

        try:
            return await run_in_threadpool(run)
        except views.UnknownView as error:
            raise HTTPException(404, str(error)) from None
        except views.TooManyViews as error:
            raise HTTPException(409, str(error)) from None

    @router.get("")
    async def all_of(viewer: Viewer = reads) -> dict[str, Any]:
        def look() -> list[dict[str, Any]]:
            with acts.database.read() as session:
                return views.all_of(session, viewer.id)

        return {"views": await run_in_threadpool(look)}

    @router.post("", status_code=201)
    async def create(body: views.NewView, viewer: Viewer = changes) -> dict[str, str]:
        return {"id": await do(views.create, viewer.id, viewer.role, body)}

    @router.post("/{view_id}", status_code=204)
    async def change(view_id: Id, body: views.ChangedView, viewer: Viewer = changes) -> None:
        await do(views.change, viewer.id, viewer.role, view_id, body)

    @router.post("/{view_id}/delete", status_code=204)
    async def remove(view_id: Id, viewer: Viewer = changes) -> None:
        await do(views.remove, viewer.id, viewer.role, view_id)

    return router


def _key(written: str) -> order.Key:
    try:
        return _KEY.validate_python(json.loads(written))
    except (ValidationError, json.JSONDecodeError, RecursionError):
        raise HTTPException(422, "'after' is the key of a row, as JSON") from None
