"""What a turn costs the engine as its conversation grows.

    .venv/bin/python -m bench.long_conversations [--turns 100] [--endless]

Starts a system of its own and makes small talk in one conversation, because questions would sooner or later call a person.
Prints the engine's milliseconds by tens of turns. With --endless the engine's sessions are not begun anew
(bot/engine/rasa/tracker_store.py), to compare; compare within one run of the machine.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import tempfile
from pathlib import Path

import httpx
from sqlalchemy import select

from bench.turns import PROJECT
from bot.cli.terminal_visitor import TerminalVisitor
from bot.project import Places
from bot.supervise import parts
from bot.supervise.system import running_system
from handoff.database import Database
from handoff.model import Turn

_TALK = ("hello", "thanks", "what can you do", "thank you")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--endless", action="store_true", help="sessions that are never begun anew")
    options = parser.parse_args()
    os.chdir(PROJECT)
    if options.endless:
        parts._ENDPOINTS += "  most_events: 1000000\n"
    for number, median in enumerate(asyncio.run(_measure(options.turns))):
        print(f"turns {10 * number + 1:>4} to {10 * number + 10:>4}: {median:6.1f} ms")


async def _measure(turns: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/faqdesk.sqlite"
        settings = {
            "FAQDESK_HANDOFF_DATABASE_URL": url,
            "FAQDESK_DESK_MESSAGES_PER_MINUTE": "1000000",
            "FAQDESK_DESK_BURST_QUIET": "0",
            "FAQDESK_DESK_TELEGRAM": "off",
        }
        places = Places(PROJECT, PROJECT / "var" / "bench")
        async with running_system(places, settings=settings) as system, _visitor(system.desk) as visitor:
            for question in itertools.islice(itertools.cycle(_TALK), turns):
                await visitor.say(question)
                await visitor.answer()
        database = Database(url)
        with database.read() as session:
            times = [ms for ms in session.scalars(select(Turn.engine_ms).order_by(Turn.seq)) if ms is not None]
        database.close()
        _say_size(places.var / "trackers.sqlite")
        return [statistics.median(times[first : first + 10]) for first in range(0, len(times) - 9, 10)]


def _visitor(url: str) -> TerminalVisitor:
    return TerminalVisitor("", "", httpx.AsyncClient(base_url=url, timeout=60, trust_env=False))


def _say_size(trackers: Path) -> None:
    database = Database(f"sqlite:///{trackers}")
    with database.read() as session:
        count = session.connection().exec_driver_sql(
            "SELECT count(*) FROM events WHERE sender_id = (SELECT sender_id FROM events ORDER BY id DESC LIMIT 1)"
        )
        print(f"{count.scalar()} events in the tracker")
    database.close()


if __name__ == "__main__":
    main()
