"""Kill, cut, stop, slow and fill up the running parts while people write; then count what was lost.

Everything is real: the desk, PostgreSQL, Rasa and the action server are processes under the supervisor of `up`. Only Telegram
is a stand-in, because it must remember what arrived. Exit code 1 when anything was lost, doubled, reordered or said by the bot
after a person took over. docs/torture.md says what is done and what is checked.

Examples:
  faqdesk torture                              ten minutes on SQLite, with a new seed
  faqdesk torture --database postgres          the same on a PostgreSQL that it starts itself
  faqdesk torture --minutes 60 --seed 7        longer, with the intentions of an earlier run
  faqdesk torture --engine standin             Rasa is replaced by a stand-in: more of the load reaches the desk
"""

import argparse
import asyncio
import random
import shutil
import time

from bot.errors import UserError
from bot.project import Places

_KEPT_RUNS = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of `torture`."""
    parser.add_argument("--minutes", type=float, default=10, help="how long faults happen (default: 10)")
    parser.add_argument("--seed", type=int, help="the random choices of an earlier run (default: a new one, printed)")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--engine", choices=("real", "standin"), default="real")


def run(options: argparse.Namespace) -> int:
    """Run, tell how it goes, and print the summary last."""
    if options.minutes <= 0:
        raise UserError("--minutes must be more than 0")
    project = Places.standard()
    if not (project.project / "tests" / "torture").is_dir():
        raise UserError("there is nothing to torture with", "It comes with a checkout, not with the installed package.")
    from tests.torture.run import report, torture
    from tests.torture.stage import Plan

    seed = options.seed if options.seed is not None else random.randrange(1_000_000)
    plan = Plan(seed, options.minutes, options.database, options.engine)
    places = Places(project.project, project.var / "torture")
    folder = places.var / "runs" / f"{time.strftime('%Y%m%d-%H%M%S')}-{plan.database}-{seed}"
    _forget_old_runs(places)
    folder.mkdir(parents=True)
    print(f"seed={seed} database={plan.database} engine={plan.engine} minutes={plan.minutes:g}", flush=True)
    outcome = asyncio.run(torture(plan, places, folder, _say))
    for line in report(outcome):
        print(line, flush=True)
    return 1 if outcome.findings else 0


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def _forget_old_runs(places: Places) -> None:
    """The evidence of a few runs is kept: a run's folder takes up to a few hundred megabytes."""
    runs = sorted((places.var / "runs").glob("*"))
    for old in runs[: max(len(runs) - _KEPT_RUNS + 1, 0)]:
        shutil.rmtree(old, ignore_errors=True)
