"""The launcher builds what is missing, once, and leaves nothing half-built."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.launcher.conftest import Checkout


def test_help_needs_nothing_built(checkout: Checkout) -> None:
    shown = [checkout.run(*words) for words in ((), ("help",), ("--help",))]

    assert all(run.returncode == 0 and "faqdesk up" in run.stdout for run in shown)
    assert checkout.calls() == []


def test_the_first_start_builds_both_and_the_second_does_no_work(checkout: Checkout) -> None:
    first = checkout.run("up", "--port", "9000")
    built = checkout.calls()
    second = checkout.run("up", "--port", "9000")

    assert first.stdout == second.stdout == f"ran up --port 9000 {checkout.root}\n"
    assert sum(call.startswith("venv") for call in built) == 2
    assert sum("requirements/desk.txt" in call for call in built) == 1
    assert sum("requirements/engine.txt" in call for call in built) == 1
    assert checkout.calls() == built


def test_what_was_compiled_is_kept_where_the_machine_would_not(checkout: Checkout) -> None:
    checkout.run("demo", PYTHONDONTWRITEBYTECODE="1")

    assert list((checkout.root / "bot" / "__pycache__").glob("__init__.*.pyc"))


@pytest.mark.parametrize(("file", "rebuilt"), [("desk", ".venv"), ("engine", ".venv-engine")])
def test_changed_requirements_are_built_anew(checkout: Checkout, file: str, rebuilt: str) -> None:
    checkout.run("up")
    before = len(checkout.calls())
    (checkout.root / "requirements" / f"{file}.txt").write_text("changed==2\n")

    checkout.run("up")

    venvs = [call for call in checkout.calls()[before:] if call.startswith("venv")]
    assert [call.split("/")[-1] for call in venvs] == [rebuilt]


def test_tests_bring_their_tools_and_up_goes_on_with_them(checkout: Checkout) -> None:
    checkout.run("test")
    built = checkout.calls()
    checkout.run("up")

    assert any("requirements/dev.txt" in call for call in built)
    assert checkout.calls() == built


def test_torch_comes_as_its_cpu_build(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("setup", "desk")
    shutil.rmtree(checkout.root / ".venv")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl").touch()

    checkout.run("setup", "desk", PIP_FIND_LINKS=str(wheels))

    without, with_local = [call for call in checkout.calls() if call.startswith("pip sync")]
    assert "--torch-backend cpu" in without
    assert f"--find-links {wheels}" in with_local


def test_a_failed_build_says_so_and_leaves_nothing(checkout: Checkout) -> None:
    run = checkout.run("up", UV_FAILS="yes")

    assert run.returncode == 1
    assert "error: no such package" in run.stderr
    assert ".venv could not be built" in run.stderr
    assert not (checkout.root / ".venv").exists()
    assert not (checkout.root / ".venv.lock").exists()


def test_ctrl_c_leaves_nothing_half_built(checkout: Checkout, tmp_path: Path) -> None:
    started = tmp_path / "started"
    process = subprocess.Popen(
        [str(checkout.root / "faqdesk"), "up"],
        env={**checkout.environment, "UV_HANGS": str(started)},
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
        # Whoever started the tests may ignore it (nohup does), and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 20
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)

    subprocess.run(["kill", "-INT", "--", f"-{process.pid}"], check=True)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "Interrupted" in said
    assert not (checkout.root / ".venv").exists()
    assert not (checkout.root / ".venv.lock").exists()


def test_a_build_that_was_killed_is_not_taken_for_a_finished_one(checkout: Checkout) -> None:
    checkout.run("up")
    (checkout.root / ".venv" / ".built").unlink()
    before = len(checkout.calls())

    checkout.run("up")

    assert any(call.startswith("venv") for call in checkout.calls()[before:])


def test_the_lock_of_a_dead_launcher_is_taken_over(checkout: Checkout) -> None:
    (checkout.root / ".venv.lock").mkdir()
    (checkout.root / ".venv.lock" / "pid").write_text("999999")

    assert checkout.run("up").returncode == 0


def test_without_python_3_10_it_says_exactly_what_to_do(checkout: Checkout) -> None:
    run = checkout.run("up", FAQDESK_ENGINE_PYTHON="/nowhere/python3.10")

    assert run.returncode == 1
    assert "no Python 3.10 was found" in run.stderr
    assert "uv python install 3.10" in run.stderr
    assert "FAQDESK_ENGINE_PYTHON=" in run.stderr


def test_it_finds_3_10_where_pyenv_keeps_it(checkout: Checkout, tmp_path: Path) -> None:
    python = tmp_path / "pyenv" / "versions" / "3.10.13" / "bin" / "python"
    python.parent.mkdir(parents=True)
    shutil.copy(checkout.environment["FAQDESK_ENGINE_PYTHON"], python)
    del checkout.environment["FAQDESK_ENGINE_PYTHON"]

    run = checkout.run("setup", "engine", PYENV_ROOT=str(tmp_path / "pyenv"))

    assert run.returncode == 0
    assert str(python) in run.stderr


def test_doctor_speaks_before_anything_is_built(checkout: Checkout) -> None:
    run = checkout.run("doctor", FAQDESK_ENGINE_PYTHON="/nowhere/python3.10")

    assert run.returncode == 1
    assert "WRONG no Python 3.10" in run.stderr
    assert "mend:" in run.stderr
    assert checkout.calls() == []


def test_it_works_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("up")
    link = tmp_path / "faqdesk"
    link.symlink_to(checkout.root / "faqdesk")

    run = subprocess.run([str(link), "up"], env=checkout.environment, capture_output=True, text=True, check=False)

    assert run.stdout == f"ran up {checkout.root}\n"


def test_signals_reach_the_program_that_was_started(checkout: Checkout) -> None:
    (checkout.root / "bot" / "__main__.py").write_text("import time; print('up', flush=True); time.sleep(60)")
    checkout.run("setup")
    process = subprocess.Popen([str(checkout.root / "faqdesk"), "up"], env=checkout.environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()

    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == -signal.SIGTERM
