"""The line between two parts: it carries, it can be cut, it can be slow, and it hides no part that is down."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.torture.postgres import free_port
from tests.torture.proxy import Proxy


@pytest.fixture
async def line() -> AsyncIterator[Proxy]:
    """To a part that says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        proxy = await Proxy(server.sockets[0].getsockname()[1]).start()
        yield proxy
        await proxy.stop()


async def says(proxy: Proxy, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(words)
    heard = await reader.read(100)
    writer.close()
    return heard


async def test_it_carries_both_ways(line: Proxy) -> None:
    assert await says(line, b"hello") == b"hello"


async def test_a_cut_resets_what_is_open_and_nothing_later(line: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    writer.write(b"hello")
    await reader.read(100)

    assert line.cut() == 1

    with pytest.raises(ConnectionResetError):
        await reader.read(100)
    writer.close()
    assert await says(line, b"again") == b"again"


async def test_a_delay_holds_what_is_said(line: Proxy) -> None:
    line.delay = 60.0

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await says(line, b"hello")


async def test_a_part_that_is_down_is_down_behind_the_line_too() -> None:
    proxy = await Proxy(free_port()).start()

    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    with pytest.raises(ConnectionResetError):
        assert await reader.read(100) == b"nobody is there"
    writer.close()
    await proxy.stop()
