"""Sending to Zalo: with a token that works, in as many messages as it takes, and its refusals in the outbox's terms."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from bot.channels.parts import PartByPart
from bot.channels.zalo.api import EXPIRED, UnreadableAnswer, ZaloApi, ZaloError, failure
from bot.channels.zalo.payloads import parts
from bot.channels.zalo.tokens import Tokens
from handoff.outbox import Delivery, TransportError

# A send ends well before its worker stops renewing the lease: nobody else may begin the same message meanwhile.
_LONGEST_SEND = timedelta(seconds=50)
FAILURES = (ZaloError, UnreadableAnswer, httpx.HTTPError, TransportError, TimeoutError)


class ZaloTransport:
    """One account."""

    def __init__(self, api: ZaloApi, tokens: Tokens) -> None:
        self._api, self._tokens, self._parts = api, tokens, PartByPart()

    async def send(self, delivery: Delivery) -> str | None:
        """Send a message in as many parts as it takes; returns Zalo's id of the last. Raises TransportError."""
        wanted = parts(delivery.content)
        if not wanted:
            raise TransportError("the message has no text; Zalo takes no empty ones", permanent=True)
        steps = [partial(self._post, delivery.address, message) for message in wanted]
        try:
            async with asyncio.timeout(_LONGEST_SEND.total_seconds()):
                return await self._parts.send(delivery.message_id, steps)
        except FAILURES as error:
            raise failure(error) from None

    async def say(self, address: str, text: str) -> None:
        """Say something that belongs to no conversation. Raises TransportError."""
        try:
            await self._post(address, {"text": text})
        except FAILURES as error:
            raise failure(error) from None

    async def look(self) -> None:
        """Ask for the account itself. Raises ZaloError and the like, as they come."""
        token = await self._tokens.access()
        try:
            await self._api.account(token)
        except ZaloError as error:
            if not is_expired(error):
                raise
            await self._api.account(await self._tokens.access(stale=token))

    async def _post(self, address: str, message: Mapping[str, Any]) -> str | None:
        token = await self._tokens.access()
        try:
            return await self._api.send(token, address, message)
        except ZaloError as error:
            if not is_expired(error):
                raise
        # Zalo took nothing: with a new token it is tried once more.
        return await self._api.send(await self._tokens.access(stale=token), address, message)


def is_expired(error: ZaloError) -> bool:
    """Whether the token was the reason."""
    return error.code in EXPIRED or (error.status == 401 and error.code == 0)
