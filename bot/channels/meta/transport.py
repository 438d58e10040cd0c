"""Sending by Meta's Graph API: part by part, no faster than the account may, and its refusals in the outbox's terms."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

import httpx

from bot.channels.meta.failures import failure, refused
from bot.channels.meta.graph import Graph, GraphError, UnreadableAnswer
from bot.channels.meta.heard import Correlation
from bot.channels.meta.pace import Pace
from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.parts import PartByPart, Step
from handoff.outbox import Delivery, Sent, TransportError
from handoff.whys import Why

# A send ends well before its worker stops renewing the lease: nobody else may begin the same message meanwhile.
_LONGEST_SEND_SECONDS = 50
_FAILURES = (GraphError, UnreadableAnswer, httpx.HTTPError, httpx.InvalidURL, TimeoutError)
Message = dict[str, Any]


class Shapes(Protocol):
    """What differs between the channels."""

    provider: str

    def parts(self, delivery: Delivery) -> list[Message]:
        """The message without its files."""

    def text(self, words: str) -> Message:
        """Plain words."""

    async def file(self, graph: Graph, facts: Mapping[str, Any], files: OutgoingFiles) -> Message | None:
        """A file, uploaded; None when the channel does not take it and it is to be given as a link."""

    async def post(self, graph: Graph, address: str, message: Message, said_by: str, correlation: str) -> str:
        """Send; returns the provider's id. Raises as Graph does, and LookupError when the answer names none."""


class MetaTransport:
    """One account's."""

    sends_files = True

    def __init__(self, graph: Graph, shapes: Shapes, files: OutgoingFiles, per_second: int) -> None:
        self._graph, self._shapes, self._files, self._pace = graph, shapes, files, Pace(per_second)
        self._progress = PartByPart()

    async def send(self, delivery: Delivery) -> Sent:
        """Send a message in as many parts as it takes; the id is that of the last. Raises TransportError."""
        messages, files = self._shapes.parts(delivery), self._files.of(delivery)
        total = len(messages) + len(files)
        if not total:
            raise TransportError("empty", permanent=True)
        abouts = [str(Correlation(delivery.message_id, part, total, delivery.anew)) for part in range(1, total + 1)]
        steps: list[Step] = [
            partial(self._post, delivery, message, about) for message, about in zip(messages, abouts, strict=False)
        ]
        for file, about in zip(files, abouts[len(messages) :], strict=True):
            steps.append(partial(self._give, delivery, file, about))
        return await self._within_time(delivery, steps)

    async def say(self, address: str, text: str) -> None:
        """Say something that belongs to no conversation. Raises TransportError."""

        async def said() -> str:
            await self._pace.turn()
            return await self._shapes.post(self._graph, address, self._shapes.text(text), "desk", "")

        try:
            await said()
        except _FAILURES as error:
            raise failure(error) from None

    async def _within_time(self, delivery: Delivery, steps: list[Step]) -> Sent:
        try:
            async with asyncio.timeout(_LONGEST_SEND_SECONDS):
                return await self._progress.send(delivery, steps)
        except _FAILURES as error:
            raise failure(error) from None

    async def _post(self, delivery: Delivery, message: Message, about: str) -> str:
        await self._pace.turn()
        return await self._shapes.post(self._graph, delivery.address, message, delivery.author, about)

    async def _give(self, delivery: Delivery, facts: Mapping[str, Any], about: str) -> Sent:
        why: Why | None = None
        said = ""
        try:
            message = await self._shapes.file(self._graph, facts, self._files)
        except GraphError as error:
            if not refused(error).permanent:
                raise
            message, why, said = None, "as_link", self._files.remark(facts, error)
        if message is None:
            message = self._shapes.text(await self._files.line(facts))
        return Sent(await self._post(delivery, message, about), why, said)


def named(answer: Mapping[str, Any], *path: str | int) -> str:
    """The id that an answer names. Raises UnreadableAnswer."""
    found: Any = answer
    try:
        for step in path:
            found = found[step]
    except (LookupError, TypeError):
        found = None
    if not isinstance(found, str) or not found:
        raise UnreadableAnswer("the answer names no id")
    return found
