"""The bus: says from any thread that there is something new, and waits for nobody."""

import asyncio
import threading

import pytest

from handoff.bus import Bus, Nudge, Resync, Subscription, TooSlow


def nudge(seq: int, identity: str = "lan", conversation: str = "") -> Nudge:
    return Nudge(conversation or f"c{seq}", identity, seq)


async def next_of(news: Subscription) -> Nudge:
    found = await asyncio.wait_for(news.next(), 10)
    assert isinstance(found, Nudge)
    return found


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
        assert not hers.waits


async def test_of_each_conversation_a_slow_reader_is_told_the_newest() -> None:
    bus = Bus()
    with bus.subscribe() as slow:
        for number in (1, 3, 2):  # threads may overtake each other after their commits
            bus.publish(nudge(number, conversation="c"))
        bus.publish(nudge(1, conversation="d"))
        await asyncio.sleep(0)
        assert [(await next_of(slow))[::2] for _ in range(2)] == [("c", 3), ("d", 1)]
        assert not slow.waits


async def test_a_reader_that_does_not_keep_up_must_leave_and_holds_nobody_up() -> None:
    bus = Bus()
    with bus.subscribe() as slow, bus.subscribe() as quick:
        for number in range(1, 1001):
            bus.publish(nudge(number))
            assert (await next_of(quick)).seq == number
        with pytest.raises(TooSlow):
            await slow.next()
        with pytest.raises(TooSlow):  # it stays so: only by coming back it gets on
            await slow.next()


async def test_after_a_break_everybody_is_made_to_look_again_and_hears_of_what_follows() -> None:
    bus = Bus()
    with bus.subscribe("lan") as hers, bus.subscribe() as everything:
        bus.publish(nudge(1))
        bus.resync()
        bus.publish(nudge(2))
        await asyncio.sleep(0)
        for reader in (hers, everything):
            assert await reader.next() == Resync()
            assert (await next_of(reader)).seq == 2
            assert not reader.waits


async def test_nobody_hears_after_leaving() -> None:
    bus = Bus()
    with bus.subscribe() as left:
        pass
    with bus.subscribe() as there:
        bus.publish(nudge(1))
        await next_of(there)
    assert not left.waits


def test_a_reader_whose_loop_has_ended_is_no_obstacle() -> None:
    bus = Bus()
    loop = asyncio.new_event_loop()

    async def enter() -> None:
        bus.subscribe().__enter__()

    loop.run_until_complete(enter())
    loop.close()
    bus.publish(nudge(1))
