"""The account's tokens, and what Zalo's refusals to exchange them mean."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import httpx
import structlog

from bot.channels.passes import Passes, Refused, Slow
from bot.channels.zalo.api import PASSES, REUSED, TOO_FAST, UnreadableAnswer, ZaloApi, ZaloError, failure
from bot.channels.zalo.setup import ZaloSetup
from handoff.database import Database
from handoff.outbox import TransportError
from handoff.sealing import KeyTrouble, Sealer

log = structlog.get_logger()

CHANNEL = "zalo"
# So long before its end an access token is exchanged: a desk that was away for an hour or two still has one that works.
EARLY = timedelta(hours=2)
Found = TypeVar("Found")


class NoTokens(TransportError):
    """There is no token that works, and trying again alone will not bring one; `key` is that of the words for admins."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__("setup", reason, permanent=False)
        self.key = key


class Tokens:
    """Of one account."""

    def __init__(
        self, setup: ZaloSetup, api: ZaloApi, database: Database, sealer: Sealer, now: Callable[[], datetime]
    ) -> None:
        self._setup, self._api = setup, api
        first = setup.refresh_token.get_secret_value()
        self._passes = Passes(CHANNEL, first, self._exchange, database, sealer, now)

    async def access(self, stale: str = "") -> str:
        """A token that is not `stale`, and not about to expire. Raises TransportError, of which NoTokens needs an admin."""
        return await self._in_words(self._passes.access(stale))

    async def renew_early(self) -> None:
        """Exchange what expires soon. Raises as `access`."""
        await self._in_words(self._passes.renew(EARLY))

    async def settle(self) -> None:
        """Wait until no exchange is under way."""
        await self._passes.settle()

    async def _exchange(self, refresh: str) -> tuple[str, str, timedelta]:
        secret = self._setup.app_secret.get_secret_value()
        try:
            return await self._api.exchange(self._setup.app_id, secret, refresh)
        except ZaloError as error:
            log.error("zalo.exchange_refused", code=error.code, status=error.status)
            raise _no(error) from None
        except (httpx.HTTPError, UnreadableAnswer) as error:
            raise TransportError("unreachable", type(error).__name__, permanent=False) from None

    async def _in_words(self, asked: Awaitable[Found]) -> Found:
        try:
            return await asked
        except Refused as error:
            raise _refused(error.code) from None
        except KeyTrouble as error:
            raise NoTokens("key", f"the desk cannot open its tokens for Zalo: {error}") from None
        except Slow:
            raise TransportError("unreachable", "another desk is getting new tokens", permanent=False) from None


def _no(error: ZaloError) -> Exception:
    """What a refused exchange means. Only that the token itself is used up is remembered: then asking again brings nothing.

    Anything else may be mended without another refresh token, be it the app's secret, or a passing trouble of Zalo's.
    """
    if error.code == REUSED:
        return Refused(str(error.code))
    if error.code in TOO_FAST | PASSES or error.status == 429 or error.status >= 500:
        return failure(error)
    return _refused(str(error.code or error.status))


def _refused(code: str) -> NoTokens:
    """Why Zalo gave no tokens, by the number that it said."""
    if code == str(REUSED):
        return NoTokens(
            "refresh_used", "Zalo does not accept the refresh token any more; an admin has to enter a new one"
        )
    return NoTokens("refresh_refused", f"Zalo gives no tokens ({code}); an admin has to check the app's id and secrets")
