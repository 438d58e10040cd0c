"""What the reply box asks for: canned answers with their values, articles, and a look at the words before they go."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from handoff import canned, markdown, tone, writing
from handoff.acts import Acts
from handoff.console.outside import OutOfReach, Outside
from handoff.console.session import Guard, Viewer
from handoff.desk_model import CannedAnswer
from handoff.model import Agent, Conversation
from handoff.windows import LONGEST_VALUE, Chosen
from handoff.wording import known_language

Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Value = Annotated[str, Field(max_length=LONGEST_VALUE)]
Act = Callable[..., Awaitable[Any]]


class Written(BaseModel):
    """What is about to be sent, and from which canned answer it was made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(max_length=20_000)]
    canned: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None


class TemplateToSend(BaseModel):
    """A template of the conversation's channel, with a value for each of its variables."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(max_length=512)]
    language: Annotated[str, Field(max_length=10)]
    values: Annotated[dict[Annotated[str, Field(max_length=40)], Value], Field(max_length=40)]
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


def composing_routes(acts: Acts, act: Act, guard: Guard, outside: Outside) -> APIRouter:
    """Routes below /desk/api; `act` runs one act and says in words what cannot be."""
    router = APIRouter(prefix="/api")
    may_read, may_change = Depends(guard.viewer), Depends(guard.changer)

    @router.get("/conversations/{conversation_id}/canned")
    async def answers(conversation_id: Id, viewer: Viewer = may_read) -> dict[str, Any]:
        """All that the agent may insert, and what the variables stand for here."""

        def look() -> dict[str, Any]:
            with acts.database.read() as session:
                agent, conversation = session.get_one(Agent, viewer.id), session.get(Conversation, conversation_id)
                if conversation is None:
                    raise HTTPException(404, "there is no such conversation")
                return {
                    "answers": [_answer(row) for row in canned.visible(session, agent)],
                    "values": canned.values(session, conversation, agent, acts.shop),
                    "variables": canned.VARIABLES,
                }

        return await run_in_threadpool(look)

    @router.post("/conversations/{conversation_id}/look_over")
    async def look_over(conversation_id: Id, body: Written, viewer: Viewer = may_change) -> dict[str, Any]:
        """How a reply would read, which variables are not filled, and what a shopper might take amiss."""

        def look() -> dict[str, Any]:
            with acts.database.read() as session:
                agent, conversation = session.get_one(Agent, viewer.id), session.get(Conversation, conversation_id)
                if conversation is None:
                    raise HTTPException(404, "there is no such conversation")
                found = tone.hints(body.text, conversation.language)
                known = canned.values(session, conversation, agent, acts.shop)
                if body.canned and canned.is_impersonal(session, agent, body.canned, body.text, known):
                    found.append("impersonal")
            html = markdown.to_html(body.text)
            return {
                "unfilled": writing.unfilled(body.text),
                "hints": found,
                "html": html if markdown.is_marked_up(html) else None,
            }

        return await run_in_threadpool(look)

    @router.post("/conversations/{conversation_id}/template", status_code=201)
    async def template(conversation_id: Id, body: TemplateToSend, viewer: Viewer = may_change) -> dict[str, str]:
        """What may be sent when free text may not be any more."""
        chosen = Chosen(body.name, body.language, body.values)
        return {"id": await act(acts.send_template, conversation_id, viewer.id, chosen, body.client_id)}

    @router.get("/articles")
    async def search(
        q: Annotated[str, Query(max_length=200)],
        language: Annotated[str, Query(max_length=20)] = "",
        viewer: Viewer = may_read,
    ) -> dict[str, Any]:
        words = " ".join(q.split())
        if not words:
            return {"articles": []}
        try:
            return {"articles": await outside.search(known_language(language), words)}
        except OutOfReach:
            raise HTTPException(503, "the articles cannot be searched at the moment") from None

    return router


def _answer(row: CannedAnswer) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("id", "shortcut", "language", "title", "text")}
    return shown | {"own": row.owner_id is not None}
