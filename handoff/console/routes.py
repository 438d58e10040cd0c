"""The console: the inbox page, and the JSON and the socket behind it."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field

from handoff import accounts, callbacks, dead_letters, events, labels, left_messages, presence, windows
from handoff.acts import Acts, shopper_name
from handoff.attachments import MOST_IN_A_MESSAGE
from handoff.bundles import Bundle
from handoff.bus import Bus
from handoff.console.about import about_routes, label_row
from handoff.console.articles import SuggestedArticle, article_routes
from handoff.console.canned_pages import canned_pages
from handoff.console.composing import composing_routes
from handoff.console.deliveries import delivery_routes
from handoff.console.files import FileId, file_routes
from handoff.console.handing_on import handing_on_routes
from handoff.console.inbox import inbox_routes, view_routes
from handoff.console.outside import NOBODY, Outside
from handoff.console.pages.shell import page_language
from handoff.console.private import private_link_routes
from handoff.console.refusals import refusals
from handoff.console.serving import callback_row, offer_row, serving_routes
from handoff.console.session import COOKIE, SET_UP, Guard, Viewer
from handoff.console.tasks import task_routes
from handoff.desk_acts import DeskActs
from handoff.desk_model import Reading
from handoff.model import Agent, Conversation, Identity
from handoff.telling import tell
from handoff.troubles import again_when_undone
from handoff.views import for_agent
from handoff.whispers import Ear, Whispers
from handoff.wording import Wording

_PANES = ("inbox", "thread", "pane", "why")
MOST_SUGGESTED = 10  # articles in one reply
_ALIVE_SECONDS = 60  # a console says that it is there every 15 s


class Words(BaseModel):
    """What an agent writes. `client_id` is the browser's own id: a double submit stores once."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    files: Annotated[list[FileId], Field(max_length=MOST_IN_A_MESSAGE)] = []


class Reply(Words):
    """What the shopper gets; `suggested` are the articles in it that the desk had suggested."""

    suggested: Annotated[list[SuggestedArticle], Field(max_length=MOST_SUGGESTED)] = []


def console_routes(
    acts: Acts,
    bus: Bus,
    now: Callable[[], datetime],
    can_take_more: Callable[[], None] = lambda: None,
    outside: Outside = NOBODY,
    *,
    telegram: Callable[[], bool] = lambda: False,
) -> APIRouter:
    """All routes below /desk. `can_take_more` is called when an agent has come who may be given what waits; `telegram`
    says whether the shop has a bot there just now, through which agents can be told."""
    router = APIRouter(prefix="/desk", include_in_schema=False)
    guard = Guard(acts.database, now, acts.settings.require_totp, acts.settings.teams_apart)
    pages = _Pages(acts, telegram=telegram)
    whispers = Whispers(acts.database, bus)
    router.include_router(delivery_routes(acts, guard, now))
    router.include_router(inbox_routes(acts, guard, now, telegram=telegram))  # before the routes that take any name
    router.include_router(view_routes(acts, guard, now))
    may_read = Depends(guard.viewer)
    may_change = Depends(guard.changer)

    @router.post("/logout", status_code=204)
    async def logout(request: Request, viewer: Viewer = may_change) -> None:
        def sign_out() -> None:
            with acts.database.write() as session:
                accounts.sign_out(session, request.cookies[COOKIE])

        await run_in_threadpool(sign_out)

    @router.get("")
    async def desk(request: Request) -> Response:
        try:
            viewer = await guard.viewer(request)
        except HTTPException as error:
            return RedirectResponse(SET_UP if error.status_code == 403 else "/desk/login", 302)
        return pages.desk(viewer, page_language(request, viewer.language))

    @router.get("/api/conversations/{conversation_id}")
    async def thread(
        conversation_id: str,
        after: Annotated[int, Query(ge=0, le=events.LARGEST_SEQ)] = 0,
        before: Annotated[int | None, Query(ge=1, le=events.LARGEST_SEQ)] = None,
        viewer: Viewer = may_read,
    ) -> dict[str, Any]:
        """What is after a number, or the part of the story just before one."""
        return await run_in_threadpool(_thread, acts, viewer, conversation_id, after, before)

    async def act(what: Callable[..., Any], *arguments: Any) -> Any:
        """Run one act; what cannot be is said in words, with nothing changed."""
        with refusals():
            return await run_in_threadpool(again_when_undone(what), *arguments, now())

    @router.post("/api/conversations/{conversation_id}/reply", status_code=201)
    async def reply(conversation_id: str, body: Reply, viewer: Viewer = may_change) -> dict[str, str]:
        reply = partial(acts.reply, files=body.files, suggested=[one.known() for one in body.suggested])
        return {"id": await act(reply, conversation_id, viewer.id, body.text, body.client_id)}

    @router.post("/api/conversations/{conversation_id}/note", status_code=201)
    async def note(conversation_id: str, body: Words, viewer: Viewer = may_change) -> dict[str, str]:
        note = partial(acts.note, files=body.files)
        return {"id": await act(note, conversation_id, viewer.id, body.text, body.client_id)}

    moves = {
        "claim": acts.claim,
        "release": acts.release,
        "give_to_bot": acts.give_to_bot,
        "wake": acts.wake,
        "accept": acts.accept,
        "decline": acts.decline,
    }
    desk_acts = DeskActs(acts)
    router.include_router(about_routes(desk_acts, act, now, guard, outside))
    router.include_router(article_routes(desk_acts, act, guard, outside))
    router.include_router(task_routes(desk_acts, act, now, guard))
    router.include_router(private_link_routes(desk_acts, act, guard))
    router.include_router(serving_routes(acts, act, now, guard.viewer, guard.changer, can_take_more))
    router.include_router(file_routes(acts, act, now, guard))
    router.include_router(composing_routes(acts, act, guard, outside))
    router.include_router(canned_pages(acts, guard, now))
    router.include_router(handing_on_routes(acts, act, guard.changer))  # before the route that takes any name

    @router.post("/api/conversations/{conversation_id}/{move}", status_code=204)
    async def move(conversation_id: str, move: str, viewer: Viewer = may_change) -> None:
        if move not in moves:
            raise HTTPException(404, f"there is no act '{move}'")
        await act(moves[move], conversation_id, viewer.id)

    @router.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        """Says {"conversation", "seq"} for every conversation, {"resync"} when all of them may have something new, and
        {"whisper"} when somebody looks at one or writes in it.

        Whatever the browser sends counts as a sign of life, and "{}" gets one back: a line may be dead and look open. It may
        say what its agent does (handoff/whispers.py).
        """
        viewer = await guard.listener(websocket)
        if viewer is None:
            await websocket.close(4401)
            return
        await websocket.accept()

        ear = Ear(now)

        async def hear() -> None:
            heard: Mapping[str, Any] = {"type": "websocket.connect"}
            while heard["type"] != "websocket.disconnect":
                if await guard.listener(websocket) is None:  # signed out, or somebody ended her session
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may have hung up by itself
                        await websocket.close(4401)
                    return
                if await run_in_threadpool(_seen, acts, viewer.id, now()):
                    can_take_more()
                heard = await asyncio.wait_for(websocket.receive(), _ALIVE_SECONDS)
                if heard.get("text") == "{}":
                    await asyncio.wait_for(websocket.send_json({}), _ALIVE_SECONDS)
                said = ear.agent(heard.get("text"))
                if said and await guard.reaches(viewer, "conversation_id", said.conversation):
                    await run_in_threadpool(whispers.of_agent, viewer.id, said)

        with bus.subscribe() as nudges:
            await tell(websocket, nudges, hear())

    return router


