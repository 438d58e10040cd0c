"""Access tokens for a mailbox: fetched with a refresh token when the last one runs out (RFC 6749, section 6)."""

import asyncio
import time
from collections.abc import Callable

import httpx

from bot.channels.email.setup import EmailSetup

_EARLY_SECONDS = 120.0  # a token is given up before it ends
_TIMEOUT = httpx.Timeout(15.0)
_LONGEST_TOKEN = 10_000


class OAuthTrouble(Exception):
    """No token was given, and why; holds no secret."""


class Tokens:
    """The current access token of one account. A refresh token that the provider exchanges is used from then on."""

    def __init__(self, setup: EmailSetup, clock: Callable[[], float] = time.monotonic) -> None:
        self._setup, self._clock = setup, clock
        self._refresh = setup.oauth_refresh_token.get_secret_value()
        self._token, self._ends = "", 0.0
        self._asking = asyncio.Lock()

    async def get(self) -> str:
        """A token that still works; "" when the account has a password. Raises OAuthTrouble."""
        if not self._setup.by_oauth:
            return ""
        async with self._asking:
            if self._clock() >= self._ends:
                await self._fetch()
            return self._token

    async def _fetch(self) -> None:
        setup = self._setup
        body = {"grant_type": "refresh_token", "refresh_token": self._refresh, "client_id": setup.oauth_client_id}
        if secret := setup.oauth_client_secret.get_secret_value():
            body["client_secret"] = secret
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT) as client:
                answer = await client.post(setup.oauth_token_url, data=body)
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OAuthTrouble(f"the provider of tokens cannot be reached ({type(error).__name__})") from None
        token = found.get("access_token") if isinstance(found, dict) else None
        if answer.status_code != 200 or not isinstance(token, str) or not 0 < len(token) <= _LONGEST_TOKEN:
            reason = found.get("error") if isinstance(found, dict) else None
            raise OAuthTrouble(f"the provider gives no token: {str(reason or answer.status_code)[:100]}")
        lasts = found.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float) and lasts > 0 else 600.0
        self._token, self._ends = token, self._clock() + max(seconds - _EARLY_SECONDS, 30.0)
        self._refresh = str(found.get("refresh_token") or self._refresh)
