"""Who visits the chat: browsers that nobody knows, users for whom the shop's server vouches, and those who leave."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from babel import Locale
from fastapi import APIRouter, Header, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from bot.channels.base import Surroundings
from bot.channels.web.payloads import KnownUser
from handoff import conversations, events, visitors
from handoff.contacts import UnknownIdentity
from handoff.model import Identity
from handoff.views import for_shopper
from handoff.wording import known_language

_Authorization = Annotated[str, Header()]
_Language = Annotated[str, Query(max_length=35)]


class Visits:
    """Routes below /api/chat."""

    def __init__(
        self,
        surroundings: Surroundings,
        visitor: Callable[[str], Awaitable[Identity]],
        limiter: MovingWindowRateLimiter,
    ) -> None:
        self._at, self._visitor, self._limiter = surroundings, visitor, limiter
        self._setup = surroundings.settings.widget
        self._visits = RateLimitItemPerMinute(surroundings.settings.visitors_per_minute)
        self.router = APIRouter()
        self.router.add_api_route("/visitors", self.admit, methods=["POST"], status_code=201)
        self.router.add_api_route("/visitors", self.leave, methods=["DELETE"], status_code=204)
        self.router.add_api_route("/launcher", self.launcher, methods=["GET"])
        self.router.add_api_route("/earlier", self.earlier, methods=["GET"])

    async def admit(
        self, request: Request, user: KnownUser | None = None, authorization: _Authorization = ""
    ) -> dict[str, str]:
        """A token: for a new visitor, or for the user who is named, with what this browser wrote before she signed in.

        401 when the user's signature is not the shop's, 403 when only users may write, 429 when one address asks too often.
        """
        address = request.client.host if request.client else "?"
        if not self._limiter.hit(self._visits, "visitor", address):
            raise HTTPException(429, "too many new visitors from this address; wait a minute")
        if user is not None:
            return {"token": await self._sign_in(user, authorization)}
        if self._setup.identity_required:
            raise HTTPException(403, "only users of the shop may write here; sign in at the shop first")

        def create() -> str:
            with self._at.database.write() as session:
                return visitors.admit(session, self._at.now())

        return {"token": await run_in_threadpool(create)}

    async def _sign_in(self, user: KnownUser, authorization: str) -> str:
        self._check(user)
        before = authorization.partition(" ")[2]
        try:
            return await run_in_threadpool(
                visitors.sign_in, self._at.database, user.user, user.name, before, self._at.now()
            )
        except UnknownIdentity:  # she was erased at this very moment
            raise HTTPException(409, "this user was just erased; try again") from None

    def _check(self, user: KnownUser) -> None:
        """Raises HTTPException 401 when the shop does not vouch for her, or not any more."""
        if not self._setup.vouches_for(user.user, user.signature, user.expires):
            raise HTTPException(401, "the signature is not that of the shop for this user; see docs/guides/widget.md")
        if user.expires is None and self._setup.expiry_required:
            raise HTTPException(401, "the signature says no time of expiry, which this desk demands: send expires")
        if user.expires is not None and user.expires <= self._at.now().timestamp():
            words = "the signature has expired; load the page again to get a new one"
            raise HTTPException(401, {"cause": "expired", "reason": words})

    async def leave(self, authorization: _Authorization = "") -> None:
        """Forget this browser's token. Nothing that was written is touched."""
        token = authorization.partition(" ")[2]

        def forget() -> None:
            with self._at.database.write() as session:
                visitors.leave(session, token)

        await run_in_threadpool(forget)

    async def launcher(self, language: _Language = "", authorization: _Authorization = "") -> dict[str, Any]:
        """What the button needs before the chat is loaded: its words, and how much this visitor has not read."""
        spoken = known_language(language)
        words = self._at.words.section(spoken, "chat")
        token = authorization.partition(" ")[2]
        return {
            "language": spoken,
            "dir": Locale.parse(spoken).text_direction,
            "words": {name: words[name] for name in ("open", "close", "unread", "unreachable", "again")},
            "count": await run_in_threadpool(self._unread, token) if token else 0,
        }

    def _unread(self, token: str) -> int:
        with self._at.database.read() as session:
            identity = visitors.identify(session, token, self._at.now())
            conversation = conversations.latest(session, identity.id) if identity is not None else None
            return events.unread_by_shopper(session, conversation) if conversation is not None else 0

    async def earlier(self, authorization: _Authorization = "") -> dict[str, Any]:
        """What was said in earlier conversations of this visitor, the oldest first: the messages of the latest of them."""
        identity = await self._visitor(authorization)

        def find() -> list[dict[str, Any]]:
            with self._at.database.read() as session:
                return [for_shopper(event) for event in visitors.earlier(session, identity)]

        return {"events": await run_in_threadpool(find)}
