"""Files in the web chat: a visitor puts them into her own conversation, and sees those of her own conversations."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from bot.channels.base import Surroundings
from handoff import attachments
from handoff.attachments import RefusedFile
from handoff.model import Conversation, Identity
from handoff.serving_files import as_response
from handoff.wording import known_language

_Authorization = Annotated[str, Header()]


class WebFiles:
    """Routes below /api/chat/files."""

    def __init__(
        self,
        surroundings: Surroundings,
        visitor: Callable[[str], Awaitable[Identity]],
        limiter: MovingWindowRateLimiter,
    ) -> None:
        self._at, self._visitor, self._limiter = surroundings, visitor, limiter
        self._uploads = RateLimitItemPerMinute(surroundings.settings.files_per_minute)
        self.router = APIRouter(prefix="/files")
        self.router.add_api_route("", self.upload, methods=["POST"], status_code=201)
        self.router.add_api_route("/{file_id}", self.look, methods=["GET"])

    async def upload(
        self,
        request: Request,
        name: Annotated[str, Query(max_length=300)] = "",
        language: Annotated[str, Query(max_length=20)] = "",
        authorization: _Authorization = "",
    ) -> dict[str, Any]:
        """Keep a file until it is sent; the body is the file. 422 says why one is not taken, 429 that there are too many."""
        identity = await self._visitor(authorization)
        if not self._limiter.hit(self._uploads, "file", identity.id):
            raise HTTPException(429, "too many files at once; wait a moment")
        data = await request.body()
        try:
            return await run_in_threadpool(self._keep, identity, data, name, language)
        except RefusedFile as error:
            raise HTTPException(422, self.refused(error, language)) from None

    def _keep(self, identity: Identity, data: bytes, name: str, language: str) -> dict[str, Any]:
        settings, now = self._at.handoff, self._at.now()
        file = attachments.examine(data, name, settings.largest_file, settings.clamd)
        with self._at.database.write() as session:
            conversation = self._at.gateway.place_for_file(session, identity, language, now)
            return attachments.shown(attachments.add(session, conversation, None, file, now))

    async def look(self, file_id: str, authorization: _Authorization = "") -> Response:
        """A file of the visitor's own: sent in a conversation of hers and not in a note, or put there by her. Else 404, as for
        one that never was."""
        try:
            identity = await self._visitor(authorization)
        except HTTPException:
            raise HTTPException(404, "there is no such file") from None

        def find() -> Response | None:
            with self._at.database.read() as session:
                found = attachments.content(session, file_id)
                if found is None or not attachments.is_shoppers(session, found[0]):
                    return None
                conversation = session.get(Conversation, found[0].conversation_id)
                mine = conversation is not None and conversation.identity_id == identity.id
                return as_response(*found) if mine else None

        answer = await run_in_threadpool(find)
        if answer is None:
            raise HTTPException(404, "there is no such file")
        return answer

    def refused(self, error: RefusedFile, language: str) -> dict[str, str]:
        """Why a file is not taken, in the visitor's words."""
        most = f"{self._at.handoff.largest_file / 1_000_000:.0f}"
        words = self._at.words.say(known_language(language), f"files.{error.cause}", most=most)
        return {"reason": words, "cause": error.cause}
