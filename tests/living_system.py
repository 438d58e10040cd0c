"""The whole system, started once for a session of tests, exactly as `faqdesk up` starts it."""

import asyncio
import json
import re
import secrets
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.project import Places
from bot.supervise.system import System, running_system
from handoff import accounts
from handoff.clock import utc_now
from handoff.database import Database

PROJECT = Path(__file__).parents[1]
VAR = PROJECT / "var" / "test-system"  # keeps the release between runs; the database is new every time

_START_SECONDS = 420  # twice what the supervisor allows its parts, and some for a model that must be trained first
_END_SECONDS = 60
_SHOWN_LINES = 25  # of each part's log
_LOOKED_THROUGH = 2_000
_COMPLAINT = re.compile(r"warning|error|critical", re.IGNORECASE)
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


@dataclass(frozen=True)
class LivingSystem:
    """Where the desk is, who may sign in, and the processes by name: engine, actions, desk."""

    url: str
    email: str
    password: str
    system: System
    database: Path

    def another_agent(self, name: str) -> tuple[str, str]:
        """A new login: e-mail address and password."""
        email, password = f"{name.lower()}.{secrets.token_hex(3)}@casasen.example", secrets.token_hex(8)
        database = Database(f"sqlite:///{self.database}")
        with database.write() as session:
            accounts.add_agent(session, email, name, "agent", password, utc_now())
        database.close()
        return email, password

    def kill(self, name: str) -> None:
        """kill -9, as a crash would."""
        process = self.system.children[name].process
        assert process is not None
        process.kill()


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingSystem]:
    """Engine, actions and desk, ready."""
    database = tmp_path_factory.mktemp("system") / "faqdesk.sqlite"
    settings = {
        "FAQDESK_HANDOFF_DATABASE_URL": f"sqlite:///{database}",
        "FAQDESK_DESK_MESSAGES_PER_MINUTE": "100000",
        "FAQDESK_DESK_VISITORS_PER_MINUTE": "100000",
        "FAQDESK_DESK_ONLY_WEB": "true",
    }
    holder = _Holder(settings)
    holder.start()
    try:
        login = json.loads((VAR / "first-login.json").read_text("utf-8"))
        yield LivingSystem(holder.system.desk, login["email"], login["password"], holder.system, database)
    finally:
        holder.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails with the living system tells what the parts complained of meanwhile: CI keeps no logs."""
    report = yield
    if report.failed and "living" in getattr(item, "fixturenames", ()):
        report.sections.append(("complaints of the living system", _complaints_since(call.start)))
    return report


class _Holder:
    """Holds the system in a thread with an event loop of its own; tests stay synchronous."""

    system: System

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Raises AssertionError with the ends of the logs when the system is not there in time."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise AssertionError(f"the system was not ready after {_START_SECONDS} s\n{_ends_of_logs()}")
        if self._failure is not None:
            raise AssertionError(f"the system did not start: {self._failure}\n{_ends_of_logs()}") from self._failure

    def stop(self) -> None:
        """Raises AssertionError when the system does not end."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_END_SECONDS)
        if self._thread.is_alive():
            raise AssertionError(f"the system had not ended after {_END_SECONDS} s\n{_ends_of_logs()}")

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._hold())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _hold(self) -> None:
        (VAR / "first-login.json").unlink(missing_ok=True)
        async with running_system(Places(PROJECT, VAR), settings=self._settings) as self.system:
            self._ready.set()
            await self._over.wait()


def _complaints_since(began: float) -> str:
    """The lines of warnings and errors from `began` on, a time as of `time.time()`."""
    since = datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    told = []
    for log in sorted((VAR / "log").glob("*.log")):
        lines = log.read_text("utf-8", errors="replace").splitlines()[-_LOOKED_THROUGH:]
        heard = [line for line in lines if _COMPLAINT.search(line) and _stamp(line) >= since]
        told += [f"--- {log.name}", *(line[:400] for line in heard[-_SHOWN_LINES:])]
    return "\n".join(told)


def _stamp(line: str) -> str:
    """When a line of a log was written; empty when it does not say."""
    found = _STAMP.search(line)
    return found[0].replace(" ", "T") if found else ""


def _ends_of_logs() -> str:
    """The last lines of what each part said, for whoever reads why the system is not there."""
    told = []
    for log in sorted((VAR / "log").glob("*.log")):
        lines = log.read_text("utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
        told += [f"--- {log}", *(line[:240] for line in lines)]
    return "\n".join(told) or f"no part has written a log to {VAR / 'log'}"
