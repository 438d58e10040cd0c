"""The pages behind the links in our mails: one asks, one does. Programs that read mail follow links; they press no button."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.base import Surroundings
from bot.messages import Inbound, UnreadableMessage, find_button, message_of
from bot.pages.shell import render
from handoff import mail_threads
from handoff.mail_model import MailThread
from handoff.model import Conversation, Identity, Message
from handoff.wording import known_language

log = structlog.get_logger()

_ButtonId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}\.[0-9]{1,3}$")]
_Signature = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
# Neither kept by anybody in between, nor told to where a link on the page leads.
_HEADERS = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-robots-tag": "noindex"}


def pressing_routes(surroundings: Surroundings) -> APIRouter:
    """GET and POST /m/{button}/{signature}."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    at = surroundings

    def page(language: str, state: str, **values: Any) -> Response:
        shown = {"state": state, "title": "", "question": "", **values}
        html = render("pressing.html", words=at.words, language=language, shop=at.settings.shop, **shown)
        return HTMLResponse(html, 200, _HEADERS)

    @router.get("/m/{button_id}/{signature}")
    async def ask(request: Request, button_id: _ButtonId, signature: _Signature) -> Response:
        def look() -> tuple[str, str, str]:
            with at.database.read() as session:
                message, conversation, _ = _meant(session, button_id, signature)
                button = find_button(message.content, button_id)
                if button is None:
                    raise _unknown()
                content = message.content
                about = content["article"]["title"] if content["type"] == "article" else ""
                return known_language(conversation.language), button.title, about or str(content["text"])[:300]

        language, title, about = await run_in_threadpool(look)
        return page(language, "ask", title=title, question=about)

    @router.post("/m/{button_id}/{signature}")
    async def press(request: Request, button_id: _ButtonId, signature: _Signature) -> Response:
        def do() -> tuple[str, str]:
            with at.database.read() as session:
                _, conversation, identity = _meant(session, button_id, signature)
            language, now = known_language(conversation.language), at.now()
            inbound = Inbound(
                channel=mail_threads.CHANNEL,
                external_id=f"press:{button_id}",
                address=identity.address,
                text="",
                sent_at=now,
                button_id=button_id,
            )
            try:
                received = at.gateway.receive(inbound, now)
            except UnreadableMessage:
                return language, "old"
            return language, "before" if received.duplicate else "done"

        return page(*await run_in_threadpool(do))

    return router


def _meant(session: Session, button_id: str, signature: str) -> tuple[Message, Conversation, Identity]:
    """What a link is about. A wrong signature is told from a message that never was by nobody (404)."""
    found = session.execute(
        select(Message, Conversation, Identity, MailThread)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(MailThread, MailThread.identity_id == Identity.id)
        .where(Message.id == message_of(button_id))
    ).first()
    if found is None:
        raise _unknown()
    message, conversation, identity, thread = found.tuple()
    if not mail_threads.is_signed(thread.secret, "press", button_id, signature):
        raise _unknown()
    return message, conversation, identity


def _unknown() -> HTTPException:
    return HTTPException(404, "there is no such page")
