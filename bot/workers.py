"""The desk's two workers: one answers owed turns, one delivers the outbox. Both act on rows: a restart loses nothing."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from bot.gateway import Gateway
from handoff import outbox, turns
from handoff.database import Database
from handoff.model import Turn
from handoff.outbox import Delivery, Sent, TransportError
from handoff.troubles import again_when_undone

log = structlog.get_logger()
Item = TypeVar("Item")

# How often rows are looked for without being woken: leases that ran out, and retries that became due.
_LOOK_EVERY_SECONDS = 1.0
# Well within a lease, so that one that cannot be renewed at once is renewed at the next try.
_RENEW_EVERY_SECONDS = 5.0
# Work that takes longer hangs, and is broken off. Longer than the engine's largest budget and any send.
_LONGEST_WORK_SECONDS = 90.0
# A worker that is ended lets what it began come to its end for so long.
_GRACE_SECONDS = 2.0
_OFF_PAUSE = timedelta(seconds=1)  # then it is looked again whether the channel is on
# What a provider said is worth storing even when the database is away for a while: forgetting it means sending again.
_STORE_FOR_SECONDS, _STORE_EVERY_SECONDS = 60.0, 0.5


class Transport(Protocol):
    """How one channel sends."""

    async def send(self, delivery: Delivery) -> str | Sent | None:
        """Send; returns the provider's id for the message, perhaps with a remark. Raises TransportError."""


class InWords(Protocol):
    """What makes text of a message with files."""

    async def in_words(self, delivery: Delivery) -> Delivery:
        """The message with a link for each of its files."""


class Worker(Generic[Item]):
    """Takes due rows and handles several at once; `wake` shortens the wait for the next look.

    `renew` is given what is being handled, every few seconds, so that its leases do not run out.
    """

    def __init__(
        self,
        name: str,
        at_once: int,
        take: Callable[[int], Sequence[Item]],
        handle: Callable[[Item], Awaitable[None]],
        renew: Callable[[Sequence[Item]], None] = lambda _: None,
    ) -> None:
        self._name, self._at_once = name, at_once
        self._take, self._handle, self._renew = take, handle, renew
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[asyncio.Task[None], Item] = {}

    @property
    def held(self) -> list[Item]:
        """What is being handled now. `take` must not bring it again, whatever the clock says of its lease."""
        return list(self._tasks.values())

    def wake(self) -> None:
        """Look for rows now; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    def wake_after(self, seconds: float) -> None:
        """Look for rows then; may be called from any thread. A row whose time has come is found without it, only later."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.call_later, seconds, self._woken.set)

    async def run(self) -> None:
        """Work until cancelled. A database that is away for a moment is tried again."""
        self._loop = asyncio.get_running_loop()
        renewing = asyncio.create_task(self._renew_leases())
        try:
            while True:
                self._woken.clear()
                if not await self._begin():
                    # Not `wait_for`, which can swallow being cancelled when it is woken at the same moment.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_EVERY_SECONDS):
                            await self._woken.wait()
        finally:
            renewing.cancel()
            await self._end_work()

    async def _begin(self) -> bool:
        """Take what is due and begin with it; returns whether there was anything."""
        free = self._at_once - len(self._tasks)
        try:
            taken = await asyncio.to_thread(self._take, free) if free > 0 else []
        except Exception:
            log.exception("worker.take_failed", worker=self._name)
            taken = []
        for item in taken:
            task = asyncio.create_task(self._work(item))
            self._tasks[task] = item
            task.add_done_callback(self._tasks.pop)
        return bool(taken)

    async def _work(self, item: Item) -> None:
        try:
            async with asyncio.timeout(_LONGEST_WORK_SECONDS):
                await self._handle(item)
        except Exception:
            log.exception("worker.item_failed", worker=self._name)  # its lease runs out, and it is tried again
        finally:
            self._woken.set()

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_EVERY_SECONDS)
            try:
                if held := self.held:
                    await asyncio.to_thread(self._renew, held)
            except Exception:
                log.exception("worker.renew_failed", worker=self._name)

    async def _end_work(self) -> None:
        """What has no end within the grace is broken off; its lease stays, and the next desk goes on with it."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=_GRACE_SECONDS)
        left = tuple(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def turn_worker(database: Database, gateway: Gateway, at_once: int, now: Callable[[], datetime]) -> Worker[Turn]:
    """Answers owed turns; conversations in parallel, each one's turns in order."""

    def take(count: int) -> list[Turn]:
        with database.read() as session:
            if not turns.is_due(session, now()):
                return []
        with database.write() as session:
            return turns.take(session, now(), count, besides=[turn.id for turn in worker.held])

    def renew(held: Sequence[Turn]) -> None:
        with database.write() as session:
            turns.renew(session, held, now())

    async def handle(turn: Turn) -> None:
        await gateway.answer(turn, now)

    worker = Worker("turns", at_once, take, handle, renew)
    return worker


def delivery_worker(
    database: Database,
    transports: Callable[[], Mapping[str, Transport]],
    now: Callable[[], datetime],
    files: InWords | None = None,
) -> Worker[Delivery]:
    """Delivers the outbox; at most one message of a conversation is in flight.

    `transports` are those of the channels that run just now; what is for others waits. A transport that does not say that it
    sends files gets links to them, as `files` writes them.
    """

    def take(count: int) -> list[Delivery]:
        with database.read() as session:  # woken by every event, most of which bring nothing to deliver
            if not outbox.is_due(session, now(), transports().keys()):
                return []
        with database.write() as session:
            sending = [delivery.id for delivery in worker.held]
            return outbox.take(session, now(), count, sending, transports().keys())

    def renew(held: Sequence[Delivery]) -> None:
        with database.write() as session:
            outbox.renew(session, held, now())

    @again_when_undone
    def settle(delivery: Delivery, outcome: str | Sent | TransportError | None) -> None:
        with database.write() as session:
            if not isinstance(outcome, TransportError):
                outbox.sent(session, delivery, outcome, now())
            elif outbox.failed(session, delivery, outcome, now()):
                log.error("delivery.parked", message=delivery.message_id, channel=delivery.channel, reason=str(outcome))

    async def handle(delivery: Delivery) -> None:
        transport = transports().get(delivery.channel)
        try:
            if transport is None:  # since it was taken; waiting is no failure
                raise TransportError("off", permanent=False, retry_after=_OFF_PAUSE)
            if files is not None and not getattr(transport, "sends_files", False):
                outcome: str | Sent | TransportError | None = await transport.send(await files.in_words(delivery))
            else:
                outcome = await transport.send(delivery)
        except TransportError as error:
            outcome = error
        except Exception as error:  # a fault of the transport's own must not hold the conversation up for ever
            log.exception("delivery.transport_failed", message=delivery.message_id, channel=delivery.channel)
            outcome = TransportError("fault", f"{type(error).__name__}: {error}", permanent=False, uncertain=True)
        await _stored(lambda: settle(delivery, outcome))

    worker = Worker("delivery", 8, take, handle, renew)
    return worker


async def _stored(store: Callable[[], None]) -> None:
    """Store something that must not be forgotten; while the database is away it is tried again."""
    ends = time.monotonic() + _STORE_FOR_SECONDS
    while True:
        try:
            return await asyncio.to_thread(store)
        except DBAPIError:
            if time.monotonic() > ends:
                raise
            log.warning("delivery.not_stored_yet")
            await asyncio.sleep(_STORE_EVERY_SECONDS)
