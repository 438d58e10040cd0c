"""What all suites share: the network is closed, loopback apart, and nobody's settings leak in."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis.internal.observability  # noqa: F401 - by the summary's plugin, and then while threads wind down, which trips CPython 3.11 (gh-106905)
import pytest
from argon2 import PasswordHasher

from handoff import accounts

_LOOPBACK = ("127.0.0.1", "::1", "localhost", "")


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """A test that reaches for the network fails loudly instead of passing on machines that have one."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("FAQDESK_") and name != "FAQDESK_PROJECT":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _quick_hashes() -> Iterator[None]:
    """Passwords that guard nothing need no 64 MB and no fifth of a second. Programs that tests start have the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(accounts, "_HASHER", quick)
        patch.setattr(accounts, "_NOBODY", quick.hash("nobody"))
        yield


pytest_plugins = ["tests.browsers", "tests.databases", "tests.living_system"]
