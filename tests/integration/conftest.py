"""One desk for all tests that leave it as they found it, and desks of their own for the others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.project import Places
from tests.integration.harness import Console, Desk, Visitor
from tests.integration.small_project import make_project
from tests.standins.engine import EngineStandin, handoff

MakeDesk = Callable[..., Desk]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A small shop whose desk has never run."""
    return make_project(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineStandin]:
    """Echoes whatever no test gave it an answer for."""
    standin = EngineStandin().start()
    yield standin
    standin.stop()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, engine: EngineStandin) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("desk")
        patch.setenv("FAQDESK_PROJECT", str(folder))
        made = Desk(folder, engine.url)
    made.start()
    yield made
    made.close()


@pytest.fixture
def own_desk(tmp_path: Path, engine: EngineStandin, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDesk]:
    """`own_desk(engine_budget=1)` makes a desk with these settings, a database and a clock of its own."""
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    made: list[Desk] = []

    def make(engine_url: str = engine.url, **settings: Any) -> Desk:
        made.append(Desk(tmp_path, engine_url, **settings))
        return made[-1].start()

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def ada(desk: Desk) -> Console:
    return Console(desk, "Ada")


@pytest.fixture(scope="session")
def ben(desk: Desk) -> Console:
    return Console(desk, "Ben")


@pytest.fixture
def lan(desk: Desk) -> Visitor:
    return Visitor(desk)


@pytest.fixture
def minh(desk: Desk) -> Visitor:
    return Visitor(desk)


@pytest.fixture
def no_faults(desk: Desk) -> Iterator[None]:
    """Whatever the test sent, nothing in the desk may have failed without being dealt with."""
    desk.errors.clear()
    yield
    assert desk.errors == []


@pytest.fixture
def waiting(lan: Visitor, engine: EngineStandin) -> str:
    """A conversation in the queue; returns its id."""
    engine.on("a person, please", handoff("a person, please"))
    lan.says("a person, please")
    return lan.conversation_id
