"""What other desks on the same PostgreSQL commit, heard by LISTEN on a connection of its own."""

import asyncio
import contextlib
import random
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine

from handoff.bus import Bus
from handoff.postgres import CHANNEL, line_of_its_own, told

log = structlog.get_logger()

_LOOK_EVERY_SECONDS = 15.0  # so often a silent line is asked whether it is still there
_ANSWER_SECONDS = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0


async def listen(engine: Engine, bus: Bus, desk: str) -> None:
    """Publish on `bus` what desks other than `desk` commit, until cancelled.

    A line that breaks is made anew, with growing pauses. Whatever was committed meanwhile was not heard, so everybody on the
    bus is made to look again as soon as the line is back.
    """
    pause = _FIRST_PAUSE
    heard_before = False
    while True:
        try:
            async with await line_of_its_own(engine) as line:
                await line.execute(f"LISTEN {CHANNEL}")
                if heard_before:
                    log.info("listener.back")
                    bus.resync()
                heard_before, pause = True, _FIRST_PAUSE
                await _hear(line, bus, desk)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("listener.away", reason=str(error).strip(), pause=round(pause, 1))
            heard_before = True  # also when it was never there: the sockets are older than the line
        await asyncio.sleep(pause * random.uniform(0.75, 1.25))
        pause = min(pause * 2, _LONGEST_PAUSE)


async def _hear(line: psycopg.AsyncConnection[Any], bus: Bus, desk: str) -> None:
    """Returns never; raises when the line is broken."""
    while True:
        async with contextlib.aclosing(line.notifies(timeout=_LOOK_EVERY_SECONDS)) as notices:
            async for notice in notices:
                said = told(notice.payload)
                if said is not None and said[0] != desk:  # its own are on the bus already
                    bus.publish(said[1])
        async with asyncio.timeout(_ANSWER_SECONDS):
            await line.execute("SELECT 1")
