"""One process under supervision: started, watched, restarted with growing pauses, stopped."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Check = Callable[[], Awaitable[str | None]]  # None when all is well, else what is missing

_STOP_SECONDS = 8  # after which a process that was asked to end is killed
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_HEALTHY_SECONDS = 60  # after so long the next pause is short again
_KEPT_LOG_BYTES = 5_000_000


@dataclass
class Child:
    """What to start and how to tell that it works. `ready` is asked until it is, `healthy` from then on."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    ready: Check
    healthy: Check
    process: asyncio.subprocess.Process | None = field(default=None, init=False)
    restarts: int = field(default=0, init=False)
    _began: float = field(default=0.0, init=False)

    async def start(self) -> None:
        """Start the process; its output goes to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _KEPT_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as stream:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                cwd=self.folder,
                env=dict(self.environment),
                start_new_session=True,  # Ctrl-C is ours to pass on, in our order
                preexec_fn=_die_with_parent,
            )
        self._began = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def pause_before_restart(self) -> float:
        """Seconds to wait: longer after every restart that did not last."""
        if time.monotonic() - self._began > _HEALTHY_SECONDS:
            self.restarts = 0
        self.restarts += 1
        return float(min(_FIRST_PAUSE * 2 ** (self.restarts - 1), _LONGEST_PAUSE))

    async def stop(self) -> None:
        """Ask the process to end, and kill it when it does not."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        _signal(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            _signal(process.pid, signal.SIGKILL)
            await process.wait()

    def last_words(self, lines: int = 3) -> str:
        """The end of the log, for an error message."""
        with contextlib.suppress(OSError):
            text = self.log.read_text("utf-8", errors="replace").strip().splitlines()
            return "\n".join(f"    {line[:200]}" for line in text[-lines:])
        return ""


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _die_with_parent() -> None:
    """On Linux the kernel ends the children when the supervisor is killed; elsewhere they outlive it until the next start."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
