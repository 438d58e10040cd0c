"""The console's side of the right pane: who the shopper is, her order, her labels."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import labels, local_time, mail_threads, merging, ratings, shoppers
from handoff.console.outside import OutOfReach, Outside
from handoff.console.pages.shell import LOCALES, page_language
from handoff.console.session import Guard, Viewer
from handoff.conversations import UnknownConversation
from handoff.desk_acts import DeskActs
from handoff.desk_model import Label
from handoff.model import Audit, Conversation, Feedback, Identity, OrderLookup
from handoff.reach import Reach

Act = Callable[..., Awaitable[Any]]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Name(_Body):
    """What the shopper is called; empty: nobody knows."""

    name: Annotated[str, Field(max_length=500)]


class OrderNumber(_Body):
    """An order that an agent looks up."""

    number: Annotated[str, Field(pattern=r"^[#\w][\w .–-]{0,38}\w$|^\w$")]


class NewLabel(_Body):
    """A label of the shop."""

    name: Annotated[str, Field(max_length=200)]
    colour: labels.Colour


class Labelling(_Body):
    """Whether a conversation has a label."""

    label_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    on: bool


def about_routes(acts: DeskActs, act: Act, now: Callable[[], datetime], guard: Guard, outside: Outside) -> APIRouter:
    """Routes below /desk/api; `act` runs one act and says in words what cannot be."""
    router = APIRouter(prefix="/api")
    reads, changes = Depends(guard.viewer), Depends(guard.changer)
    database = acts.acts.database

    async def look(what: Callable[[Session], Any]) -> Any:
        def looked() -> Any:
            with database.read() as session:
                return what(session)

        try:
            return await run_in_threadpool(looked)
        except UnknownConversation:
            raise HTTPException(404, "there is no such conversation") from None

    # ---- the shopper ------------------------------------------------------------------------------------------------

    @router.get("/conversations/{conversation_id}/shopper")
    async def shopper(request: Request, conversation_id: Id, viewer: Viewer = reads) -> dict[str, Any]:
        locale = LOCALES[page_language(request, viewer.language)]
        reach = guard.reach_of(viewer)
        found: dict[str, Any] = await look(lambda session: _shopper(session, conversation_id, reach, locale))
        return found

    @router.post("/conversations/{conversation_id}/shopper", status_code=204)
    async def rename(conversation_id: Id, body: Name, viewer: Viewer = changes) -> None:
        await act(acts.rename, conversation_id, viewer.id, body.name)

    # ---- orders -----------------------------------------------------------------------------------------------------

    async def order_of(number: str) -> dict[str, Any]:
        try:
            order = await outside.order(number)
        except OutOfReach:
            return {"number": number, "order": None, "state": "out_of_reach"}
        return {"number": number, "order": order, "state": "found" if order else "none", "at": now().isoformat()}

    @router.get("/conversations/{conversation_id}/order")
    async def verified_order(conversation_id: Id, viewer: Viewer = reads) -> dict[str, Any]:
        """The order that the shopper proved to be hers in this conversation, as it is now."""
        number = await look(lambda session: _verified(session, conversation_id))
        return await order_of(number) if number else {"number": None, "order": None, "state": "unverified"}

    @router.post("/conversations/{conversation_id}/order")
    async def look_up(conversation_id: Id, body: OrderNumber, viewer: Viewer = changes) -> dict[str, Any]:
        """Any order by its number; whoever looks leaves a trace."""

        def note() -> None:
            with database.write() as session:
                _the(session, conversation_id)
                row = Audit(at=now(), actor=f"agent:{viewer.id}", act="look up order", agent_id=viewer.id)
                row.conversation_id, row.details = conversation_id, {"order": body.number}
                session.add(row)

        await act(lambda _: note())
        return await order_of(body.number)

    # ---- labels -----------------------------------------------------------------------------------------------------

    @router.get("/labels")
    async def all_labels(viewer: Viewer = reads) -> dict[str, Any]:
        return {"labels": await look(lambda session: [label_row(one) for one in labels.all_open(session)])}

    @router.post("/labels", status_code=201)
    async def add_label(body: NewLabel, viewer: Viewer = changes) -> dict[str, str]:
        _leads(viewer)
        return {"id": await act(acts.add_label, viewer.id, body.name, body.colour)}

    @router.post("/labels/{label_id}/close", status_code=204)
    async def close_label(label_id: Id, viewer: Viewer = changes) -> None:
        _leads(viewer)
        await act(acts.close_label, viewer.id, label_id)

    @router.post("/conversations/{conversation_id}/labels", status_code=204)
    async def label(conversation_id: Id, body: Labelling, viewer: Viewer = changes) -> None:
        await act(acts.label, conversation_id, viewer.id, body.label_id, body.on)

    return router


def label_row(label: Label) -> dict[str, str]:
    """A label as screens show it."""
    return {"id": label.id, "name": label.name, "colour": label.colour}


def _leads(viewer: Viewer) -> None:
    if viewer.role == "agent":
        raise HTTPException(403, "only a lead or an admin makes labels and takes them away")


def _the(session: Session, conversation_id: str) -> Conversation:
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise UnknownConversation(conversation_id)
    return found


def _shopper(session: Session, conversation_id: str, reach: Reach, locale: str) -> dict[str, Any]:
    contact, addresses = shoppers.of(session, conversation_id)
    stories = shoppers.stories(session, contact)
    zone = local_time.of(session, conversation_id, addresses)
    seen = reach.among(session, (one.conversation.id for one in stories))
    helped = select(Feedback.article_id, Feedback.helpful).where(Feedback.conversation_id == conversation_id)
    return {
        "name": contact.name,
        "since": contact.created_at.isoformat(),
        "addresses": [
            {"channel": channel, "address": address, "blocked": blocked}
            for channel, address, blocked in dict.fromkeys(
                (one.channel, _shown(one), one.blocked_at is not None) for one in addresses
            )
        ],
        "stories": [_story(one) for one in stories if one.conversation.id in seen],
        "local": {"zone": zone, "place": local_time.place(zone, locale)} if zone else None,
        "rating": _rating(ratings.given(session, seen)),
        "can_merge_into": [one for one in merging.candidates(session, conversation_id) if one in seen],
        "thumbs": [
            {"article_id": article_id, "helpful": helpful}
            for article_id, helpful in session.execute(helped.order_by(Feedback.id))
        ],
    }


def _shown(identity: Identity) -> str:
    """A browser's address is a secret of its own and tells nobody anything; a mail thread's has its ticket behind it."""
    if identity.channel == mail_threads.CHANNEL:
        return mail_threads.sender_of(identity.address)
    return "" if identity.channel == "web" else identity.address


def _rating(given: ratings.Given | None) -> dict[str, Any] | None:
    return asdict(given) | {"at": given.at.isoformat()} if given is not None else None


def _story(story: shoppers.Story) -> dict[str, Any]:
    conversation = story.conversation
    return {
        "id": conversation.id,
        "channel": story.channel,
        "owner": conversation.owner,
        "resolution": conversation.resolution,
        "reason": conversation.reason,
        "merged_into": conversation.merged_into,
        "created_at": conversation.created_at.isoformat(),
        "closed_at": conversation.closed_at.isoformat() if conversation.closed_at else None,
        "first_text": story.first_text[:200],
    }


def _verified(session: Session, conversation_id: str) -> str | None:
    _the(session, conversation_id)
    found = select(OrderLookup.order_number).filter_by(conversation_id=conversation_id, found=True)
    return session.scalar(found.order_by(OrderLookup.id.desc()).limit(1))
