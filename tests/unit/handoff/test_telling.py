"""Telling browsers: who does not keep up is shown out with a code at which it comes back."""

import asyncio
from typing import Any

import pytest
from fastapi import WebSocketDisconnect

from handoff import telling
from handoff.bus import Bus, Nudge
from handoff.telling import TOO_SLOW, tell


class Browser:
    """A socket that takes `takes` messages and then no more; it hangs up when `hung_up` is set."""

    def __init__(self, takes: int = 1_000_000) -> None:
        self.takes = takes
        self.heard: list[Any] = []
        self.closed_with: int | None = None
        self.hung_up = asyncio.Event()

    async def send_json(self, said: Any) -> None:
        if len(self.heard) >= self.takes:
            await asyncio.Event().wait()
        self.heard.append(said)

    async def close(self, code: int, reason: str) -> None:
        self.closed_with = code

    async def listening(self) -> None:
        await self.hung_up.wait()
        raise WebSocketDisconnect


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_news_are_told_in_order_and_a_break_as_such() -> None:
    bus, browser = Bus(), Browser()
    with bus.subscribe() as news:
        task = asyncio.create_task(tell(browser, news, browser.listening()))  # type: ignore[arg-type]
        await settled()
        bus.publish(Nudge("a", "lan", 1))
        bus.publish(Nudge("b", "lan", 4))
        await settled()
        bus.resync()
        await settled()
        browser.hung_up.set()
        await asyncio.wait_for(task, 10)
    assert browser.heard == [{"conversation": "a", "seq": 1}, {"conversation": "b", "seq": 4}, {"resync": True}]
    assert browser.closed_with is None


async def test_a_browser_that_takes_nothing_for_long_is_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_SENDING_SECONDS", 0.05)
    bus, browser = Bus(), Browser(takes=1)
    with bus.subscribe() as news:
        task = asyncio.create_task(tell(browser, news, browser.listening()))  # type: ignore[arg-type]
        await settled()
        for number in range(3):
            bus.publish(Nudge(str(number), "lan", 1))
        await asyncio.wait_for(task, 10)
    assert browser.closed_with == TOO_SLOW
    assert len(browser.heard) == 1


async def test_a_browser_for_which_too_much_piles_up_is_shown_out() -> None:
    bus, browser = Bus(), Browser()
    with bus.subscribe() as news:
        for number in range(1_000):
            bus.publish(Nudge(str(number), "lan", 1))
        await asyncio.wait_for(tell(browser, news, browser.listening()), 10)  # type: ignore[arg-type]
    assert browser.closed_with == TOO_SLOW


async def test_a_fault_of_ours_is_not_taken_for_a_browser_that_went_away() -> None:
    bus, browser = Bus(), Browser()

    async def broken() -> None:
        raise KeyError("a fault")

    with bus.subscribe() as news, pytest.raises(KeyError):
        await tell(browser, news, broken())  # type: ignore[arg-type]
