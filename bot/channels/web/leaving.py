"""What a visitor asks of people instead of waiting for them: a message that she leaves, a call."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from limits import RateLimitItemPerHour
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.orm import Session

from bot.channels.base import Surroundings
from bot.channels.email.mime import Unreadable, normal_address
from bot.channels.web.payloads import LeftMessage, WantedCall
from bot.messages import LONGEST_TEXT, Inbound, UnknownSender, UnreadableMessage
from handoff import left_messages
from handoff.left_messages import Leaving
from handoff.model import Conversation, Identity
from handoff.wording import known_language

_Authorization = Annotated[str, Header()]
_MOST = RateLimitItemPerHour(10)  # of one visitor: people's answers go to an address that she alone names


class Leavings:
    """Routes /api/chat/left and /api/chat/call."""

    def __init__(
        self,
        surroundings: Surroundings,
        visitor: Callable[[str], Awaitable[Identity]],
        limiter: MovingWindowRateLimiter,
    ) -> None:
        self._at, self._visitor, self._limiter = surroundings, visitor, limiter
        self.router = APIRouter()
        self.router.add_api_route("/left", self.leave, methods=["POST"], status_code=202)
        self.router.add_api_route("/call", self.call, methods=["POST"], status_code=202)

    @property
    def offers(self) -> dict[str, bool]:
        """What the chat can offer: a call, and answers by e-mail."""
        return {"calls": self._at.handoff.callbacks, "mails": self._at.mailer() is not None}

    async def leave(self, body: LeftMessage, authorization: _Authorization = "") -> JSONResponse:
        """Take a message in that is answered later; `email` says that the answer goes there, too.

        401 for an unknown token, 422 for what cannot be read or is no address, 429 for too many.
        """
        identity = await self._visitor(authorization)
        language = known_language(body.language)
        address = self._address(body.email, language) if body.email.strip() else ""
        said = {"text": body.text, "leaving": Leaving(address)}
        return await self._take(identity, body.client_id, language, said)

    async def call(self, body: WantedCall, authorization: _Authorization = "") -> JSONResponse:
        """Ask for a call; the desk asks for the number in the conversation.

        404 where the shop calls nobody, else as for `leave`.
        """
        identity = await self._visitor(authorization)
        if not self._at.handoff.callbacks:
            raise HTTPException(404, "this shop calls nobody back")
        language = known_language(body.language)
        said = {"text": self._at.gateway.wording.say(language, "shopper.call_me"), "wants_call": True}
        return await self._take(identity, body.client_id, language, said)

    async def _take(self, identity: Identity, client_id: str, language: str, said: dict[str, Any]) -> JSONResponse:
        if not self._limiter.hit(_MOST, "leaving", identity.id):
            raise HTTPException(429, "too many of these at once; wait an hour")
        now = self._at.now()
        inbound = Inbound(
            channel="web",
            external_id=f"{identity.id}:{client_id}",
            address=identity.address,
            sent_at=now,
            language=language,
            client_id=client_id,
            admitted=True,
            **said,
        )
        try:
            received = await run_in_threadpool(self._at.gateway.receive, inbound, now)
        except UnreadableMessage as error:
            raise HTTPException(422, {"reason": str(error), "most": LONGEST_TEXT}) from None
        except UnknownSender:
            raise HTTPException(401, "this visitor was erased; ask for a new token") from None
        return JSONResponse({"id": received.message_id, "duplicate": received.duplicate}, 202)

    def _address(self, given: str, language: str) -> str:
        """As mails name it. Raises HTTPException: it is none, or the shop sends no mail."""
        if self._at.mailer() is None:
            raise HTTPException(422, "this shop sends no mail; leave the address out")
        try:
            return normal_address(given.strip())
        except Unreadable:
            raise HTTPException(422, {"reason": self._at.words.say(language, "chat.no_address")}) from None


def left_in(session: Session, conversation: Conversation) -> dict[str, str] | None:
    """How the visitor's own chat shows that she need not wait; None when she left no message, or it was settled."""
    found = left_messages.of(session, conversation.id) if conversation.owner != "closed" else None
    return {"email": found.email} if found is not None else None
