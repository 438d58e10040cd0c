"""A log that cannot be written, as on a full disk, ends no work."""

import asyncio
import errno
import io
import sys
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import configure_logging
from bot.workers import Worker


class FullDisk(io.TextIOBase):
    """A stream onto a disk without room."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def no_room_for_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    configure_logging()
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("no_room_for_logs")
async def test_a_worker_goes_on_when_its_trouble_cannot_be_logged() -> None:
    handled: list[str] = []
    tries = 0

    def take(_: int) -> list[str]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("database or disk is full")
        return ["item"] if not handled else []

    async def handle(item: str) -> None:
        handled.append(item)

    worker = Worker("test", 1, take, handle)
    running = asyncio.create_task(worker.run())
    for _ in range(100):
        await asyncio.sleep(0.02)
        worker.wake()
    running.cancel()

    assert handled == ["item"]
