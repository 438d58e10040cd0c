"""The `faqdesk` command: finds the project, picks the command, and turns mistakes into words."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import UserError
from bot.project import find_project

# Each command is a module with `configure(parser)` and `run(options) -> exit code`; imported only when it is called.
COMMANDS = {
    "up": "start everything and keep it running",
    "test": "lint, types, import arrows and every test suite",
    "torture": "kill and disturb the running parts while people write, then count what was lost",
    "chat": "talk to the bot in the terminal",
    "train": "build the release and train the dialogue, where something changed",
    "replay": "send a file of real questions through the whole running system",
    "evaluate": "how good the understanding is on a base and queries of your choice",
    "doctor": "say what is wrong with this machine or configuration, and the mend",
    "agent": "logins for the desk, and what each agent takes on",
    "team": "teams: who belongs together, and when they are there",
    "shopper": "what is kept of a shopper: give it out, or erase it",
    "outbox": "messages that could not be delivered: list, replay, drop",
    "backup": "everything that the desk stores in one file, while it works",
    "restore": "put a backup back, whole or not at all",
    "demo": "what a tester needs of the demo shop",
    "actions": "the action server alone, for work with `rasa shell`",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 failed, 2 the command line is wrong, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("help", "-h", "--help"):
        print((Path(__file__).parent / "usage.txt").read_text("utf-8"), end="")
        return 0
    name, rest = given[0], given[1:]
    if name not in COMMANDS:
        print(f"faqdesk: there is no command '{name}'. Commands: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    command = importlib.import_module(f"bot.cli.{name}")
    parser = argparse.ArgumentParser(
        prog=f"faqdesk {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.configure(parser)
    options = parser.parse_args(rest)
    try:
        project = find_project(Path.cwd())
        os.environ["FAQDESK_PROJECT"] = str(project)
        os.chdir(project)  # paths on the command line are absolute by now; those in settings are the project's
        return int(command.run(options))
    except UserError as error:
        print(f"faqdesk: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to go on; what was half-done is not kept.", file=sys.stderr)
        return 130
    except Exception as error:
        if words := _settings_error(error) or _database_problem(error):
            print(words, file=sys.stderr)
            return 1
        raise


def _settings_error(error: Exception) -> str | None:
    """Every wrong setting on a line of its own, or None when this is another kind of error."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError) or not error.title.endswith("Settings"):
        return None
    section = error.title.removesuffix("Settings").lower()
    lines = ["faqdesk: the settings are not right; nothing was started"]
    for wrong in error.errors():
        name = "_".join(str(part) for part in wrong["loc"])
        where = f"FAQDESK_{section}_{name}".upper() if name else f"[{section}]"
        lines.append(f"  {where} (in faqdesk.toml: [{section}] {name or '...'}): {wrong['msg']}")
    return "\n".join([*lines, "  docs/settings.md lists what each may be."])


def _database_problem(error: Exception) -> str | None:
    """What is wrong with the database, or None when this is another kind of error."""
    from handoff.troubles import DatabaseProblem

    if not isinstance(error, DatabaseProblem):
        return None
    return f"faqdesk: {UserError(error.what, error.why, error.do)}"


def path(text: str) -> Path:
    """An argument that is a path: relative to where the command was called."""
    return Path(text).resolve()


def new_file(text: str) -> Path:
    """A path to be written at the end: that it cannot be is said before the work, not after it."""
    file = path(text)
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{file} cannot be written; name a file in a folder that is there")
    return file
