"""Finding the project, and free ports on this machine."""

import socket
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.project import Places, find_project
from bot.supervise.ports import choose, is_free

HOST = "127.0.0.1"


def project(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.yml", "domain.yml"):
        (folder / name).touch()
    (folder / "data").mkdir()
    return folder


def test_the_project_is_found_from_inside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAQDESK_PROJECT")
    here = project(tmp_path / "shop")
    inside = here / "data" / "articles"
    inside.mkdir()
    assert find_project(inside) == here
    assert find_project(here) == here


def test_the_nearest_project_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAQDESK_PROJECT")
    inner = project(project(tmp_path / "outer") / "inner")
    assert find_project(inner) == inner


def test_a_named_project_wins_over_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, named = project(tmp_path / "here"), project(tmp_path / "named")
    monkeypatch.setenv("FAQDESK_PROJECT", str(named))
    assert find_project(here) == named


def test_a_named_folder_that_is_none_is_not_searched_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = project(tmp_path / "shop") / "data"
    monkeypatch.setenv("FAQDESK_PROJECT", str(named))
    with pytest.raises(UserError) as refused:
        find_project(tmp_path)
    assert str(named) in str(refused.value)


@pytest.mark.parametrize("missing", ["config.yml", "domain.yml"])
def test_half_a_project_is_none_and_the_reader_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv("FAQDESK_PROJECT")
    (project(tmp_path / "shop") / missing).unlink()
    with pytest.raises(UserError) as refused:
        find_project(tmp_path / "shop")
    assert "FAQDESK_PROJECT=" in refused.value.do


def test_an_engine_that_was_not_built_is_told_with_the_command_that_builds_it(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "var")
    with pytest.raises(UserError) as refused:
        _ = places.engine_python
    assert "./faqdesk setup engine" in refused.value.do
    python = tmp_path / ".venv-engine" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert places.engine_python == python


# ---- ports ----------------------------------------------------------------------------------------------------------


def test_a_port_is_free_when_nobody_listens() -> None:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        port = int(server.getsockname()[1])
        assert not is_free(HOST, port)
    assert is_free(HOST, port)


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ports that are in use."""
    ports: set[int] = set()
    monkeypatch.setattr("bot.supervise.ports.is_free", lambda host, port: port not in ports)
    return ports


def test_a_wished_port_is_taken_when_it_is_free(busy: set[int]) -> None:
    assert choose(HOST, 8000) == choose(HOST, 8000, fixed=True) == 8000


def test_else_the_next_free_one_is_taken(busy: set[int]) -> None:
    busy |= {8000, 8001}
    assert choose(HOST, 8000) == 8002


def test_a_port_that_is_meant_for_another_part_is_not_taken(busy: set[int]) -> None:
    busy.add(8001)
    assert choose(HOST, 8000, taken=(8000,)) == 8002


def test_a_fixed_port_that_is_in_use_is_an_error_with_another_proposal(busy: set[int]) -> None:
    busy.add(8000)
    with pytest.raises(UserError) as refused:
        choose(HOST, 8000, fixed=True)
    assert "8000" in refused.value.what
    assert "--port 8001" in refused.value.do


def test_when_nothing_is_free_the_range_is_named(busy: set[int]) -> None:
    busy |= set(range(8000, 8100))
    with pytest.raises(UserError, match="no free port from 8000 to 8099"):
        choose(HOST, 8000)
