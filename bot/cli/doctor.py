"""Say what is wrong with this machine or configuration, each line with its mend. Exit code 1 when anything is.

Examples:
  faqdesk doctor
"""

import argparse
import sys

from rich.console import Console
from rich.markup import escape

from bot.checkup import Finding, check_all
from bot.project import Places

_MARKS = {"ok": "[green]ok   [/]", "wrong": "[bold red]WRONG[/]", "note": "[yellow]note [/]"}


def configure(parser: argparse.ArgumentParser) -> None:
    """`doctor` has no options."""


def run(options: argparse.Namespace) -> int:
    """Print every finding as it is made."""
    console = Console(highlight=False, soft_wrap=True)
    wrong = 0
    for finding in check_all(Places.standard()):
        _show(console, finding)
        wrong += finding.state == "wrong"
    if wrong:
        print(f"\n{wrong} thing(s) to mend.", file=sys.stderr)
    return 1 if wrong else 0


def _show(console: Console, finding: Finding) -> None:
    console.print(f"{_MARKS[finding.state]} {escape(finding.what)}")
    if finding.mend:
        console.print(f"      mend: {escape(finding.mend)}")
