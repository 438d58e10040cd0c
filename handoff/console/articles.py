"""The console's side of articles: those that may answer the shopper, one to read, and one sent to her as a card."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from handoff import suggestions
from handoff.console.outside import Found, OutOfReach, Outside
from handoff.console.session import Guard, Viewer
from handoff.desk_acts import DeskActs
from handoff.events import LARGEST_SEQ
from handoff.model import Conversation
from handoff.suggestions import Suggested
from handoff.wording import LANGUAGES, known_language

Act = Callable[..., Awaitable[Any]]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
ArticleId = Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,5}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SuggestedArticle(_Body):
    """An article that was suggested for the shopper's message number `seq`."""

    seq: Annotated[int, Field(ge=1, le=LARGEST_SEQ)]
    article_id: ArticleId
    language: Language
    rank: Annotated[int, Field(ge=1, le=3)]
    p: Annotated[float, Field(ge=0, le=1)]

    def known(self) -> Suggested:
        """As the desk notes it."""
        return Suggested(self.seq, self.article_id, self.language, self.rank, self.p)


class Use(SuggestedArticle):
    """What the agent did with it before anything went out."""

    used: Literal["inserted", "dismissed"]


class Card(_Body):
    """An article to send, and for what the desk had suggested it, if it had. `client_id` is the browser's own id."""

    article_id: ArticleId
    language: Language
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    suggested: Annotated[list[SuggestedArticle], Field(max_length=1)] = []


def article_routes(acts: DeskActs, act: Act, guard: Guard, outside: Outside) -> APIRouter:
    """Routes below /desk/api; `act` runs one act and says in words what cannot be."""
    router = APIRouter(prefix="/api")
    reads, changes = Depends(guard.viewer), Depends(guard.changer)
    database = acts.acts.database

    @router.get("/conversations/{conversation_id}/suggestions")
    async def suggest(conversation_id: Id, viewer: Viewer = reads) -> dict[str, Any]:
        """Articles for the shopper's latest words, in her language, for whoever may answer her."""

        def look() -> dict[str, Any] | None:
            with database.read() as session:
                return _asked(session, conversation_id, viewer.id)

        asked = await run_in_threadpool(look)
        if asked is None:
            return {"state": "none", "articles": []}
        try:
            found = await outside.suggest(asked["language"], asked["words"])
        except OutOfReach:
            return {"state": "out_of_reach", "articles": []}
        kept = [article | {"rank": rank} for rank, article in enumerate(found, 1) if article["id"] not in asked["out"]]
        return {"state": "found", "seq": asked["seq"], "language": asked["language"], "articles": kept}

    @router.post("/conversations/{conversation_id}/suggestions", status_code=201)
    async def use(conversation_id: Id, body: Use, viewer: Viewer = changes) -> dict[str, int]:
        def noted(at: datetime) -> int:
            with database.write() as session:
                return suggestions.use(session, conversation_id, viewer.id, body.known(), body.used, at)

        return {"id": await act(noted)}

    @router.post("/conversations/{conversation_id}/card", status_code=201)
    async def card(conversation_id: Id, body: Card, viewer: Viewer = changes) -> dict[str, str]:
        """Send an article as the bot would show it. 409 when it cannot be had: her other replies do not wait for it."""
        try:
            content = await _found(outside.card, body.language, body.article_id)
        except OutOfReach:
            raise HTTPException(409, {"reason": "articles_away"}) from None
        if content is None:
            raise HTTPException(409, {"reason": "article_gone"})
        suggested = [one.known() for one in body.suggested]
        return {"id": await act(acts.send_card, conversation_id, viewer.id, content, suggested, body.client_id)}

    @router.get("/articles/{language}/{article_id}")
    async def article(language: str, article_id: str, viewer: Viewer = reads) -> dict[str, Any]:
        try:
            found = await _found(outside.article, language, article_id)
        except OutOfReach:
            raise HTTPException(503, "the articles cannot be reached now; try again in a moment") from None
        if found is None:
            raise HTTPException(404, "there is no such article")
        return found

    return router


async def _found(ask: Callable[[str, str], Awaitable[Found | None]], language: str, article_id: str) -> Found | None:
    if language not in LANGUAGES or len(article_id) > 100:
        return None
    return await ask(language, article_id)


def _asked(session: Session, conversation_id: str, agent_id: str) -> dict[str, Any] | None:
    """The shopper's latest words, for an agent who may answer them."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise HTTPException(404, "there is no such conversation")
    question = suggestions.question(session, conversation_id)
    if question is None or not suggestions.may_be_suggested(conversation, agent_id):
        return None
    words = str(question.content.get("text", ""))
    out = suggestions.dismissed(session, conversation_id, words)
    return {"seq": question.seq, "words": words, "language": known_language(conversation.language), "out": out}
