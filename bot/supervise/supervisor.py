"""The supervisor: starts the parts, waits until each truly works, keeps them working, and ends them all."""

import asyncio
import time
from collections.abc import Callable, Sequence

from bot.errors import UserError
from bot.supervise.child import Child

_READY_SECONDS = 180
_LOOK_EVERY = 5.0
_MOST_FAILED_LOOKS = 3  # a busy part may miss one; three in a row and it is started anew

Say = Callable[[str, str, str], None]  # (part, what it is at, mark: working, done or failed)


class Supervisor:
    """Runs children until told to stop."""

    def __init__(self, children: Sequence[Child], say: Say) -> None:
        self._children, self._say = children, say
        self._stopping = False

    async def start(self) -> dict[str, float]:
        """Start all side by side; returns the seconds until each was ready. Nothing runs when it is broken off.

        Raises:
            UserError: a part ended or was not ready in time; everything is stopped again.
        """
        began = time.monotonic()
        try:
            for child in self._children:
                self._say(child.name, "starting", "working")
                await child.start()
            return await self._all_ready(began)
        except BaseException:
            await self.stop()
            raise

    async def _all_ready(self, began: float) -> dict[str, float]:
        try:
            async with asyncio.TaskGroup() as group:
                waits = {child.name: group.create_task(self._until_ready(child, began)) for child in self._children}
        except* UserError as failures:
            raise failures.exceptions[0] from None
        return {name: wait.result() for name, wait in waits.items()}

    async def _until_ready(self, child: Child, began: float) -> float:
        missing: str | None = "not asked yet"
        while time.monotonic() - began < _READY_SECONDS:
            if not child.running:
                self._say(child.name, "ended", "failed")
                raise UserError(
                    f"{child.name} ended while it was starting", f"Its log ends with:\n{child.last_words()}",
                    f"The whole log: {child.log}",
                )  # fmt: skip
            missing = await child.ready()
            if missing is None:
                took = time.monotonic() - began
                self._say(child.name, "ready", "done")
                return took
            await asyncio.sleep(0.25)
        self._say(child.name, f"not ready: {missing}", "failed")
        raise UserError(
            f"{child.name} was not ready after {_READY_SECONDS} s", f"Last: {missing}", f"Its log: {child.log}"
        )

    async def watch(self) -> None:
        """Keep all children working until cancelled."""
        async with asyncio.TaskGroup() as group:
            for child in self._children:
                group.create_task(self._keep(child))

    async def _keep(self, child: Child) -> None:
        failed = 0
        while not self._stopping:
            await self._wait_or_end(child)
            if child.running:
                failed = 0 if await child.healthy() is None else failed + 1
                if failed < _MOST_FAILED_LOOKS:
                    continue
                self._say(child.name, "does not answer; starting it anew", "failed")
                await child.stop()
            failed = 0
            pause = child.pause_before_restart()
            self._say(child.name, f"ended; starting it anew in {pause:.0f} s (log: {child.log})", "failed")
            await asyncio.sleep(pause)
            await child.start()
            await self._back(child)

    async def _wait_or_end(self, child: Child) -> None:
        """Until the next look, or until the process ends, whichever comes first."""
        assert child.process is not None
        ended = asyncio.ensure_future(child.process.wait())
        await asyncio.wait({ended}, timeout=_LOOK_EVERY)
        ended.cancel()

    async def _back(self, child: Child) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while child.running and time.monotonic() < deadline:
            if await child.ready() is None:
                self._say(child.name, "working again", "done")
                return
            await asyncio.sleep(0.5)

    def say_from_now_on(self, say: Say) -> None:
        """Where to tell what happens, once the progress display is gone."""
        self._say = say

    async def stop(self) -> None:
        """End all, the desk first: it stops taking messages in before the bot goes away."""
        self._stopping = True
        for child in reversed(self._children):
            await child.stop()
