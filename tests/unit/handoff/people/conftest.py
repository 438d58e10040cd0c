"""People of a desk: their hashes are quick, because none of these tests is about what a hash costs."""

import pytest
from argon2 import PasswordHasher

from handoff import accounts
from handoff.model import Agent, Role
from tests.unit.handoff.workbench import Bench

PASSWORD = "ten and more characters"
_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_NOBODY = _QUICK.hash("nobody's")


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_HASHER", _QUICK)
    monkeypatch.setattr(accounts, "_NOBODY", _NOBODY)


def add(desk: Bench, name: str, role: Role = "agent") -> str:
    """An account with PASSWORD; returns its id."""
    with desk.database.write() as session:
        return accounts.add_agent(session, f"{name}@shop.example", name, role, PASSWORD, desk.now).id


def row(desk: Bench, agent_id: str) -> Agent:
    with desk.database.read() as session:
        return session.get_one(Agent, agent_id)


@pytest.fixture
def boss(bench: Bench) -> str:
    return add(bench, "boss", "admin")


@pytest.fixture
def ada(bench: Bench) -> str:
    return add(bench, "ada")
