"""A line between two parts that can be cut or made slow: a TCP proxy on a loopback port, in the process that is not killed."""

import asyncio
import contextlib
import socket
import struct
from typing import Self

_CHUNK = 65_536


class Proxy:
    """Forwards to `port`. `cut` drops every connection at once; while `delay` is set, what is sent waits so many seconds."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.delay = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self._server.close()
        self.cut()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> int:
        """Reset all connections, without a goodbye; returns how many there were."""
        count = len(self._writers) // 2
        for writer in tuple(self._writers):
            _reset(writer)
        return count

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:  # the part is down: as without us, nobody listens
            _reset(writer)
            return
        both = {writer, far_writer}
        self._writers |= both
        pumps = [asyncio.create_task(self._pump(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]
        self._tasks |= set(pumps)
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._tasks -= set(pumps)
            self._writers -= both
            for end in both:
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(chunk)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of an orderly end, as when the other machine is gone."""
    at_once = struct.pack("ii", 1, 0)  # linger, for no time
    with contextlib.suppress(OSError):  # it is closed already
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()
