"""Sending to Zalo: with a token that works, in as many messages as it takes, and its refusals in the outbox's terms."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import httpx

from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.parts import PartByPart, Step
from bot.channels.zalo.api import EXPIRED, UNREACHABLE, UnreadableAnswer, ZaloApi, ZaloError, failure
from bot.channels.zalo.outgoing_files import kind_of, message_of
from bot.channels.zalo.payloads import parts
from bot.channels.zalo.tokens import Tokens
from handoff.outbox import Delivery, Sent, TransportError
from handoff.whys import Why

# A send ends well before its worker stops renewing the lease: nobody else may begin the same message meanwhile.
_LONGEST_SEND = timedelta(seconds=50)
Found = TypeVar("Found")
FAILURES = (ZaloError, UnreadableAnswer, httpx.HTTPError, TransportError, TimeoutError)


class ZaloTransport:
    """One account."""

    sends_files = True

    def __init__(self, api: ZaloApi, tokens: Tokens, files: OutgoingFiles) -> None:
        self._api, self._tokens, self._files, self._parts = api, tokens, files, PartByPart()

    async def send(self, delivery: Delivery) -> Sent:
        """Send a message in as many parts as it takes; the id is Zalo's of the last. Raises TransportError."""
        content: Mapping[str, Any] = delivery.content
        if content["type"] == "template":
            steps: list[Step] = [partial(self._post_template, delivery.address, content["template"])]
        else:
            steps = [partial(self._post, delivery.address, message) for message in parts(content)]
        steps += [partial(self._give, delivery.address, file) for file in self._files.of(delivery)]
        if not steps:
            raise TransportError("empty", permanent=True)
        try:
            async with asyncio.timeout(_LONGEST_SEND.total_seconds()):
                return await self._parts.send(delivery, steps)
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
        await self._with_token(self._api.account)

    async def _post(self, address: str, message: Mapping[str, Any]) -> str | None:
        return await self._with_token(partial(self._api.send, user=address, message=message))

    async def _post_template(self, address: str, template: Mapping[str, Any]) -> str | None:
        values = dict(zip(template["variables"], template["values"], strict=True))
        call = partial(self._api.send_template, user=address, template=template["name"], values=values)
        return await self._with_token(call)

    async def _give(self, address: str, facts: Mapping[str, Any]) -> str | Sent | None:
        """A file; as a link when Zalo takes none of its kind or size, or refuses it."""
        kind = kind_of(facts)
        why: Why | None = None
        said = ""
        if kind is not None:
            try:
                return await self._post(address, message_of(kind, await self._upload(kind, facts), facts))
            except ZaloError as error:
                if error.code in UNREACHABLE or not failure(error).permanent:
                    raise
                why, said = "as_link", self._files.remark(facts, error)
        return Sent(await self._post(address, {"text": await self._files.line(facts)}), why, said)

    async def _upload(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Raises ZaloError; TransportError for what is tried again: the shopper has got nothing yet, whatever happened."""
        file = await self._files.bytes_of(facts)
        given = (file.name, file.data, file.media_type)
        try:
            return await self._with_token(partial(self._api.upload, kind=kind, file=given))
        except (UnreadableAnswer, httpx.HTTPError) as error:
            reason = str(error) or type(error).__name__
            raise TransportError("unreachable", reason, permanent=False) from None

    async def _with_token(self, call: Callable[[str], Awaitable[Found]]) -> Found:
        token = await self._tokens.access()
        try:
            return await call(token)
        except ZaloError as error:
            if not is_expired(error):
                raise
        # Zalo took nothing: with a new token it is tried once more.
        return await call(await self._tokens.access(stale=token))


def is_expired(error: ZaloError) -> bool:
    """Whether the token was the reason."""
    return error.code in EXPIRED or (error.status == 401 and error.code == 0)
