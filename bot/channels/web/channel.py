"""The web channel: the chat on the shop's pages, at /chat, and in the terminal.

A visitor holds an opaque token. Whatever she asks for is found through that token's identity and never through an id that she
sends, so another visitor's conversation cannot be named at all.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from babel import Locale
from fastapi import APIRouter, Header, HTTPException, Query, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.orm import Session

from bot.channels.base import Surroundings
from bot.channels.web.files import WebFiles
from bot.channels.web.head_line import head_line
from bot.channels.web.leaving import Leavings, left_in
from bot.channels.web.payloads import NewMessage, ReadUpTo
from bot.channels.web.transcripts import Transcripts
from bot.channels.web.visits import Visits
from bot.messages import LONGEST_TEXT, Inbound, UnknownSender, UnreadableMessage
from bot.workers import Transport
from handoff import conversations, events, local_time, queue, teams, turns, visitors
from handoff.attachments import RefusedFile
from handoff.model import Conversation, Identity
from handoff.outbox import TransportError
from handoff.telling import tell
from handoff.views import for_shopper
from handoff.whispers import Ear, Whispers
from handoff.wording import known_language

# A browser that says nothing for so long is gone; the chat sends a sign of life every 25 s.
_SILENCE_SECONDS = 60


class WebChannel:
    """Browsers fetch their messages, so there is no transport."""

    name = "web"
    transport: Transport | None = None

    def __init__(self, surroundings: Surroundings) -> None:
        self._at = surroundings
        settings = surroundings.settings
        self._whispers = Whispers(surroundings.database, surroundings.bus)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._messages = RateLimitItemPerMinute(settings.messages_per_minute)
        self.router = APIRouter(prefix="/api/chat")
        self.router.add_api_route("/config", self.config, methods=["GET"])
        self.router.add_api_route("/messages", self.send, methods=["POST"], status_code=202)
        self.router.add_api_route("/events", self.fetch, methods=["GET"])
        self.router.add_api_route("/read", self.read, methods=["POST"], status_code=204)
        self._files = WebFiles(surroundings, self._visitor, self._limiter)
        self.router.include_router(self._files.router)
        self.router.include_router(Visits(surroundings, self._visitor, self._limiter).router)
        self._transcripts = Transcripts(surroundings, self._visitor, self._limiter)
        self.router.include_router(self._transcripts.router)
        self._leavings = Leavings(surroundings, self._visitor, self._limiter)
        self.router.include_router(self._leavings.router)
        self.router.add_api_websocket_route("/socket", self.socket)

    async def run(self) -> None:
        """Nothing to do on its own."""

    async def webhook(self, request: Request) -> Response:
        """Nobody calls the web channel but its own pages."""
        raise HTTPException(404, "the web channel has no webhook")

    async def check(self) -> list[str]:
        """It needs nothing from anybody."""
        return []

    async def send_test(self, address: str) -> None:
        """Raises TransportError: browsers fetch their messages."""
        raise TransportError("fetched", permanent=True)

    async def config(
        self,
        language: Annotated[str, Query(max_length=35)] = "",
        zone: Annotated[str, Query(max_length=local_time.LONGEST_ZONE)] = "",
    ) -> dict[str, Any]:
        """What the chat needs before anybody speaks: its words, and whose shop it is. `zone` is the browser's."""
        spoken = known_language(language)
        shop = self._at.settings.shop
        words = {name: str(entry) for name, entry in self._at.words.section(spoken, "chat").items()}
        words["title"] = words["title"].format(shop=shop)
        words["header"] = await run_in_threadpool(head_line, self._at, spoken, zone)
        direction = Locale.parse(spoken).text_direction
        offers = {
            "transcript": self._transcripts.offered,
            "identity_required": self._at.settings.widget.identity_required,
            **self._leavings.offers,
        }
        return {"language": spoken, "dir": direction, "shop": shop, "words": words, **offers}

    async def send(self, body: NewMessage, authorization: Annotated[str, Header()] = "") -> JSONResponse:
        """Take a message in. 401 for an unknown token, 422 for what cannot be read, 429 for too many."""
        identity = await self._visitor(authorization)
        if not self._limiter.hit(self._messages, "message", identity.id):
            raise HTTPException(429, "too many messages at once; wait a moment")
        if (zone := local_time.known_zone(body.zone)) and zone != identity.time_zone:
            await run_in_threadpool(self._note_zone, identity.id, zone)  # before agents hear of the message
        inbound = Inbound(
            channel=self.name,
            external_id=f"{identity.id}:{body.client_id}",
            address=identity.address,
            text=body.text or "",
            sent_at=self._at.now(),
            button_id=body.button,
            language=body.language,
            client_id=body.client_id,
            files=tuple(body.files),
            admitted=True,
        )
        try:
            received = await run_in_threadpool(self._at.gateway.receive, inbound, self._at.now())
        except UnreadableMessage as error:
            raise HTTPException(422, {"reason": str(error), "most": LONGEST_TEXT}) from None
        except RefusedFile as error:
            raise HTTPException(422, self._files.refused(error, body.language)) from None
        except UnknownSender:
            raise _unknown_visitor() from None
        return JSONResponse({"id": received.message_id, "duplicate": received.duplicate}, 202)

    def _note_zone(self, identity_id: str, zone: str) -> None:
        with self._at.database.write() as session:
            local_time.note(session, identity_id, zone)

    async def fetch(
        self,
        after: Annotated[int, Query(ge=0, le=events.LARGEST_SEQ)] = 0,
        authorization: Annotated[str, Header()] = "",
    ) -> dict[str, Any]:
        """The visitor's events after a number, who has the conversation, and the place in the queue while it waits."""
        identity = await self._visitor(authorization)
        return await run_in_threadpool(self._state, identity, after)

    def _state(self, identity: Identity, after: int) -> dict[str, Any]:
        with self._at.database.read() as session:
            conversation = conversations.latest(session, identity.id)
            before = {} if after else {"earlier": bool(visitors.before_latest(session, identity))}
            if conversation is None:
                return {"conversation": None, "events": [], "owner": None, "last": 0, "place": None, **before}
            newest = events.after(session, conversation.id, after, public_only=True)
            return {
                "conversation": conversation.id,
                "events": [for_shopper(event) for event in newest],
                "owner": conversation.owner,
                "last": newest[-1].seq if newest else max(after, 0),
                "place": self._place(session, conversation) if conversation.owner == "queue" else None,
                "typing": conversation.owner == "bot" and turns.is_owed(session, conversation.id),
                "read": conversation.shopper_read_seq,
                "left": left_in(session, conversation),
                **before,
            }

    def _place(self, session: Session, conversation: Conversation) -> dict[str, Any]:
        """`wait` is {"kind", "low", "high"}, as handoff.waiting.Wait; None when nobody can tell, or outside of hours."""
        now, hours = self._at.now(), teams.hours_of(session, conversation, self._at.handoff)
        found = queue.place(session, conversation, now, self._at.handoff.online_within)
        wait = found.wait if hours is None or hours.is_open(now) else None
        return {
            "position": found.position,
            "people_online": found.people_online,
            "wait": asdict(wait) if wait is not None else None,
        }

    async def read(self, body: ReadUpTo, authorization: Annotated[str, Header()] = "") -> None:
        """Note how far the visitor has read; a number from the future is refused (422)."""
        identity = await self._visitor(authorization)

        def note() -> None:
            with self._at.database.write() as session:
                conversation = conversations.current(session, identity.id)
                if conversation is None or body.seq > conversation.last_seq:
                    raise HTTPException(422, "there is no such event yet")
                if body.seq > conversation.shopper_read_seq:
                    conversation.shopper_read_seq = body.seq
                    seen = events.ReadByShopper(up_to=body.seq)
                    events.append(session, conversation, seen, self._at.now(), public=False)

        await run_in_threadpool(note)

    async def socket(self, websocket: WebSocket) -> None:
        """Says {"conversation", "seq"}, or {"resync"}, whenever there may be something new; {"typing"} when an agent writes.

        The token comes as the first message. After that {"typing": true} says that the visitor writes.
        """
        await websocket.accept()
        try:
            hello = await asyncio.wait_for(websocket.receive(), _SILENCE_SECONDS)
            identity = await self._visitor(f"Bearer {json.loads(hello['text'])['token']}")
        except TimeoutError:
            return
        except (ValueError, KeyError, TypeError, RecursionError, HTTPException):
            if hello["type"] == "websocket.disconnect":
                return
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may have hung up by itself
                await websocket.close(4401, "the first message must be an object with a known token")
            return
        # It may be gone before it is greeted.
        with self._at.bus.subscribe(identity.id) as nudges, contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await websocket.send_json({"hello": True})
            await tell(websocket, nudges, self._stay(websocket, identity.id))

    async def _stay(self, websocket: WebSocket, identity_id: str) -> None:
        """Ends when the browser goes away or falls silent. "{}" is a sign of life, and gets one back: a line may be dead and
        look open."""
        ear = Ear(self._at.now)
        heard: Mapping[str, Any] = {"type": "websocket.connect"}
        while heard["type"] != "websocket.disconnect":
            if heard.get("text") == "{}":
                await asyncio.wait_for(websocket.send_json({}), _SILENCE_SECONDS)
            elif ear.shopper(heard.get("text")):
                await run_in_threadpool(self._whispers.of_shopper, identity_id)
            heard = await asyncio.wait_for(websocket.receive(), _SILENCE_SECONDS)

    async def _visitor(self, authorization: str) -> Identity:
        scheme, _, token = authorization.partition(" ")

        def find() -> Identity | None:
            with self._at.database.read() as session:
                return visitors.identify(session, token, self._at.now())

        identity = await run_in_threadpool(find) if scheme == "Bearer" and token else None
        if identity is None or (self._at.settings.widget.identity_required and not visitors.is_user(identity)):
            raise _unknown_visitor()
        return identity


def _unknown_visitor() -> HTTPException:
    return HTTPException(401, "unknown or expired visitor; ask for a new token at POST /api/chat/visitors")
