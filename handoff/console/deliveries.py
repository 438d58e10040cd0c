"""What could not be delivered, for agents: the list, and the two things that can be done about a message."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from handoff import dead_letters
from handoff.acts import Acts
from handoff.console.session import Guard, Viewer
from handoff.events import LARGEST_SEQ

OutboxId = Annotated[int, Path(ge=1, le=LARGEST_SEQ)]
Decision = Callable[[Session, int, str, datetime], None]


def delivery_routes(acts: Acts, guard: Guard, now: Callable[[], datetime]) -> APIRouter:
    """Routes below /desk/api/outbox."""
    router = APIRouter(prefix="/api/outbox")
    may_read, may_change = Depends(guard.viewer), Depends(guard.changer)

    @router.get("/dead")
    async def dead(viewer: Viewer = may_read) -> dict[str, Any]:
        """The parked messages, the oldest first, and how many there are in all."""

        def look() -> dict[str, Any]:
            with acts.database.read() as session:
                letters = dead_letters.parked(session)
                seen = guard.reach_of(viewer).among(session, (letter.conversation_id for letter in letters))
                rows = [asdict(letter) for letter in letters if letter.conversation_id in seen]
                return {"rows": rows, "count": dead_letters.count(session)}

        return await run_in_threadpool(look)

    async def decide(decision: Decision, outbox_id: int, viewer: Viewer) -> None:
        def run() -> None:
            with acts.database.write() as session:
                decision(session, outbox_id, f"agent:{viewer.id}", now())

        try:
            await run_in_threadpool(run)
        except dead_letters.UnknownDelivery as error:
            raise HTTPException(404, str(error)) from None
        except dead_letters.NotDead as error:
            raise HTTPException(409, str(error)) from None

    @router.post("/{outbox_id}/replay", status_code=204)
    async def replay(outbox_id: OutboxId, viewer: Viewer = may_change) -> None:
        await decide(dead_letters.replay, outbox_id, viewer)

    @router.post("/{outbox_id}/give_up", status_code=204)
    async def give_up(outbox_id: OutboxId, viewer: Viewer = may_change) -> None:
        await decide(dead_letters.give_up, outbox_id, viewer)

    return router
