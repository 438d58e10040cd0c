"""The faults of a run: streams beside each other, each with random numbers of its own: a seed gives the same intentions."""

import asyncio
import contextlib
import resource
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

import psutil

from tests.torture import postgres
from tests.torture.journal import Fault, Journal
from tests.torture.people import Street
from tests.torture.stage import Plan, Stage

# Seconds drawn evenly: of a kill, how long its part has worked before it is hit; of the others, the time between two.
_SQLITE_KILLS = {"desk": (0.5, 7.0), "actions": (0.5, 5.0), "engine": (2.0, 15.0)}
_POSTGRES_KILLS = {"postgres": (0.5, 4.0), "desk": (2.0, 12.0), "actions": (3.0, 12.0), "engine": (2.0, 20.0)}
_STANDIN_KILLS = {"engine": (1.0, 5.0)}
_WHILE_STARTING = 0.15  # of all kills hit a part that need not work yet, nor the desk
_OTHERS = {
    "cut": (2.0, 8.0), "slow": (6.0, 15.0), "pause": (5.0, 15.0), "clock": (10.0, 25.0), "full disk": (15.0, 30.0)
}  # fmt: skip
_LONGEST_JUMP = 3600.0  # seconds


@dataclass
class Faults:
    """Does harm until told to stop. `pace` below 1 makes everything come faster."""

    plan: Plan
    stage: Stage
    journal: Journal
    pace: float = 1.0
    counts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)

    async def rage(self, street: Street) -> None:
        """All streams, until the street closes; afterwards nothing is left stopped, slow or full."""
        acts: dict[str, Callable[[Random], Awaitable[None]]] = {
            "cut": self._cut, "slow": self._slow, "pause": self._pause, "clock": self._clock, "full disk": self._full_disk
        }  # fmt: skip
        async with asyncio.TaskGroup() as group:
            for part, gaps in self._kill_gaps().items():
                group.create_task(self._kills(street, part, gaps))
            for name, act in acts.items():
                group.create_task(self._stream(street, name, act))

    def fewest_kills(self) -> int:
        """How often the part was killed that was killed least."""
        return min(self.kills[part] for part in self._kill_gaps())

    def _kill_gaps(self) -> dict[str, tuple[float, float]]:
        gaps = dict(_POSTGRES_KILLS if self.plan.database == "postgres" else _SQLITE_KILLS)
        if self.plan.engine == "standin":
            gaps |= _STANDIN_KILLS
        return {part: gap for part, gap in gaps.items() if part in self.stage.children}

    async def _stream(self, street: Street, name: str, act: Callable[[Random], Awaitable[None]]) -> None:
        random = Random(f"{self.plan.seed}:{name}")
        while await street.pause(random.uniform(*_OTHERS[name]) * self.pace):
            await act(random)

    def _note(self, what: str, part: str, seconds: float = 0.0) -> None:
        self.counts[what] += 1
        self.journal.write(Fault(what, part, round(seconds, 3)))

    # ---- kill -9 ------------------------------------------------------------------------------------------------------

    async def _kills(self, street: Street, part: str, gaps: tuple[float, float]) -> None:
        random = Random(f"{self.plan.seed}:kill {part}")
        while not street.closing.is_set() and self.kills[part] < (self.plan.kills or sys.maxsize):
            wait, starting, only_one = random.uniform(*gaps), random.random() < _WHILE_STARTING, random.random() < 0.3
            await self._up(street, part, working=not starting)
            if await street.pause(wait * self.pace):
                self._kill(part, random, only_one=only_one)

    async def _up(self, street: Street, part: str, *, working: bool) -> None:
        """Wait until a part runs; when `working`, until it works, and the desk too: a kill is to hit a desk at work."""
        while True:
            needed = {part, "desk"} if working else set()
            if self.stage.children[part].running and all([await self.stage.working(name) for name in sorted(needed)]):
                return
            if not await street.pause(0.2):
                return

    def _kill(self, part: str, random: Random, *, only_one: bool) -> None:
        victims = self._processes(part)
        if not victims:
            return  # it ended by itself meanwhile, as a desk without its database does
        self.stage.children[part].restarts = 0  # nothing is wrong with it: the pause before the next start stays short
        if part == "postgres" and only_one and len(victims) > 1:
            victims = [random.choice(victims[1:])]  # one of its processes: the server recovers by itself
        for victim in victims:
            _send(victim, signal.SIGKILL)
        self.kills[part] += 1
        self._note("kill", part)

    # ---- lines, time, room --------------------------------------------------------------------------------------------

    async def _cut(self, random: Random) -> None:
        name = random.choice(sorted(self.stage.lines))
        self.stage.lines[name].cut()
        self._note("cut", name)

    async def _slow(self, random: Random) -> None:
        name, seconds = random.choice(sorted(self.stage.lines)), random.uniform(1, 4)
        line = self.stage.lines[name]
        line.delay = random.uniform(0.05, 0.3) if name == "postgres" else random.uniform(0.5, 4)
        self._note("slow", name, line.delay)
        await asyncio.sleep(seconds)
        line.delay = 0.0

    async def _pause(self, random: Random) -> None:
        """Stopped as by a machine that swaps or sleeps, then going on as if nothing had been."""
        name, seconds = random.choice(sorted(self.stage.children)), random.uniform(0.3, 3)
        victims = self._processes(name)
        self._note("pause", name, seconds)
        try:
            for victim in victims:
                _send(victim, signal.SIGSTOP)
            await asyncio.sleep(seconds)
        finally:
            for victim in victims:
                _send(victim, signal.SIGCONT)

    async def _clock(self, random: Random) -> None:
        seconds = random.choice((-1, 1)) * random.choice((1.0, 30.0, 90.0, random.uniform(0, _LONGEST_JUMP)))
        self.stage.jump(seconds)
        self._note("clock", "desk", seconds)

    async def _full_disk(self, random: Random) -> None:
        """No file may grow for a moment: what the part that keeps the data writes beyond it fails, logs included."""
        part, seconds = "postgres" if "postgres" in self.stage.children else "desk", random.uniform(0.5, 3)
        limited = [victim for victim in self._processes(part) if _limit(victim, 4096)]
        if not limited:
            return
        self._note("full disk", part, seconds)
        try:
            await asyncio.sleep(seconds)
        finally:  # those that it has started meanwhile have the limit too
            for victim in {*limited, *self._processes(part)}:
                _limit(victim, resource.RLIM_INFINITY)

    def _processes(self, part: str) -> list[psutil.Process]:
        child = self.stage.children[part]
        return postgres.processes(child.process.pid) if child.running and child.process else []


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):  # it was quicker
        process.send_signal(number)


def _limit(process: psutil.Process, size: int) -> bool:
    """Set how large its files may become, in bytes; whether that could be done: only Linux can, from outside.

    Who may not do it for another user's process does it as that user.
    """
    if sys.platform != "linux":
        return False
    try:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    except ProcessLookupError:
        return False
    except PermissionError:
        return postgres.as_user_of(process, "prlimit", "--pid", str(process.pid), f"--fsize={size}:") == 0
    return True
