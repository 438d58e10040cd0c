"""The first admin: made at the first start, with a random password that is kept where only its owner reads it."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bot.project import Places
from bot.supervise.instance import write_private
from handoff import accounts
from handoff.clock import utc_now
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.model import Agent
from handoff.settings import HandoffSettings

_EMAIL = "admin@casasen.example"


@dataclass(frozen=True)
class FirstLogin:
    """What to type at /desk for the first time."""

    email: str
    password: str
    file: Path


def ensure_admin(settings: HandoffSettings, places: Places) -> FirstLogin | None:
    """Bring the database up to date and make sure that somebody can sign in.

    Returns the first login while its password has not been changed, else None.
    """
    file = places.var / "first-login.json"
    database = Database(settings.database_url)
    try:
        upgrade(database)
        with database.write() as session:
            if session.scalar(select(func.count()).select_from(Agent)) == 0:
                password = "-".join(secrets.token_hex(2) for _ in range(4))
                accounts.add_agent(session, _EMAIL, "Admin", "admin", password, utc_now())
                write_private(file, json.dumps({"email": _EMAIL, "password": password}))
    finally:
        database.close()
    return read_first_login(file)


def read_first_login(file: Path) -> FirstLogin | None:
    """The first login, as long as it stands in its file."""
    try:
        return FirstLogin(**json.loads(file.read_text("utf-8")), file=file)
    except (OSError, ValueError, TypeError):
        return None


def forget_first_login(places: Places, email: str) -> None:
    """The password was changed: the written one is no longer true."""
    file = places.var / "first-login.json"
    login = read_first_login(file)
    if login is not None and login.email == email:
        file.unlink(missing_ok=True)
