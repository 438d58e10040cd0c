"""The first start: a port that is taken between looking and listening costs a second start, and nothing more."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.supervise.child import Child
from bot.supervise.parts import Addresses
from bot.supervise.ports import choose
from bot.supervise.starting import start_parts

HOST = "127.0.0.1"
# Listens at the port that it is given, or ends when somebody else does.
LISTENS = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"


@pytest.fixture
def somebody() -> Iterator[int]:
    """A port at which another program listens."""
    with socket.create_server((HOST, 0)) as server:
        yield int(server.getsockname()[1])


def desk_at(port: int, folder: Path, command: str = LISTENS) -> list[Child]:
    async def ready() -> str | None:
        if not child.running:
            return "ended"
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return None if port in own else "another program answers at its port"
        return "not yet"

    own = {port} if choose(HOST, port) == port else set()
    child = Child("desk", [sys.executable, "-c", command, str(port)], {}, folder, folder / "log", ready, ready)
    return [child]


def addresses(desk: int) -> Addresses:
    return Addresses(HOST, desk, choose(HOST, 21000), choose(HOST, 22000))


async def test_a_port_that_somebody_took_meanwhile_is_left_for_another(somebody: int, tmp_path: Path) -> None:
    ports = iter((somebody, choose(HOST, somebody + 1)))
    said: list[str] = []
    started = await start_parts(
        lambda: addresses(next(ports)), lambda at: desk_at(at.desk, tmp_path), lambda *what: said.append(what[1])
    )
    try:
        assert started.addresses.desk != somebody
        assert started.children["desk"].running
        assert said == ["starting", "ended", "starting", "ready"]
    finally:
        await started.supervisor.stop()


async def test_what_ends_at_a_port_of_its_own_is_not_started_again(tmp_path: Path) -> None:
    looked: list[Addresses] = []

    def look() -> Addresses:
        looked.append(addresses(choose(HOST, 23000)))
        return looked[-1]

    with pytest.raises(UserError, match="ended while it was starting"):
        await start_parts(look, lambda at: desk_at(at.desk, tmp_path, "raise SystemExit(1)"), lambda *_: None)
    assert len(looked) == 1


async def test_a_fixed_port_that_somebody_took_meanwhile_is_said(somebody: int, tmp_path: Path) -> None:
    ports = iter((somebody,))

    def look() -> Addresses:
        return addresses(next(ports, 0) or choose(HOST, somebody, fixed=True))

    with pytest.raises(UserError, match=f"port {somebody} on {HOST} is in use"):
        await start_parts(look, lambda at: desk_at(at.desk, tmp_path), lambda *_: None)


async def test_whoever_breaks_it_off_leaves_nothing_running(tmp_path: Path) -> None:
    made: list[Child] = []
    runs = asyncio.Event()

    async def ready() -> str | None:
        runs.set()
        return "never"

    def make(_: Addresses) -> list[Child]:
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        made.append(Child("desk", command, {}, tmp_path, tmp_path / "log", ready, ready))
        return made

    starting = asyncio.create_task(start_parts(lambda: addresses(choose(HOST, 24000)), make, lambda *_: None))
    await runs.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert made[0].process is not None
    assert not made[0].running
