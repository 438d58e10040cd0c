"""The bus: says from any thread that there is something new, and waits for nobody."""

import asyncio
import threading

from handoff.bus import Bus, Nudge


def nudge(seq: int, identity: str = "lan") -> Nudge:
    return Nudge("c", identity, seq)


async def next_of(queue: asyncio.Queue[Nudge]) -> Nudge:
    return await asyncio.wait_for(queue.get(), 10)


async def test_a_nudge_from_another_thread_arrives() -> None:
    bus = Bus()
    with bus.subscribe() as nudges:
        thread = threading.Thread(target=bus.publish, args=(nudge(1),))
        thread.start()
        assert await next_of(nudges) == nudge(1)
        thread.join()


async def test_nudges_of_many_threads_all_arrive() -> None:
    bus = Bus()
    with bus.subscribe() as nudges:
        threads = [threading.Thread(target=bus.publish, args=(nudge(number),)) for number in range(20)]
        for thread in threads:
            thread.start()
        heard = {(await next_of(nudges)).seq for _ in threads}
        for thread in threads:
            thread.join()
    assert heard == set(range(20))


async def test_a_shopper_hears_of_her_own_identity_only_and_a_console_of_all() -> None:
    bus = Bus()
    with bus.subscribe("lan") as hers, bus.subscribe() as everything:
        bus.publish(nudge(1, "minh"))
        bus.publish(nudge(2, "lan"))
        assert [(await next_of(everything)).seq for _ in range(2)] == [1, 2]
        assert (await next_of(hers)).seq == 2
        assert hers.empty()


async def test_a_slow_reader_keeps_the_newest_and_holds_nobody_up() -> None:
    bus = Bus()
    with bus.subscribe() as slow, bus.subscribe() as quick:
        for number in range(1, 1001):
            bus.publish(nudge(number))
            assert (await next_of(quick)).seq == number
        waiting = [slow.get_nowait().seq for _ in range(slow.qsize())]
    assert waiting == list(range(1001 - len(waiting), 1001))
    assert 0 < len(waiting) < 1000


async def test_nobody_hears_after_leaving() -> None:
    bus = Bus()
    with bus.subscribe() as left:
        pass
    with bus.subscribe() as there:
        bus.publish(nudge(1))
        await next_of(there)
    assert left.empty()


def test_a_reader_whose_loop_has_ended_is_no_obstacle() -> None:
    bus = Bus()
    loop = asyncio.new_event_loop()

    async def enter() -> None:
        bus.subscribe().__enter__()

    loop.run_until_complete(enter())
    loop.close()
    bus.publish(nudge(1))
