"""What a channel says outside of any conversation, beside its work: nobody waits for it, and none is worth an update."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from handoff.outbox import TransportError

log = structlog.get_logger()
_TRIES = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds
_REMEMBERED = 10_000  # occasions on which something was said that need not be said again


class Courtesy:
    """Says something once an occasion. `say` sends to an address and raises TransportError."""

    def __init__(self, channel: str, say: Callable[[str, str], Awaitable[None]]) -> None:
        self._channel, self._send = channel, say
        self._errands: set[asyncio.Task[None]] = set()
        self._said: dict[str, None] = {}

    def say(self, occasion: str, address: str, text: str) -> None:
        """Begin to say it, unless it was said on this occasion before."""
        if occasion in self._said:
            return
        self._said[occasion] = None
        if len(self._said) > _REMEMBERED:
            del self._said[next(iter(self._said))]
        task = asyncio.create_task(self._try(address, text))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def end(self) -> None:
        """Break off what is still under way."""
        for errand in self._errands:
            errand.cancel()

    async def _try(self, address: str, text: str) -> None:
        pause = _FIRST_PAUSE
        for tries in range(1, _TRIES + 1):
            try:
                await self._send(address, text)
                return
            except TransportError as error:
                log.warning("courtesy.failed", channel=self._channel, reason=str(error), tries=tries)
                if error.permanent or tries == _TRIES:
                    return
                asked = error.retry_after.total_seconds() if error.retry_after else pause
                await asyncio.sleep(min(asked, _LONGEST_PAUSE))
                pause *= 2