def _seen(acts: Acts, agent_id: str, at: datetime) -> bool:
    with acts.database.write() as session:
        return presence.beat(session, agent_id, at, acts.settings.online_within)


def _thread(acts: Acts, viewer: Viewer, conversation_id: str, after: int, before: int | None) -> dict[str, Any]:
    with acts.database.read() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            raise HTTPException(404, "there is no such conversation")
        if after > conversation.last_seq:
            raise HTTPException(422, "there is no such event yet")
        if before is not None:
            newest = events.before(session, conversation.id, before)
        else:
            newest = events.after(session, conversation.id, after, public_only=False)
        agent = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
        identity = session.get_one(Identity, conversation.identity_id)
        read = session.get(Reading, (viewer.id, conversation.id))
        callback = callbacks.of_conversation(session, conversation.id)
        left = left_messages.of(session, conversation.id)
        return {
            "id": conversation.id,
            "name": shopper_name(session, conversation),
            "channel": identity.channel,
            "language": conversation.language,
            "owner": conversation.owner,
            "agent": {"id": agent.id, "name": agent.name} if agent else None,
            "reason": conversation.reason,
            "packet": conversation.packet,
            "queued_at": conversation.queued_at.isoformat() if conversation.queued_at else None,
            "snoozed_until": conversation.snoozed_until.isoformat() if conversation.snoozed_until else None,
            "priority": conversation.priority,
            "team_id": conversation.team_id,
            "skills": conversation.skills,
            "offer": offer_row(session, conversation.id),
            "labels": [label_row(one) for one in labels.of(session, conversation.id)],
            "resolution": conversation.resolution,
            "merged_into": conversation.merged_into,
            "callback": callback_row(callback) if callback else None,
            "left": {"email": left.email} if left else None,
            "created_at": conversation.created_at.isoformat(),
            "shopper_read_seq": conversation.shopper_read_seq,
            "seen": read.seq if read else None,
            "window": windows.shown(session, acts.windows, identity),
            "parked": dead_letters.of_conversation(session, conversation.id),
            "earlier": bool(newest) and newest[0].seq > 1,
            "events": [for_agent(event) for event in newest],
            "last": newest[-1].seq if newest else after,
        }


class _Pages:
    """The inbox's page; everything else happens in the desk's own element."""

    def __init__(self, acts: Acts, *, telegram: Callable[[], bool]) -> None:
        self._acts, self._telegram = acts, telegram
        self._script = Bundle.of(Path(__file__).parent / "static" / "desk.js", "/static/desk/desk.js")
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def desk(self, viewer: Viewer, language: str) -> Response:
        words = self._acts.wording
        setup = {
            "me": {"id": viewer.id, "name": viewer.name, "role": viewer.role},
            "preferences": viewer.preferences.model_dump(),
            "telegram": self._telegram(),
            "csrf": viewer.csrf,
            "language": language,
            "words": _said_on_the_desk(words, language),
            "reasons": words.section(language, "reasons"),
        }
        values = {
            "words": words,
            "language": language,
            "shop": self._acts.shop,
            "setup": json.dumps(setup),
            "script": self._script,
        }
        return HTMLResponse(self._templates.get_template("desk.html").render(**values))


def _said_on_the_desk(words: Wording, language: str) -> dict[str, Any]:
    """The frame's words by their bare names, those of the three panes with their pane's name before them."""
    panes = {f"{pane}.{key}": entry for pane in _PANES for key, entry in words.section(language, pane).items()}
    return {**words.section(language, "console"), **panes}
