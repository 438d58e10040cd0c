"""What waits is offered the instant a place becomes free: the clock of the sweep never ticks in these tests."""

import asyncio
from collections.abc import Callable

import pytest

from bot import workers
from bot.sweeps import sweep_worker
from handoff import presence, teams
from handoff.model import Agent
from tests.unit.handoff.routing.people import agent, offered, waits, with_settings
from tests.unit.handoff.workbench import Bench

Free = Callable[[Bench, str, str], None]


FREEING: dict[str, Free] = {
    "resolve": lambda desk, ada, held: desk.acts.resolve(held, ada, desk.now),
    "give_to_bot": lambda desk, ada, held: desk.acts.give_to_bot(held, ada, desk.now),
    "snooze": lambda desk, ada, held: desk.acts.snooze(held, ada, desk.now.replace(year=2027), desk.now),
    "transfer": lambda desk, ada, held: desk.acts.transfer(held, ada, agent(desk, "Ben", available=False), desk.now),
    "release": lambda desk, ada, held: desk.acts.release(held, ada, desk.now),
}


@pytest.fixture(autouse=True)
def the_clock_never_ticks(desk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_LOOK_EVERY_SECONDS", 3600.0)
    with_settings(desk, routing="offers")


async def until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(look):  # noqa: ASYNC110  # what it looks for is in the database
            await asyncio.sleep(0.01)


async def watched(
    desk: Bench, before: Callable[[], object], free: Callable[[], object], after: Callable[[], object]
) -> None:
    """Run the sweep as the desk does, wait for `before`, do `free`, wait for `after`."""
    worker = sweep_worker(desk.acts, lambda: desk.now)
    desk.database.listen(lambda _: worker.wake())
    running = asyncio.create_task(worker.run())
    try:
        await until(before)
        await asyncio.to_thread(free)
        await until(after)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("how", FREEING)
async def test_the_next_is_offered_when_a_place_becomes_free(desk: Bench, how: str) -> None:
    ada = agent(desk, capacity=1)
    held = waits(desk)
    desk.acts.claim(held, ada, desk.now)
    first, second = waits(desk, priority=2), waits(desk, priority=1)
    other = waits(desk, priority=3, language="vi", skills=["nobody has it"])

    def settled() -> bool:
        return offered(desk, first) is None and desk.row(held).owner == "agent"

    await watched(desk, settled, lambda: FREEING[how](desk, ada, held), lambda: offered(desk, first) == ada)
    assert (offered(desk, second), offered(desk, other)) == (None, None)


async def test_a_new_conversation_is_offered_at_once(desk: Bench) -> None:
    ada = agent(desk)
    made: list[str] = []
    await watched(desk, lambda: True, lambda: made.append(waits(desk)), lambda: made and offered(desk, made[0]) == ada)


async def test_a_decline_passes_it_on_at_once(desk: Bench) -> None:
    people = {agent(desk, "Ada"), agent(desk, "Ben")}
    waiting = waits(desk)
    had: list[str] = []

    def decline() -> None:
        had.append(str(offered(desk, waiting)))
        desk.acts.decline(waiting, had[0], desk.now)

    await watched(desk, lambda: offered(desk, waiting), decline, lambda: offered(desk, waiting) in people - set(had))


@pytest.mark.parametrize("change", ["capacity", "available", "online"])
async def test_who_can_take_more_is_offered_what_waits(desk: Bench, change: str) -> None:
    """Nothing happened in a conversation; the console says it to the sweep (tests/integration has the way there)."""
    ada = agent(
        desk, capacity=0 if change == "capacity" else 1, available=change != "available", online=change != "online"
    )
    waiting = waits(desk)
    worker = sweep_worker(desk.acts, lambda: desk.now)
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.1)
    assert offered(desk, waiting) is None
    with desk.database.write() as session:
        if change == "capacity":
            teams.set_serving(session, session.get_one(Agent, ada), "test", desk.now, capacity=1)
        elif change == "available":
            presence.set_available(session, ada, True, desk.now)
        else:
            assert presence.beat(session, ada, desk.now, desk.acts.settings.online_within)
    worker.wake()
    await until(lambda: offered(desk, waiting) == ada)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
