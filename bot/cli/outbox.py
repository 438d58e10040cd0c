"""Messages that could not be delivered: see why, send them again, or give them up.

Examples:
  faqdesk outbox list               number, since when, channel, conversation, words, and what went wrong
  faqdesk outbox replay 17 18       try these again; each conversation keeps its order
  faqdesk outbox replay --all       after an outage
  faqdesk outbox drop 17            stop trying; the conversation says that it did not arrive
"""

import argparse
from pathlib import Path

import handoff
from bot.cli.on_database import desk_database
from bot.errors import UserError
from handoff import dead_letters
from handoff.clock import utc_now
from handoff.database import Database
from handoff.whys import in_words
from handoff.wording import Wording

_MOST = 10_000  # listed or replayed with one command


def configure(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of `outbox`."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="list | replay | drop")
    acts.add_parser("list", help="what is parked, and why")
    for name, words in (("replay", "send again"), ("drop", "give up")):
        act = acts.add_parser(name, help=words)
        act.add_argument("number", type=int, nargs="*", help="as `list` shows it")
        act.add_argument("--all", action="store_true", help="everything that is parked")


def run(options: argparse.Namespace) -> int:
    """Work directly on the database, also while the desk is running: it looks every second."""
    with desk_database() as database:
        return _list(database) if options.act == "list" else _decide(database, options)


def _list(database: Database) -> int:
    with database.read() as session:
        letters, count = dead_letters.parked(session, _MOST), dead_letters.count(session)
    wording = Wording.load(Path(handoff.__file__).parent / "words")
    for letter in letters:
        words = " ".join(letter.text.split())[:40]
        perhaps = "  (may have arrived all the same)" if letter.uncertain else ""
        print(f"{letter.id:>6}  {letter.created_at:%Y-%m-%d %H:%M}  {letter.channel:10} {letter.conversation_id}")
        print(f"        {letter.author}: {words!r}  {in_words(wording, 'en', letter.why, letter.error)}{perhaps}")
    print(f"{count} parked" if count else "Nothing is parked: every message was delivered or is on its way.")
    return 0


def _decide(database: Database, options: argparse.Namespace) -> int:
    if bool(options.number) == options.all:
        raise UserError("which messages?", "Name their numbers, or --all, and not both.", "See `faqdesk outbox list`.")
    decision = dead_letters.replay if options.act == "replay" else dead_letters.give_up
    with database.read() as session:
        numbers = [letter.id for letter in dead_letters.parked(session, _MOST)] if options.all else options.number
    missed = 0
    for number in sorted(numbers):
        try:
            with database.write() as session:
                decision(session, number, "command line", utc_now())
        except (dead_letters.NotDead, dead_letters.UnknownDelivery) as error:
            missed += 1
            print(error)
    done = "on their way again" if options.act == "replay" else "given up"
    print(f"{len(numbers) - missed} {done}" + (f", {missed} not" if missed else ""))
    return 1 if missed else 0
