"""The workers: rows become work, several at once, and nothing that goes wrong stops them or holds a shopper up for ever."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot import workers
from bot.workers import Worker, delivery_worker
from handoff import conversations, outbox
from handoff.database import Database
from handoff.model import Outbox
from handoff.outbox import MOST_ATTEMPTS, Delivery, TransportError
from tests.unit.bot.scripted import NOON


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Transport:
    """Fails with `error` (for the text `only`, when there is one), else remembers the texts that it sent."""

    def __init__(self, error: Exception | None = None, only: str = "") -> None:
        self.error, self.only, self.sent, self.tries = error, only, list[object](), 0

    async def send(self, delivery: Delivery) -> str | None:
        self.tries += 1
        if self.error is not None and self.only in ("", delivery.content["text"]):
            raise self.error
        self.sent.append(delivery.content["text"])
        return f"provider-{self.tries}"


@contextlib.asynccontextmanager
async def working(worker: Worker[Any]) -> AsyncIterator[Callable[[Callable[[], bool]], Any]]:
    """The worker runs while the block lasts; what is yielded waits until something holds."""
    task = asyncio.create_task(worker.run())

    async def until(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():
                worker.wake()
                await asyncio.sleep(0.005)

    yield until
    await ended(task)


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel until it ends; that once is enough has a test of its own."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)


def tells(database: Database, *texts: str) -> None:
    """The bot says something on Telegram, in one conversation."""
    with database.write() as session:
        identity = conversations.ensure_identity(session, "telegram", "4711", "Lan", NOON)
        conversation = conversations.begin(session, identity.id, "en", NOON)
        for text in texts:
            message = conversations.add_message(session, conversation, "bot", {"text": text}, NOON)
            outbox.enqueue(session, conversation, message, NOON)


def states(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Outbox.state).order_by(Outbox.id)))


# ---- delivery ---------------------------------------------------------------------------------------------------------


async def test_messages_go_out_in_order(database: Database) -> None:
    tells(database, "one", "two", "three")
    transport = Transport()
    async with working(delivery_worker(database, lambda: {"telegram": transport}, Clock())) as until:
        await until(lambda: states(database) == ["sent"] * 3)
    assert transport.sent == ["one", "two", "three"]


async def test_a_permanent_error_parks_one_message_and_the_next_goes_out(database: Database) -> None:
    tells(database, "one", "two")
    transport = Transport(TransportError("shopper", permanent=True), only="one")
    async with working(delivery_worker(database, lambda: {"telegram": transport}, Clock())) as until:
        await until(lambda: states(database)[1] == "sent")
    assert states(database) == ["dead", "sent"]
    assert (transport.tries, transport.sent) == (2, ["two"])


async def test_what_stays_undeliverable_is_parked_after_the_last_try(database: Database) -> None:
    tells(database, "one")
    clock, transport = Clock(), Transport(TransportError("unreachable", permanent=False))
    async with working(delivery_worker(database, lambda: {"telegram": transport}, clock)) as until:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            await until(lambda n=attempt: attempts(database) == n and states(database) != ["sending"])  # type: ignore[misc]
            clock.now += timedelta(minutes=11)
    assert states(database) == ["dead"]
    assert transport.tries == MOST_ATTEMPTS


async def test_what_is_for_a_channel_that_is_switched_off_waits_for_it(database: Database) -> None:
    tells(database, "one", "two")
    clock, transport = Clock(), Transport()
    running: dict[str, Transport] = {}
    looks: list[datetime] = []

    def transports() -> dict[str, Transport]:
        looks.append(clock.now)
        return running

    async with working(delivery_worker(database, transports, clock)) as until:
        for days in range(MOST_ATTEMPTS):
            clock.now = NOON + timedelta(days=days)
            await until(lambda: clock.now in looks)
        with database.read() as session:
            assert [(row.state, row.attempts) for row in session.scalars(select(Outbox))] == [("queued", 0)] * 2
        running["telegram"] = transport
        await until(lambda: states(database) == ["sent", "sent"])
    assert transport.sent == ["one", "two"]


def attempts(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(Outbox)).one().attempts


async def test_a_transport_with_a_fault_of_its_own_does_not_hold_a_conversation_up_for_ever(database: Database) -> None:
    """Its error is no TransportError; the message is tried again, and parked after the last try like any other."""
    tells(database, "poison", "after it")
    clock, transport = Clock(), Transport(ValueError("cannot split this text"), only="poison")

    def is_over() -> bool:
        clock.now += timedelta(minutes=1)
        return states(database)[1] == "sent" or transport.tries > MOST_ATTEMPTS + 1

    async with working(delivery_worker(database, lambda: {"telegram": transport}, clock)) as until:
        await until(is_over)
    assert states(database) == ["dead", "sent"]


# ---- any worker -------------------------------------------------------------------------------------------------------


def numbers(*given: int) -> tuple[list[int], Callable[[int], list[int]]]:
    """Items to take, and the function that takes them."""
    waiting = list(given)

    def take(count: int) -> list[int]:
        taken, waiting[:] = waiting[:count], waiting[count:]
        return taken

    return waiting, take


async def test_no_more_work_is_taken_than_may_be_done_at_once() -> None:
    _, take = numbers(*range(10))
    running, most, done = 0, 0, 0
    go_on = asyncio.Event()

    async def handle(_: int) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await go_on.wait()
        running, done = running - 1, done + 1

    async with working(Worker("test", 3, take, handle)) as until:
        await until(lambda: running == 3)
        go_on.set()
        await until(lambda: done == 10)
    assert most == 3


async def test_work_that_fails_stops_neither_the_worker_nor_other_work() -> None:
    _, take = numbers(1, 2, 3)
    done: list[int] = []

    async def handle(number: int) -> None:
        if number == 2:
            raise RuntimeError("this one")
        done.append(number)

    async with working(Worker("test", 1, take, handle)) as until:
        await until(lambda: len(done) == 2)
    assert done == [1, 3]


async def test_a_database_that_is_away_for_a_moment_is_tried_again() -> None:
    done: list[int] = []
    outcomes: list[object] = [RuntimeError("away"), RuntimeError("away"), [7]]

    def take(_: int) -> list[int]:
        outcome = outcomes.pop(0) if outcomes else []
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, list)
        return outcome

    async def handle(number: int) -> None:
        done.append(number)

    async with working(Worker("test", 1, take, handle)) as until:
        await until(lambda: done == [7])


async def test_a_worker_can_be_woken_from_any_thread_and_before_it_runs() -> None:
    waiting, take = numbers()
    done = asyncio.Event()

    async def handle(number: int) -> None:
        done.set()

    worker = Worker("test", 1, take, handle)
    worker.wake()
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)

    def give() -> None:
        waiting.append(5)
        worker.wake()

    thread = threading.Thread(target=give)
    thread.start()
    await asyncio.wait_for(done.wait(), 20)
    thread.join()
    await ended(task)


async def test_a_worker_that_is_told_to_end_ends_even_when_it_is_woken_at_that_very_moment() -> None:
    """Else the desk, which waits for its workers, would never stop."""
    loop = asyncio.get_running_loop()
    for _ in range(20):
        looked = asyncio.Event()

        def take(_: int, looked: asyncio.Event = looked) -> list[int]:
            loop.call_soon_threadsafe(looked.set)
            return []

        worker = Worker("test", 1, take, nothing)
        task = asyncio.create_task(worker.run())
        await looked.wait()
        for _ in range(5):  # it has found nothing, and waits
            await asyncio.sleep(0)
        worker.wake()
        loop.call_soon(task.cancel)
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done, "the worker goes on after it was cancelled"


async def nothing(_: int) -> None:
    raise AssertionError("there was nothing to do")


# ---- leases -----------------------------------------------------------------------------------------------------------


async def test_what_takes_long_keeps_its_lease_while_somebody_works_on_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_RENEW_EVERY_SECONDS", 0.01)
    tells(database, "slow")
    clock, go_on = Clock(), asyncio.Event()

    class Slow(Transport):
        async def send(self, delivery: Delivery) -> str | None:
            self.tries += 1
            await go_on.wait()
            return await super().send(delivery)

    transport = Slow()
    async with working(delivery_worker(database, lambda: {"telegram": transport}, clock)) as until:
        await until(lambda: transport.tries == 1)
        clock.now += outbox.LEASE / 2
        await until(lambda: lease_until(database) == clock.now + outbox.LEASE)
        go_on.set()
        await until(lambda: states(database) == ["sent"])


def lease_until(database: Database) -> datetime | None:
    with database.read() as session:
        return session.scalars(select(Outbox.lease_until)).one()


async def test_a_machine_that_slept_does_not_do_its_own_work_a_second_time(database: Database) -> None:
    """Every lease has run out when it wakes, and its own work goes on."""
    tells(database, "one")
    clock, go_on = Clock(), asyncio.Event()
    begun = 0

    class Slow(Transport):
        async def send(self, delivery: Delivery) -> str | None:
            nonlocal begun
            begun += 1
            await go_on.wait()
            return await super().send(delivery)

    transport = Slow()
    worker = delivery_worker(database, lambda: {"telegram": transport}, clock)
    async with working(worker) as until:
        await until(lambda: begun == 1)
        clock.now += timedelta(hours=8)
        for _ in range(20):
            worker.wake()
            await asyncio.sleep(0.005)
        go_on.set()
        await until(lambda: states(database) == ["sent"])
    assert (begun, transport.sent) == (1, ["one"])


async def test_what_hangs_is_broken_off_and_its_place_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_LONGEST_WORK_SECONDS", 0.05)
    _, take = numbers(1, 2)
    done: list[int] = []

    async def handle(number: int) -> None:
        if number == 1:
            await asyncio.Event().wait()
        done.append(number)

    async with working(Worker("test", 1, take, handle)) as until:
        await until(lambda: done == [2])


async def test_a_worker_that_is_ended_lets_what_it_began_come_to_its_end() -> None:
    """A message that is on its way to a provider is settled, instead of being sent again by the next desk."""
    _, take = numbers(1)
    begun, done = asyncio.Event(), False

    async def handle(_: int) -> None:
        nonlocal done
        begun.set()
        await asyncio.sleep(0.05)
        done = True

    task = asyncio.create_task(Worker("test", 1, take, handle).run())
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})
    assert done


async def test_what_a_provider_said_is_not_forgotten_while_the_database_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_STORE_EVERY_SECONDS", 0.01)
    tells(database, "one")
    real, failures = outbox.sent, 3

    def away(*given: Any) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise OperationalError("UPDATE", None, Exception("the server closed the connection"))
        real(*given)

    monkeypatch.setattr(outbox, "sent", away)
    transport = Transport()
    async with working(delivery_worker(database, lambda: {"telegram": transport}, Clock())) as until:
        await until(lambda: states(database) == ["sent"])
    assert (transport.sent, failures) == (["one"], 0)


async def test_a_worker_looks_again_when_a_row_becomes_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_LOOK_EVERY_SECONDS", 1000.0)  # of its own accord it would come too late
    waiting, take = numbers()
    done = asyncio.Event()

    async def handle(_: int) -> None:
        done.set()

    worker = Worker("test", 1, take, handle)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.02)
    waiting.append(1)
    worker.wake_after(0.01)
    async with asyncio.timeout(20):
        await done.wait()
    await ended(task)
