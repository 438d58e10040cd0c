"""The command line: mistakes get words and an exit code, never a traceback."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.cli.main import COMMANDS, main
from handoff import conversations
from handoff.clock import utc_now
from handoff.database import Database
from handoff.migrate import upgrade
from tests.launcher.conftest import PROJECT

Run = subprocess.CompletedProcess[str]


def _environment(var: Path, more: dict[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(PROJECT),
        "FAQDESK_VAR": str(var),
        **more,
    }


def faqdesk(*words: str, var: Path, folder: Path = PROJECT, stdin: str = "", **more: str) -> Run:
    """Run the command as the launcher does, in a process of its own: for what starts, or speaks with, other processes."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words], cwd=folder, env=_environment(var, more), input=stdin,
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def command(*words: str, var: Path, folder: Path = PROJECT, stdin: str = "", **more: str) -> Run:
    """The same in this process, without the seconds that an interpreter takes to start and to import."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, _environment(var, more), clear=True),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main(words)
        except SystemExit as end:  # argparse ends so
            code = int(end.code or 0)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def fails(run: Run, code: int, *words: str) -> None:
    """The command failed with these words and without a traceback."""
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr + run.stdout
    for expected in words:
        assert expected in run.stderr, run.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_examples(tmp_path: Path, name: str) -> None:
    run = command(name, "--help", var=tmp_path)

    assert run.returncode == 0
    assert "faqdesk" in run.stdout
    assert len(run.stdout.splitlines()) > 4


def test_every_command_stands_in_the_overview(tmp_path: Path) -> None:
    overview = command("help", var=tmp_path).stdout

    assert all(f"./faqdesk {name}" in overview for name in COMMANDS)


def test_an_unknown_command_names_the_known_ones(tmp_path: Path) -> None:
    fails(faqdesk("strat", var=tmp_path), 2, "no command 'strat'", "up, test, torture, chat")


def test_an_unknown_option_is_a_usage_error(tmp_path: Path) -> None:
    fails(command("up", "--fast", var=tmp_path), 2, "--fast")


def test_outside_a_project_it_says_where_to_go(tmp_path: Path) -> None:
    fails(faqdesk("agent", "list", var=tmp_path, folder=tmp_path), 1, "is not a faqdesk project", "FAQDESK_PROJECT")


def test_all_wrong_settings_are_said_at_once(tmp_path: Path) -> None:
    run = faqdesk("up", var=tmp_path, FAQDESK_DESK_PORT="abc", FAQDESK_DESK_ENGINE_BUDGET="-1")

    fails(run, 1, "FAQDESK_DESK_PORT", "FAQDESK_DESK_ENGINE_BUDGET", "docs/settings.md")


def test_a_channel_without_its_secret_does_not_start(tmp_path: Path) -> None:
    fails(
        command("up", var=tmp_path, FAQDESK_DESK_TELEGRAM="webhook", FAQDESK_DESK_TELEGRAM_TOKEN="1:a"),
        1,
        "telegram_secret",
    )


def test_a_fixed_port_that_is_taken_is_said(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = faqdesk("up", "--port", str(port), var=PROJECT / "var" / "test-up")

    fails(run, 1, f"port {port}", "is in use", f"--port {port + 1}")


def test_agents_are_added_listed_and_given_new_passwords(tmp_path: Path) -> None:
    added = command("agent", "add", "Lan@CasaSen.example", "--name", "Lan", "--role", "lead", var=tmp_path)
    listed = command("agent", "list", var=tmp_path)
    typed = command("agent", "password", "lan@casasen.example", "--ask", var=tmp_path, stdin="a long enough one\n")

    assert added.returncode == listed.returncode == typed.returncode == 0
    assert "lan@casasen.example (lead)" in added.stdout
    assert "Lan" in listed.stdout
    assert "a long enough one" not in typed.stdout


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("add", "no-address"), "", "is not an e-mail address"),
        (("add", "a@b.example", "--ask"), "short\n", "at least 10"),
        (("password", "nobody@b.example"), "", "there is no login"),
    ],
)
def test_wrong_agents_are_refused_in_words(tmp_path: Path, words: tuple[str, ...], stdin: str, said: str) -> None:
    fails(command("agent", *words, var=tmp_path, stdin=stdin), 1, said)


def test_an_address_is_added_once(tmp_path: Path) -> None:
    command("agent", "add", "a@b.example", var=tmp_path)

    fails(command("agent", "add", "A@b.example", var=tmp_path), 1, "already an account")


@pytest.fixture
def known(tmp_path: Path) -> Iterator[str]:
    """The conversation of a shopper on Telegram, in a database of its own."""
    database = Database(f"sqlite:///{tmp_path}/faqdesk.sqlite")
    upgrade(database)
    with database.write() as session:
        identity = conversations.ensure_identity(session, "telegram", "5512", "Lan", utc_now())
        conversation = conversations.begin(session, identity.id, "vi", utc_now())
        said = {"type": "text", "text": "đơn của tôi đâu"}
        conversations.add_message(session, conversation, "shopper", said, utc_now())
    yield conversation.id
    database.close()


def test_a_shoppers_data_is_given_out_and_then_erased(tmp_path: Path, known: str) -> None:
    file = tmp_path / "lan.json"
    exported = command("shopper", "export", "--address", "5512", str(file), var=tmp_path)
    assert exported.returncode == 0, exported.stderr
    assert json.loads(file.read_text("utf-8"))["conversations"][0]["messages"][0]["text"] == "đơn của tôi đâu"
    assert file.stat().st_mode & 0o077 == 0

    erased = command("shopper", "erase", "--conversation", known, "--yes", var=tmp_path)
    assert erased.returncode == 0, erased.stderr
    assert "Lan and 1 conversations are erased" in erased.stdout
    fails(command("shopper", "erase", "--conversation", known, "--yes", var=tmp_path), 1, "nobody is known by")


def test_nothing_is_erased_without_a_yes(tmp_path: Path, known: str) -> None:
    fails(command("shopper", "erase", "--conversation", known, var=tmp_path), 1, "nobody is there to confirm", "--yes")
    assert command("shopper", "export", "--conversation", known, str(tmp_path / "f"), var=tmp_path).returncode == 0


def test_a_shopper_has_to_be_named(tmp_path: Path) -> None:
    fails(command("shopper", "erase", var=tmp_path), 2, "--conversation", "--address")


def test_demo_orders_show_what_a_tester_types(tmp_path: Path) -> None:
    run = command(
        "demo", "orders", "-n", "3", var=tmp_path, FAQDESK_ACTIONS_DEMO_ORDERS=str(tmp_path / "orders.sqlite")
    )

    assert run.returncode == 0
    assert run.stdout.count("CS-2045") == 3
    assert "@" in run.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("a,b\n1,2\n", "has no column qid, text"),
        ("qid,text\n", "has no rows"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_replay_says_what_is_wrong_with_its_file(tmp_path: Path, content: str | bytes | None, said: str) -> None:
    file = tmp_path / "queries.csv"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    fails(command("replay", "--queries", str(file), var=tmp_path), 1, said)


def test_doctor_names_a_wrong_setting_with_its_mend(tmp_path: Path) -> None:
    run = command("doctor", var=tmp_path, FAQDESK_DESK_PORT="70000")

    assert run.returncode == 1
    assert "WRONG setting port" in run.stdout
    assert "mend: docs/settings.md" in run.stdout


# ---- evaluate -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_base(tmp_path: Path) -> tuple[str, ...]:
    """The options that name a base of three articles and three queries for it."""
    kb, queries = tmp_path / "kb.csv", tmp_path / "queries.csv"
    kb.write_text(
        "faq_id,route,example\n"
        "returns,faq,how do i return a dress\nreturns,faq,send it back\nreturns,faq,return something\n"
        "delivery,faq,how long does delivery take\ndelivery,faq,delivery time\ndelivery,faq,when will it arrive\n"
        "payment,faq,which cards do you take\npayment,faq,pay by card\npayment,faq,can i pay with visa\n",
        "utf-8",
    )
    queries.write_text(
        "qid,text,route,faq_id\n1,how can i return a dress,faq,returns\n2,delivery times,faq,delivery\n3,,handoff,\n",
        "utf-8",
    )
    return ("--kb", str(kb), "--queries", str(queries))


def test_a_base_is_evaluated_from_file_to_figures(tmp_path: Path, small_base: tuple[str, ...]) -> None:
    out = tmp_path / "predictions.csv"

    run = faqdesk("evaluate", *small_base, "--objective", "mcc", "--out", str(out), var=tmp_path)

    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    figures = dict(line.rsplit(maxsplit=1) for line in run.stdout.splitlines() if len(line.split()) > 1)
    assert (figures["top1"], figures["queries"]) == ("1.000", "3")
    rows = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    assert [(row["qid"], row["id1"]) for row in rows] == [("1", "returns"), ("2", "delivery"), ("3", "")]
    assert rows[2]["decision"] == "handoff"


def test_a_base_that_is_not_there_is_said(tmp_path: Path, small_base: tuple[str, ...]) -> None:
    run = faqdesk("evaluate", *small_base, "--kb", str(tmp_path / "none.csv"), var=tmp_path)

    fails(run, 1, "none.csv", "cannot be read")


def test_wrong_settings_of_the_understanding_are_said(tmp_path: Path, small_base: tuple[str, ...]) -> None:
    run = faqdesk(
        "evaluate",
        *small_base,
        var=tmp_path,
        FAQDESK_UNDERSTANDING_UNANSWERABLE_SHARE="2",
        FAQDESK_UNDERSTANDING_TARGET_PRECISION="9",
    )

    fails(run, 1, "UNANSWERABLE_SHARE", "TARGET_PRECISION", "docs/settings.md")


@pytest.mark.parametrize("wrong", [("--target-precision", "7"), ("--target-precision", "high"), ("--objective", "x")])
def test_a_target_that_cannot_be_is_a_usage_error(
    tmp_path: Path, small_base: tuple[str, ...], wrong: tuple[str, str]
) -> None:
    fails(command("evaluate", *small_base, *wrong, var=tmp_path), 2, wrong[0])


@pytest.mark.parametrize("name", ["evaluate", "replay"])
def test_a_result_that_cannot_be_written_is_said_before_the_work(
    tmp_path: Path, small_base: tuple[str, ...], name: str
) -> None:
    run = command(name, *small_base, "--out", str(tmp_path / "no" / "out.csv"), var=tmp_path)

    fails(run, 2, "cannot be written")


def test_wrong_settings_of_the_actions_are_said(tmp_path: Path) -> None:
    run = command("demo", "orders", var=tmp_path, FAQDESK_ACTIONS_PORT="none")

    fails(run, 1, "FAQDESK_ACTIONS_PORT")
