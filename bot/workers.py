"""The desk's two workers: one answers owed turns, one delivers the outbox. Both act on rows: a restart loses nothing."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import structlog

from bot.gateway import Gateway
from handoff import outbox, turns
from handoff.database import Database
from handoff.model import Turn
from handoff.outbox import Delivery, TransportError
from handoff.troubles import again_when_undone

log = structlog.get_logger()
Item = TypeVar("Item")

# How often rows are looked for without being woken: leases that ran out, and retries that became due.
_LOOK_EVERY_SECONDS = 1.0


class Transport(Protocol):
    """How one channel sends."""

    async def send(self, delivery: Delivery) -> str | None:
        """Send; returns the provider's id for the message. Raises TransportError."""


class Worker(Generic[Item]):
    """Takes due rows and handles several at once; `wake` shortens the wait for the next look."""

    def __init__(
        self,
        name: str,
        at_once: int,
        take: Callable[[int], Sequence[Item]],
        handle: Callable[[Item], Awaitable[None]],
    ) -> None:
        self._name, self._at_once = name, at_once
        self._take, self._handle = take, handle
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look for rows now; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Work until cancelled. A database that is away for a moment is tried again."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            free = self._at_once - len(self._tasks)
            try:
                taken = await asyncio.to_thread(self._take, free) if free > 0 else []
            except Exception:
                log.exception("worker.take_failed", worker=self._name)
                taken = []
            for item in taken:
                task = asyncio.create_task(self._work(item))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if not taken:
                # Not `wait_for`, which can swallow being cancelled when it is woken at the same moment.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                        await self._woken.wait()

    async def _work(self, item: Item) -> None:
        try:
            await self._handle(item)
        except Exception:
            log.exception("worker.item_failed", worker=self._name)  # its lease runs out, and it is tried again
        finally:
            self._woken.set()


def turn_worker(database: Database, gateway: Gateway, at_once: int, now: Callable[[], datetime]) -> Worker[Turn]:
    """Answers owed turns; conversations in parallel, each one's turns in order."""

    def take(count: int) -> list[Turn]:
        with database.write() as session:
            return turns.take(session, now(), count)

    async def handle(turn: Turn) -> None:
        await gateway.answer(turn, now)

    return Worker("turns", at_once, take, handle)


def delivery_worker(
    database: Database, transports: Mapping[str, Transport], now: Callable[[], datetime]
) -> Worker[Delivery]:
    """Delivers the outbox; at most one message of a conversation is in flight."""

    def take(count: int) -> list[Delivery]:
        with database.write() as session:
            return outbox.take(session, now(), count)

    @again_when_undone
    def settle(delivery: Delivery, outcome: str | TransportError | None) -> None:
        with database.write() as session:
            if not isinstance(outcome, TransportError):
                outbox.sent(session, delivery, outcome, now())
            elif outbox.failed(session, delivery, outcome, now()):
                log.error("delivery.parked", message=delivery.message_id, channel=delivery.channel, reason=str(outcome))

    async def handle(delivery: Delivery) -> None:
        transport = transports.get(delivery.channel)
        try:
            if transport is None:
                raise TransportError(f"channel '{delivery.channel}' is not switched on", permanent=False)
            outcome: str | TransportError | None = await transport.send(delivery)
        except TransportError as error:
            outcome = error
        except Exception as error:  # a fault of the transport's own must not hold the conversation up for ever
            log.exception("delivery.transport_failed", message=delivery.message_id, channel=delivery.channel)
            outcome = TransportError(f"{type(error).__name__}: {error}", permanent=False)
        await asyncio.to_thread(settle, delivery, outcome)

    return Worker("delivery", 8, take, handle)
