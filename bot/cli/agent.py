"""Logins for the desk.

Examples:
  faqdesk agent add lan@casasen.example --name Lan
  faqdesk agent add ana@casasen.example --name "Ana Ruiz" --role lead
  faqdesk agent password lan@casasen.example      a new password; ends all her sessions
  faqdesk agent second-step-off lan@casasen.example   she lost phone and recovery codes
  faqdesk agent list                              who has a login, and what each takes on
  faqdesk agent set lan@casasen.example --capacity 8 --languages vi,en --skills returns
"""

import argparse
import getpass
import secrets
import sys

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli.on_database import desk_database
from bot.errors import UserError
from bot.project import Places
from bot.supervise.first_login import forget_first_login
from handoff import accounts, capacity, second_step, teams
from handoff.clock import utc_now
from handoff.database import Database
from handoff.model import Agent
from handoff.teams import TeamError


def configure(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of `agent`."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="add | password | second-step-off | set | list")
    add = acts.add_parser("add", help="a new login")
    add.add_argument("email")
    add.add_argument("--name", help="what shoppers see (default: the part before the @)")
    add.add_argument("--role", choices=("agent", "lead", "admin"), default="agent")
    password = acts.add_parser("password", help="a new password for somebody")
    password.add_argument("email")
    for sub in (add, password):
        sub.add_argument("--ask", action="store_true", help="type the password instead of getting a random one")
    acts.add_parser("second-step-off", help="no second step of signing in any longer").add_argument("email")
    serving = acts.add_parser("set", help="what an agent takes on; what is left out stays")
    serving.add_argument("email")
    serving.add_argument("--capacity", type=int, help="conversations at once, those at rest not counted")
    serving.add_argument("--languages", metavar="vi,en", help="in which she answers shoppers; '' is all")
    serving.add_argument("--skills", metavar="returns,dresses", help="what she knows; '' is nothing special")
    acts.add_parser("list", help="who has a login")


def run(options: argparse.Namespace) -> int:
    """Work directly on the database, also while the desk is running."""
    acts = {"add": _add, "password": _password, "second-step-off": _second_step_off, "set": _set, "list": _list}
    try:
        with desk_database() as database:
            return acts[options.act](database, options)
    except (accounts.AccountError, TeamError) as error:
        raise UserError(str(error)) from None


def _add(database: Database, options: argparse.Namespace) -> int:
    password = _new_password(options)
    name = options.name or options.email.partition("@")[0]
    with database.write() as session:
        agent = accounts.add_agent(session, options.email, name, options.role, password, utc_now())
    print(
        f"{agent.email} ({agent.role}) can sign in at /desk" + ("" if options.ask else f" with the password {password}")
    )
    return 0


def _password(database: Database, options: argparse.Namespace) -> int:
    password = _new_password(options)
    with database.write() as session:
        agent = find_agent(session, options.email)
        accounts.set_password(session, agent, password, utc_now())
    forget_first_login(Places.standard(), agent.email)
    print(f"{agent.email} has a new password" + ("" if options.ask else f": {password}") + "; old sessions have ended")
    return 0


def _second_step_off(database: Database, options: argparse.Namespace) -> int:
    with database.write() as session:
        agent = capacity.hold(session, find_agent(session, options.email).id)
        if not second_step.is_on(session, agent.id):
            raise UserError(f"{agent.email} has no second step", "", "Nothing needs to be turned off.")
        second_step.turn_off(session, agent, "command line", utc_now())
    print(f"{agent.email} signs in without a second step; ask her to set it up again, at /desk/account/security")
    return 0


def _set(database: Database, options: argparse.Namespace) -> int:
    with database.write() as session:
        agent = capacity.hold(session, find_agent(session, options.email).id)
        teams.set_serving(
            session,
            agent,
            "command line",
            utc_now(),
            capacity=options.capacity,
            languages=_listed(options.languages),
            skills=_listed(options.skills),
        )
    print(f"{agent.email} takes on {_serving(agent)}")
    return 0


def _listed(written: str | None) -> list[str] | None:
    return None if written is None else [part.strip() for part in written.split(",") if part.strip()]


def _serving(agent: Agent) -> str:
    skills = f", knows {', '.join(agent.skills)}" if agent.skills else ""
    return f"{agent.capacity} at once, speaks {', '.join(agent.languages) or 'all languages'}{skills}"


def find_agent(session: Session, email: str) -> Agent:
    """The account of an address. Raises UserError when there is none."""
    agent = accounts.find(session, email)
    if agent is None:
        raise UserError(f"there is no login for {email}", "", "`faqdesk agent list` shows who has one.")
    return agent


def _list(database: Database, _: argparse.Namespace) -> int:
    with database.read() as session:
        for agent in session.scalars(select(Agent).order_by(Agent.email)):
            disabled = "  (disabled)" if agent.disabled_at else ""
            print(f"{agent.email:40} {agent.role:6} {agent.name}{disabled}  ({_serving(agent)})")
    return 0


def _new_password(options: argparse.Namespace) -> str:
    if not options.ask:
        return "-".join(secrets.token_hex(2) for _ in range(4))
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass("Password: ")
    if typed != getpass.getpass("Once more: "):
        raise UserError("the two passwords differ", "", "Try again.")
    return typed
