"""Teams: who belongs together, and when they are there.

Examples:
  faqdesk team add Orders
  faqdesk team member Orders --add lan@casasen.example --add ana@casasen.example
  faqdesk team member Orders --remove ana@casasen.example
  faqdesk team hours Orders                       show them
  faqdesk team hours Orders orders.toml           set them; a table as [handoff.hours] of docs/routing.md
  faqdesk team hours Orders --shop                the shop's own again
  faqdesk team close Orders                       its queue becomes everybody's
  faqdesk team list
"""

import argparse
import tomllib
from pathlib import Path

from pydantic import ValidationError

from bot.cli.agent import find_agent
from bot.cli.main import path
from bot.cli.on_database import desk_database
from bot.errors import UserError
from handoff import teams
from handoff.clock import utc_now
from handoff.database import Database
from handoff.hours import OpeningHours
from handoff.teams import TeamError

_BY = "command line"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def configure(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of `team`."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="add | member | hours | close | list")
    acts.add_parser("add", help="a new team").add_argument("name")
    member = acts.add_parser("member", help="who is in it")
    member.add_argument("name")
    member.add_argument("--add", metavar="EMAIL", action="append", default=[])
    member.add_argument("--remove", metavar="EMAIL", action="append", default=[])
    hours = acts.add_parser("hours", help="when it is there")
    hours.add_argument("name")
    hours.add_argument("file", nargs="?", type=path, help="a TOML file with time_zone, mon … sun, holidays")
    hours.add_argument("--shop", action="store_true", help="the shop's hours, no longer its own")
    acts.add_parser("close", help="no longer a team").add_argument("name")
    acts.add_parser("list", help="all teams with their people")


def run(options: argparse.Namespace) -> int:
    """Work directly on the database, also while the desk is running; it sees the change at its next look, within a second."""
    acts = {"add": _add, "member": _member, "hours": _hours, "close": _close, "list": _list}
    try:
        with desk_database() as database:
            return acts[options.act](database, options)
    except TeamError as error:
        raise UserError(str(error)) from None


def _add(database: Database, options: argparse.Namespace) -> int:
    with database.write() as session:
        team = teams.add(session, options.name, _BY, utc_now())
    print(f"team '{team.name}' is there; until somebody is in it, its queue is everybody's: faqdesk team member")
    return 0


def _member(database: Database, options: argparse.Namespace) -> int:
    with database.write() as session:
        team = teams.find(session, options.name)
        for email in options.add:
            teams.join(session, team, find_agent(session, email), _BY, utc_now())
        for email in options.remove:
            teams.leave(session, team, find_agent(session, email), _BY, utc_now())
        session.flush()
        names = [f"{agent.name} <{agent.email}>" for agent in teams.members(session, team.id)]
    print(f"{team.name}: {', '.join(names) or 'nobody; its queue is everybody’s'}")
    return 0


def _hours(database: Database, options: argparse.Namespace) -> int:
    if options.file and options.shop:
        raise UserError("a file and --shop cannot both be", "", "Name one of them.")
    with database.write() as session:
        team = teams.find(session, options.name)
        if options.file or options.shop:
            teams.set_hours(session, team, _read_hours(options.file) if options.file else None, _BY, utc_now())
        print(_shown(team.name, team.hours))
    return 0


def _close(database: Database, options: argparse.Namespace) -> int:
    with database.write() as session:
        team = teams.find(session, options.name)
        teams.close(session, team, _BY, utc_now())
    print(f"team '{team.name}' is closed; what waited in its queue is everybody's")
    return 0


def _list(database: Database, _: argparse.Namespace) -> int:
    with database.read() as session:
        for team in teams.all_open(session):
            names = ", ".join(agent.name for agent in teams.members(session, team.id))
            print(f"{team.name:30} {'own hours' if team.hours else 'the shop’s hours':18} {names or '(nobody)'}")
    return 0


def _read_hours(file: Path) -> OpeningHours:
    try:
        return OpeningHours.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{file} cannot be read", str(error), "docs/routing.md shows such a file.") from None
    except ValidationError as error:
        wrong = "\n  ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UserError(f"{file} holds no opening hours", wrong, "docs/routing.md shows such a file.") from None


def _shown(name: str, hours: dict[str, object] | None) -> str:
    if hours is None:
        return f"{name}: the shop's hours"
    own = OpeningHours.model_validate(hours)
    days = [f"  {day}  {', '.join(map(str, getattr(own, day))) or 'closed'}" for day in _DAYS]
    different = [f"  {day}  {', '.join(map(str, spans)) or 'closed'}" for day, spans in sorted(own.holidays.items())]
    return "\n".join([f"{name} ({own.time_zone})", *days, *different])
