"""The conversation by e-mail, when its shopper asks for it."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from limits import RateLimitItemPerDay, RateLimitItemPerHour
from limits.strategies import MovingWindowRateLimiter

from bot.channels.base import Surroundings
from bot.channels.web.payloads import WantedTranscript
from handoff import conversations
from handoff.model import Audit, Identity
from handoff.outbox import TransportError
from handoff.wording import known_language

# Visitors cost nothing, and what they write is in the mail: neither one who makes many of them nor many together may use
# the shop's name to write to strangers.
_OF_VISITOR, _OF_ADDRESS = RateLimitItemPerHour(3), RateLimitItemPerHour(10)
_TO_RECEIVER, _OF_DESK = RateLimitItemPerDay(3), RateLimitItemPerHour(300)


class Transcripts:
    """Route /api/chat/transcript."""

    def __init__(
        self,
        surroundings: Surroundings,
        visitor: Callable[[str], Awaitable[Identity]],
        limiter: MovingWindowRateLimiter,
    ) -> None:
        self._at, self._visitor, self._limiter = surroundings, visitor, limiter
        self.router = APIRouter()
        self.router.add_api_route("/transcript", self.send, methods=["POST"], status_code=202)

    @property
    def offered(self) -> bool:
        """Whether the shop can send mail."""
        return self._at.mailer() is not None

    async def send(
        self, request: Request, body: WantedTranscript, authorization: Annotated[str, Header()] = ""
    ) -> None:
        """Mail the visitor's latest conversation. 404 without mail or conversation, 422 for no address, 429 for too many,
        502 when the mail cannot be sent."""
        identity = await self._visitor(authorization)
        mailer = self._at.mailer()
        language = known_language(body.language)
        if mailer is None:
            raise HTTPException(404, "this shop sends no mail")
        try:
            address = validate_email(body.email.strip(), check_deliverability=False).normalized
        except EmailNotValidError:
            raise HTTPException(422, {"reason": self._at.words.say(language, "chat.no_address")}) from None
        conversation_id = await run_in_threadpool(self._latest, identity.id)
        if conversation_id is None:
            raise HTTPException(404, "there is no conversation yet")
        if not self._may(identity.id, request.client.host if request.client else "?", address):
            raise HTTPException(429, "too many of these mails; wait a while")
        try:
            await mailer.send_transcript(address, conversation_id, language)
        except TransportError as error:
            raise HTTPException(502, {"reason": self._at.words.say(language, "chat.not_mailed")}) from error
        await run_in_threadpool(self._record, conversation_id)

    def _may(self, visitor: str, address: str, receiver: str) -> bool:
        limits = (_OF_VISITOR, visitor), (_OF_ADDRESS, address), (_TO_RECEIVER, receiver.lower()), (_OF_DESK, "")
        wanted = [(limit, "transcript", str(place), who) for place, (limit, who) in enumerate(limits)]
        # One that is refused takes nothing of the others' share.
        return all(self._limiter.test(*one) for one in wanted) and all(self._limiter.hit(*one) for one in wanted)

    def _latest(self, identity_id: str) -> str | None:
        with self._at.database.read() as session:
            found = conversations.latest(session, identity_id)
            return found.id if found is not None else None

    def _record(self, conversation_id: str) -> None:
        # Not the address: the audit outlives a shopper's data.
        with self._at.database.write() as session:
            row = Audit(at=self._at.now(), actor="shopper", act="mail transcript", conversation_id=conversation_id)
            row.details = {}
            session.add(row)
