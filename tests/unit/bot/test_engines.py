"""Several engines behind one face: whom a turn is sent to, when another stands in, and when nobody is asked at all."""

import asyncio
import contextlib
from typing import Any

import pytest

from bot.engine.breaker import FAILURES, FIRST_PAUSE
from bot.engine.client import Engine, EngineTurn, EngineUnavailable, TryFailed
from bot.engine.replies import EngineReply
from bot.engine.several import Engines
from tests.unit.bot.scripted import says

HELLO = says({"text": "hello"})


class FakeEngine(Engine):
    """Answers, or raises `failure`; notes whom it answered and how long it was given."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "")
        self.failure: Exception | None = None
        self.asked: list[str] = []
        self.given: list[float] = []

    async def try_once(self, turn: EngineTurn, seconds: float) -> EngineReply:
        self.asked.append(turn.conversation)
        self.given.append(seconds)
        if self.failure is not None:
            raise self.failure
        return HELLO


DOWN = TryFailed(ConnectionError("refused"), answered=False)
MISBEHAVES = TryFailed(ValueError("an unknown payload"), answered=True)


class Bank:
    """Three engines and a clock."""

    def __init__(self, count: int = 3, *, shared: bool) -> None:
        self.members = [FakeEngine(f"http://engine-{number}") for number in range(count)]
        self.now = 1000.0
        self.engines = Engines(self.members, 10.0, shared=shared, clock=lambda: self.now)

    async def ask(self, conversation: str, session: int = 1) -> EngineReply:
        reply, _ = await self.engines.answer(EngineTurn(f"{conversation}.{session}", "hi", {}))
        return reply

    async def own(self, conversation: str) -> FakeEngine:
        """The engine that has this conversation."""
        await self.ask(conversation)
        return next(member for member in self.members if conversation in member.asked)

    async def refuse(self, conversation: str, times: int = 1) -> None:
        """So many questions find nobody who answers."""
        for _ in range(times):
            with pytest.raises(EngineUnavailable):
                await self.ask(conversation)

    async def break_down(self, conversation: str) -> FakeEngine:
        """The engine that has this conversation fails until it is left alone."""
        own = await self.own(conversation)
        own.failure = DOWN
        while "open" not in self.open():
            with contextlib.suppress(EngineUnavailable):
                await self.ask(conversation)
        return own

    def open(self) -> list[Any]:
        return [one["state"] for one in self.engines.states()]


async def test_a_conversation_is_always_at_the_same_engine_also_in_its_next_session() -> None:
    bank = Bank(shared=False)
    for conversation in (f"c{number}" for number in range(50)):
        for session in (1, 1, 2, 3):
            await bank.ask(conversation, session)
    assert all(len(member.asked) == 4 * len(set(member.asked)) for member in bank.members)
    assert all(member.asked for member in bank.members)


async def test_without_shared_trackers_nobody_stands_in_and_nobody_waits() -> None:
    bank = Bank(shared=False)
    own = await bank.own("c")
    own.failure = DOWN
    await bank.refuse("c", FAILURES // 2)
    tries = len(own.asked)
    with pytest.raises(EngineUnavailable, match="left alone"):
        await bank.ask("c")
    assert len(own.asked) == tries, "it was asked although it is known to be down"
    assert all("c" not in member.asked for member in bank.members if member is not own)


async def test_with_shared_trackers_another_stands_in_at_once_and_only_for_the_one_that_is_out() -> None:
    bank = Bank(shared=True)
    conversations = [f"c{number}" for number in range(40)]
    homes = {conversation: await bank.own(conversation) for conversation in conversations}
    out = bank.members[0]
    out.failure = DOWN
    for member in bank.members:
        member.asked.clear()
    for conversation in conversations * 2:
        assert await bank.ask(conversation) is HELLO
    assert len(out.asked) == FAILURES, "afterwards it is left alone"
    for conversation, home in homes.items():
        others = [member for member in bank.members if member not in (home, out)]
        if home is not out:
            assert all(conversation not in member.asked for member in others), "moved without need"


async def test_an_engine_that_is_back_gets_its_conversations_back() -> None:
    bank = Bank(shared=True)
    own = await bank.break_down("c")
    assert sorted(bank.open()) == ["closed", "closed", "open"]
    own.failure = None
    tries = len(own.asked)
    await bank.ask("c")
    assert len(own.asked) == tries
    bank.now += FIRST_PAUSE
    assert sorted(bank.open()) == ["closed", "closed", "half-open"]
    await bank.ask("c")
    await bank.ask("c")
    assert len(own.asked) == tries + 2
    assert bank.open() == ["closed"] * 3


async def test_a_failing_probe_costs_its_shopper_nothing_when_another_can_answer() -> None:
    bank = Bank(shared=True)
    await bank.break_down("c")
    bank.now += FIRST_PAUSE
    assert await bank.ask("c") is HELLO
    assert "open" in bank.open()


async def test_one_probe_at_a_time() -> None:
    bank = Bank(1, shared=False)
    only = await bank.break_down("c")
    bank.now += FIRST_PAUSE
    answer = asyncio.Event()

    async def slow(turn: EngineTurn, seconds: float) -> EngineReply:
        only.asked.append("probe")
        await answer.wait()
        return HELLO

    only.try_once = slow  # type: ignore[method-assign]
    probe = asyncio.create_task(bank.ask("a"))
    await asyncio.sleep(0)
    with pytest.raises(EngineUnavailable, match="left alone"):
        await bank.ask("b")
    answer.set()
    assert await probe is HELLO
    assert await bank.ask("b") is HELLO


async def test_what_one_message_does_to_the_engine_is_not_held_against_it() -> None:
    """Its actions failed, or its answer is one that the desk does not know: others go on being answered."""
    bank = Bank(1, shared=False)
    bank.members[0].failure = MISBEHAVES
    for number in range(10):
        await bank.refuse(f"c{number}")
    assert bank.open() == ["closed"]


async def test_a_turn_is_tried_twice_and_no_more() -> None:
    bank = Bank(1, shared=False)
    bank.members[0].failure = MISBEHAVES
    with pytest.raises(EngineUnavailable, match="unknown payload"):
        await bank.ask("c")
    assert len(bank.members[0].asked) == 2


async def test_a_first_try_leaves_time_for_the_engine_that_stands_in() -> None:
    bank = Bank(2, shared=True)
    await bank.ask("c")
    alone = Bank(1, shared=True)
    await alone.ask("c")
    (given,) = [member.given[0] for member in bank.members if member.given]
    assert given < 10.0
    assert alone.members[0].given == [10.0]


async def test_a_probe_that_is_broken_off_with_the_desk_leaves_the_breaker_usable() -> None:
    bank = Bank(1, shared=False)
    only = await bank.break_down("c")
    bank.now += FIRST_PAUSE
    only.failure = asyncio.CancelledError()  # type: ignore[assignment]
    with pytest.raises(asyncio.CancelledError):
        await bank.ask("c")
    only.failure = None
    assert await bank.ask("c") is HELLO
