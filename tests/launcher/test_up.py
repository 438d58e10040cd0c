"""`faqdesk up` from start to Ctrl-C, as a person runs it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.launcher.conftest import PROJECT
from tests.launcher.test_command_line import faqdesk

VAR = PROJECT / "var" / "test-up"


@pytest.fixture(scope="module")
def up() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command, and what it printed until it was ready."""
    environment = {**os.environ, "FAQDESK_VAR": str(VAR), "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "up"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever started the tests may ignore it (nohup does), and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C ends it" not in printed:
        line = process.stdout.readline()
        assert line, f"ended with {process.wait(5)}: {process.stderr.read() if process.stderr else ''}"
        printed += line
    yield process, printed
    if process.poll() is None:
        process.kill()


def address(printed: str) -> str:
    found = re.search(r"Shop and chat\s+(http://\S+?)/\s", printed)
    assert found, printed
    return found[1]


def children_of(process: subprocess.Popen[str]) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid in found.split()]


@pytest.mark.timeout(300)
def test_up_prints_addresses_and_the_first_login(up: tuple[subprocess.Popen[str], str]) -> None:
    _, printed = up
    login = json.loads((VAR / "first-login.json").read_text())

    assert httpx.get(address(printed)).status_code == 200
    assert login["email"] in printed
    assert login["password"] in printed
    assert (VAR / "first-login.json").stat().st_mode & 0o077 == 0, "only its owner may read it"
    assert re.search(r"Ready in \d+ s \((engine|actions)", printed)


def test_a_second_up_says_that_one_is_running(up: tuple[subprocess.Popen[str], str]) -> None:
    run = faqdesk("up", var=VAR)

    assert run.returncode == 1
    assert "running already" in run.stderr
    assert address(up[1]) in run.stderr


def test_chat_in_the_terminal_talks_to_the_running_desk(up: tuple[subprocess.Popen[str], str]) -> None:
    run = faqdesk("chat", var=VAR, stdin="how long does delivery take\n1\n")

    assert run.returncode == 0
    assert "How long does delivery take?" in run.stdout
    assert "[1] Yes" in run.stdout
    assert "Good to know" in run.stdout


def test_engine_and_actions_listen_on_loopback_and_want_their_tokens(up: tuple[subprocess.Popen[str], str]) -> None:
    running = json.loads((VAR / "run" / "instance.json").read_text())
    body = {"sender": "x", "message": "hello"}

    assert running["engine"].startswith("http://127.0.0.1:")
    assert running["actions"].startswith("http://127.0.0.1:")
    assert httpx.post(f"{running['engine']}/webhooks/desk/webhook", json=body).status_code == 401
    assert httpx.get(f"{running['engine']}/status").status_code == 401
    assert httpx.post(f"{running['engine']}/webhooks/rest/webhook", json=body).status_code == 404
    assert httpx.post(f"{running['actions']}/model/parse", json={"text": "hello"}).status_code == 401


def test_secrets_stand_in_no_file_that_others_may_read(up: tuple[subprocess.Popen[str], str]) -> None:
    readable = [file for file in (VAR / "run").glob("*.yml") if file.stat().st_mode & 0o077]

    assert readable == []


def test_ctrl_c_ends_all_parts(up: tuple[subprocess.Popen[str], str]) -> None:
    process, printed = up
    children = children_of(process)
    assert len(children) == 3

    process.send_signal(signal.SIGINT)

    assert process.wait(40) == 0
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert not (VAR / "run" / "instance.json").exists()
    with pytest.raises(httpx.HTTPError):
        httpx.get(address(printed))
