"""Access tokens for a mailbox: fetched with a refresh token when the last one runs out (RFC 6749, section 6).

A provider may lend a new refresh token with each answer and take the old one back, so both are stored, sealed, and one desk
at a time asks.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from bot.channels.email.setup import EmailSetup
from bot.channels.passes import Passes, Slow
from handoff.database import Database
from handoff.sealing import KeyTrouble, Sealer

CHANNEL = "email"
_EARLY, _SHORTEST = timedelta(minutes=2), timedelta(seconds=30)  # a token is given up before it ends
_UNSAID = timedelta(minutes=10)  # how long a token lasts whose provider does not say
_TIMEOUT = httpx.Timeout(15.0)
_LONGEST_SECONDS = 20.0  # for all of an answer: less than the lease
_LONGEST_TOKEN = 10_000


class OAuthTrouble(Exception):
    """No token was given, and why; holds no secret. `key` is that of the words for admins."""

    def __init__(self, words: str, key: str = "token") -> None:
        super().__init__(words)
        self.key = key


class Tokens:
    """The access token of one account, for all desks of a database."""

    def __init__(self, setup: EmailSetup, database: Database, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._setup, self._doubted = setup, ""
        first = setup.oauth_refresh_token.get_secret_value()
        self._passes = Passes(CHANNEL, first, self._fetch, database, sealer, now)

    async def get(self) -> str:
        """A token that still works; "" when the account has a password. Raises OAuthTrouble."""
        if not self._setup.by_oauth:
            return ""
        try:
            return await self._passes.access(self._doubted, margin=timedelta())
        except KeyTrouble as error:
            raise OAuthTrouble(f"the desk cannot open its saved tokens: {error}", "key") from None
        except Slow:
            raise OAuthTrouble("another desk has been getting new tokens for too long") from None

    def doubt(self, token: str) -> None:
        """A server did not take it: the next one is another."""
        self._doubted = token

    async def settle(self) -> None:
        """Wait until no exchange is under way."""
        await self._passes.settle()

    async def _fetch(self, refresh: str) -> tuple[str, str, timedelta]:
        """A refusal is not remembered: it may be the client's secret, which is mended without a new refresh token."""
        setup = self._setup
        body = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": setup.oauth_client_id}
        if secret := setup.oauth_client_secret.get_secret_value():
            body["client_secret"] = secret
        try:
            async with (
                asyncio.timeout(_LONGEST_SECONDS),
                httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT) as client,
            ):
                answer = await client.post(setup.oauth_token_url, data=body)
            found = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, TimeoutError) as error:
            raise OAuthTrouble(f"the provider of tokens cannot be reached ({type(error).__name__})") from None
        return _pair(answer.status_code, found if isinstance(found, dict) else {}, refresh)


def _pair(status: int, found: dict[str, object], refresh: str) -> tuple[str, str, timedelta]:
    """Both tokens, of which the second may be the one that was given. Raises OAuthTrouble."""
    token, again, lasts = found.get("access_token"), found.get("refresh_token") or refresh, found.get("expires_in")
    usable = all(isinstance(one, str) and 0 < len(one) <= _LONGEST_TOKEN for one in (token, again))
    if status != 200 or not usable:
        raise OAuthTrouble(f"the provider gives no token: {str(found.get('error') or status)[:100]}")
    seconds = int(lasts) if isinstance(lasts, int | float | str) and str(lasts).split(".")[0].isdecimal() else 0
    span = timedelta(seconds=min(seconds, 10**7)) if seconds > 0 else _UNSAID
    return str(token), str(again), max(span - _EARLY, _SHORTEST)
