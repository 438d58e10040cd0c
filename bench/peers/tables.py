"""The comparison as tables in the terminal, and as CSV."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.peers.measure import COLUMNS, Measured
from bench.peers.verdict import Verdict, mean

FOOTNOTE = "* over all thresholds, on the test data itself: it favours systems without a threshold of their own"


class CsvTable:
    """One row for each system and part, written as soon as it is known, since a whole suite takes long."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._write([field.name for field in fields(Measured)], "w")

    def add(self, measured: Measured) -> None:
        values = asdict(measured).values()
        self._write([f"{value:.4f}" if isinstance(value, float) else value for value in values], "a")

    def _write(self, row: list[object], mode: str) -> None:
        with self._file.open(mode, encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerow(row)


def print_part(measured: Sequence[Measured]) -> None:
    """The systems on one part, to standard output."""
    first = measured[0]
    table = _table("system", *(name for name, _, _ in COLUMNS))
    for row in measured:
        table.add_row(row.system, *(_shown(value(row), places) for _, value, places in COLUMNS))
    _print(f"{first.part}: {first.phrasings} phrasings, {first.queries} queries", table)


def print_suite(measured: Sequence[Measured]) -> None:
    """Top1 and AURC of all parts side by side, and the means of the parts that every system was asked."""
    systems = list(dict.fromkeys(row.system for row in measured))
    of = {(row.part, row.system): row for row in measured}
    parts = list(dict.fromkeys(row.part for row in measured))
    table = _table("top1 / AURC", *systems)
    for part in parts:
        table.add_row(part, *(_pair(of[part, system].top1, of[part, system].aurc) for system in systems))
    means = [
        [_mean([of[part, s].top1 for part in parts]), _mean([of[part, s].aurc for part in parts])] for s in systems
    ]
    table.add_row("mean", *(_pair(top1, aurc) for top1, aurc in means))
    _print("all parts", table)


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Each part's gain over the best of the baselines in each figure, and the means."""
    table = _table("faqdesk against the best of the four", "top1", "best", "gain", "", "AURC", "best", "change", "")
    for verdict in (*verdicts, mean(verdicts)):
        change = verdict.aurc_change
        table.add_row(
            verdict.part, f"{verdict.top1:.3f}", f"{verdict.best_top1:.3f}", f"{verdict.top1_gain:+.3f}",
            "yes" if verdict.reaches_top1 else "no", f"{verdict.aurc:.3f}", f"{verdict.best_aurc:.3f}",
            "–" if change is None else f"{change:+.0%}", "yes" if verdict.reaches_aurc else "no",
        )  # fmt: skip
    top1, aurc = sum(v.reaches_top1 for v in verdicts), sum(v.reaches_aurc for v in verdicts)
    title = f"top1 reached on {top1}, AURC on {aurc} of {len(verdicts)} parts"
    # The mean AURC is ruled by the hardest parts; the mean of the changes lets every part count alike.
    changes = _mean([verdict.aurc_change for verdict in verdicts])
    _print(title + ("" if changes is None else f"; mean of the changes in AURC {changes:+.0%}"), table)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print(title: str, table: Table) -> None:
    # Wide whatever the terminal: a table that goes into a file must not be cut.
    console = Console(highlight=False, width=200)
    console.print(f"\n{title}", markup=False)
    console.print(table)


def _pair(top1: float | None, aurc: float | None) -> str:
    return f"{_shown(top1, 3)} / {_shown(aurc, 3)}"


def _shown(value: float | None, places: int) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
