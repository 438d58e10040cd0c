"""Send a file of real questions through the whole running system: web channel, gateway, Rasa, actions, stored reply.

A system of its own is started for it on free ports, with its own data, and ended afterwards.

  --kb KB.csv            a base to answer from: columns faq_id, route, example (and title, answer, lang);
                         default: the project's own articles
  --queries QUERIES.csv  columns qid, text (and route, faq_id, acceptable: what would be right)
  --where COLUMN=VALUE   only these rows of both files
  --out FILE             what happened to each query, as CSV

Examples:
  faqdesk replay --queries data/golden/en.csv
  faqdesk replay --kb kb.csv --queries queries.csv --where domain=curekart --limit 100 --out predictions.csv
"""

import argparse
import asyncio
import contextlib
import csv
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.cli.main import new_file, path
from bot.cli.replay_judge import Outcome, Summary, judge, outcomes_of
from bot.cli.terminal_visitor import TerminalVisitor
from bot.errors import UserError
from bot.project import Places
from bot.supervise.system import running_system

Row = dict[str, str]


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `replay`."""
    parser.add_argument("--kb", type=path, help="base to answer from (default: the project's articles)")
    parser.add_argument("--queries", type=path, required=True)
    parser.add_argument("--where", action="append", default=[], metavar="COLUMN=VALUE")
    parser.add_argument("--limit", type=int, help="only the first N queries")
    parser.add_argument("--out", type=new_file, help="write what happened to each query")
    parser.add_argument("--at-once", type=int, default=4, help="conversations in flight (default: 4)")


def run(options: argparse.Namespace) -> int:
    """Replay and print the summary."""
    queries = read_rows(options.queries, ("qid", "text"), options.where)[: options.limit]
    if not queries:
        raise UserError(f"{options.queries} has no rows to send", "", "Check --where and --limit.")
    project = Places.standard()
    with _own_var(project) as places:
        kb = _filtered_kb(options.kb, options.where, places) if options.kb else None
        replayed = asyncio.run(_replay(places, kb, queries, options.at_once))
        outcomes = outcomes_of(f"sqlite:///{places.var / 'faqdesk.sqlite'}", replayed.conversations)
    results = [(query, outcome, judge(query, outcome)) for query, outcome in zip(queries, outcomes, strict=True)]
    if options.out:
        _write(options.out, results, replayed.milliseconds)
    _print(Summary.of([(query, outcome, verdict) for query, outcome, verdict in results]), replayed)
    return 0


@dataclass(frozen=True)
class Replayed:
    """Per query: the conversation it became and the milliseconds from sending to the stored reply."""

    conversations: list[str]
    milliseconds: list[float]
    seconds: float
    at_once: int


async def _replay(places: Places, kb: Path | None, queries: list[Row], at_once: int) -> Replayed:
    settings = {
        "FAQDESK_HANDOFF_DATABASE_URL": f"sqlite:///{places.var / 'faqdesk.sqlite'}",
        "FAQDESK_DESK_MESSAGES_PER_MINUTE": "1000000",  # limits are for shoppers, not for this
        "FAQDESK_DESK_VISITORS_PER_MINUTE": "1000000",
        "FAQDESK_DESK_BURST_QUIET": "0",  # each row is a whole message; nothing follows it
        "FAQDESK_DESK_ONLY_WEB": "true",  # what other channels bring belongs to the real desk
    }
    conversations, milliseconds = [""] * len(queries), [0.0] * len(queries)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with running_system(places, settings=settings, kb=kb) as system:
        limits = httpx.Limits(max_connections=at_once + 4)
        async with httpx.AsyncClient(base_url=system.desk, timeout=60, trust_env=False, limits=limits) as http:
            with Progress(*columns, console=Console(stderr=True)) as progress:
                task = progress.add_task("Replaying", total=len(queries))
                turnstile = asyncio.Semaphore(at_once)

                async def one(number: int) -> None:
                    async with turnstile:
                        conversations[number], milliseconds[number] = await _ask(http, queries[number])
                        progress.advance(task)

                began = time.monotonic()
                async with asyncio.TaskGroup() as group:
                    for number in range(len(queries)):
                        group.create_task(one(number))
                seconds = time.monotonic() - began
    return Replayed(conversations, milliseconds, seconds, at_once)


async def _ask(http: httpx.AsyncClient, query: Row) -> tuple[str, float]:
    async with TerminalVisitor("", query.get("lang", ""), http) as visitor:
        began = time.monotonic()
        if await visitor.say(query["text"]) is not None:
            return "", (time.monotonic() - began) * 1000  # refused, as an empty message is
        await visitor.answer()
        return visitor.conversation or "", (time.monotonic() - began) * 1000


def read_rows(file: Path, needed: tuple[str, ...], where: list[str]) -> list[Row]:
    """Rows of a CSV that fit all conditions. Raises UserError for a file that lacks a needed column."""
    conditions = [condition.partition("=") for condition in where]
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = reader.fieldnames or []
            missing = [name for name in (*needed, *(name for name, _, _ in conditions)) if name not in columns]
            if missing:
                raise UserError(f"{file} has no column {', '.join(missing)}", f"It has: {', '.join(columns)}.")
            return [row for row in reader if all(row[name] == value for name, _, value in conditions)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file} cannot be read", str(error), "It must be CSV in UTF-8 with a header row.") from None


@contextlib.contextmanager
def _own_var(project: Places) -> Iterator[Places]:
    """A var folder for the replay alone, gone afterwards; logs are kept when something fails."""
    project.var.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="replay-", dir=project.var))
    try:
        yield Places(project.project, folder)
    except UserError:
        print(f"logs: {folder / 'log'}", file=sys.stderr)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _filtered_kb(kb: Path, where: list[str], places: Places) -> Path:
    rows = read_rows(kb, ("faq_id", "route", "example"), where)
    if not rows:
        raise UserError(f"{kb} has no rows to learn from", "", "Check --where.")
    file = places.var / "kb.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return file


def _write(file: Path, results: list[tuple[Row, Outcome, str]], milliseconds: list[float]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["qid", "text", "decision", "article", "offered", "p", "reason", "lang", "verdict", "ms"])
        for (query, outcome, verdict), ms in zip(results, milliseconds, strict=True):
            shown = (outcome.decision, outcome.article, "|".join(outcome.offered), f"{outcome.p:.4f}", outcome.reason)
            writer.writerow([query["qid"], query["text"], *shown, outcome.language, verdict, f"{ms:.1f}"])


def _print(summary: Summary, replayed: Replayed) -> None:
    table = Table("Decision", "Queries", "Share", "Right", "Wrong", "Unjudged", box=None, pad_edge=False)
    for line in summary.lines:
        share = f"{line.count / summary.total:.1%}"
        table.add_row(line.decision, str(line.count), share, str(line.right), str(line.wrong), str(line.unjudged))
    console = Console(width=max(100, Console().width), highlight=False)
    console.print(table)
    ordered = sorted(replayed.milliseconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    console.print(
        f"latency with {replayed.at_once} at once: p50 {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms; "
        f"{len(ordered) / replayed.seconds:.1f} messages/s"
    )
    for words in summary.remarks():
        console.print(words)
