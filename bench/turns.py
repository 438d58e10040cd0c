"""How long a turn takes through the whole running system, and how many there are in a second.

    .venv/bin/python -m bench.turns [--turns 200]

Starts a system of its own, sends questions of the golden sets at 1, 4 and 16 at once, and prints p50 and p95 of the time
from sending to the stored reply, beside the engine's share. Figures of one run on one machine; compare within the run.
"""

import argparse
import asyncio
import csv
import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from bot.cli.terminal_visitor import TerminalVisitor
from bot.project import Places
from bot.supervise.system import running_system

PROJECT = Path(__file__).parents[1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=200, help="for each row (default: 200)")
    options = parser.parse_args()
    os.chdir(PROJECT)
    asyncio.run(_measure(options.turns))


async def _measure(turns: int) -> None:
    questions = itertools.cycle(_questions())
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "FAQDESK_HANDOFF_DATABASE_URL": f"sqlite:///{folder}/faqdesk.sqlite",
            "FAQDESK_DESK_MESSAGES_PER_MINUTE": "1000000",
            "FAQDESK_DESK_VISITORS_PER_MINUTE": "1000000",
            "FAQDESK_DESK_BURST_QUIET": "0",  # each question is whole
            "FAQDESK_DESK_TELEGRAM": "off",
        }
        async with running_system(Places(PROJECT, PROJECT / "var" / "bench"), settings=settings) as system:
            print(f"{'at once':>8} {'p50 ms':>8} {'p95 ms':>8} {'turns/s':>8}")
            for at_once in (1, 4, 16):
                asked = [next(questions) for _ in range(turns)]
                times, seconds = await _run(system.desk, asked, at_once)
                p95 = sorted(times)[int(0.95 * len(times))]
                print(f"{at_once:>8} {statistics.median(times):>8.0f} {p95:>8.0f} {len(times) / seconds:>8.1f}")


async def _run(url: str, questions: list[str], at_once: int) -> tuple[list[float], float]:
    times: list[float] = []
    turnstile = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as http:

        async def one(question: str) -> None:
            async with turnstile, TerminalVisitor("", "", http) as visitor:
                began = time.monotonic()
                await visitor.say(question)
                await visitor.answer()
                times.append((time.monotonic() - began) * 1000)

        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for question in questions:
                group.create_task(one(question))
        return times, time.monotonic() - began


def _questions() -> list[str]:
    rows: list[str] = []
    for file in sorted((PROJECT / "data" / "golden").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows += [row["text"] for row in csv.DictReader(stream) if row["route"] == "faq"]
    return rows


if __name__ == "__main__":
    main()
