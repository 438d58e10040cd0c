"""One desk for all tests that leave it as they found it, and desks of their own for the others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.project import Places
from tests.databases import BACKENDS, Templates
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


# Where what is stored, or how, matters: these suites run on both databases.
ON_BOTH = {"test_console", "test_hostile_requests", "test_restart", "test_takeover", "test_two_desks", "test_web_chat"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Which database the desk of a test has."""
    marked = any("stored_on" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "stored_on" in metafunc.fixturenames and not marked:
        both = metafunc.module.__name__.rpartition(".")[2] in ON_BOTH
        metafunc.parametrize("stored_on", BACKENDS if both else BACKENDS[:1], scope="session")


@pytest.fixture(scope="session")
def stored_on() -> str:
    raise AssertionError("pytest_generate_tests says it")


@pytest.fixture(scope="session")
def desk(
    tmp_path_factory: pytest.TempPathFactory, engine: EngineStandin, stored_on: str, templates: Templates
) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("desk")
        patch.setenv("FAQDESK_PROJECT", str(folder))
        url = templates.new(stored_on, folder)
        made = Desk(url, engine.url)
    made.start()
    yield made
    made.close()
    templates.give_back(url)


@pytest.fixture
def own_desk(
    tmp_path: Path, engine: EngineStandin, monkeypatch: pytest.MonkeyPatch, stored_on: str, templates: Templates
) -> Iterator[MakeDesk]:
    """`own_desk(engine_budget=1)` makes a desk with these settings, a database and a clock of its own."""
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    made: list[Desk] = []
    url = templates.new(stored_on, tmp_path)

    def make(engine_url: str = engine.url, **settings: Any) -> Desk:
        made.append(Desk(url, engine_url, **settings))
        return made[-1].start()

    yield make
    for one in made:
        one.close()
    templates.give_back(url)


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
