"""One running instance a var folder: its lock, its addresses, its secrets."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from bot.errors import UserError
from bot.project import Places


@dataclass(frozen=True)
class Running:
    """Where the parts of a running instance listen."""

    pid: int
    desk: str
    engine: str
    actions: str


class InstanceLock:
    """Held while an instance runs; the kernel gives it back even after a crash."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises UserError, naming the other's address, when one is running already."""
        self._places.run.mkdir(parents=True, exist_ok=True)
        self._file = (self._places.run / "lock").open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = read_running(self._places)
            where = f"It is at {other.desk} (process {other.pid})." if other else "It is still starting."
            raise UserError(
                "faqdesk is running already", where, "Use it, or end it with Ctrl-C where it was started."
            ) from None
        (self._places.run / "instance.json").unlink(missing_ok=True)

    def announce(self, running: Running) -> None:
        """Write down where the parts listen, for `chat` and the others."""
        write_private(self._places.run / "instance.json", json.dumps(asdict(running)))

    def give_back(self) -> None:
        (self._places.run / "instance.json").unlink(missing_ok=True)
        if self._file is not None:
            self._file.close()
            self._file = None


def read_running(places: Places) -> Running | None:
    """The running instance's addresses, or None."""
    try:
        known: dict[str, Any] = json.loads((places.run / "instance.json").read_text("utf-8"))
        running = Running(**known)
        os.kill(running.pid, 0)
    except (OSError, ValueError, TypeError):
        return None
    return running


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read; it is whole or not there."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(file)
