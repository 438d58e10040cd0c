"""What can be wrong with a database: in words at the start, and as a second try while the desk runs."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import OperationalError, SQLAlchemyError

P = ParamSpec("P")
T = TypeVar("T")

# PostgreSQL gave the transaction up for another one's sake: serialization failure, deadlock.
_GIVEN_UP = ("40001", "40P01")
_PAUSES = (0.05, 0.25)  # seconds before the second and the third try, give or take a half

# Parts of the server's own words, and what to do then. Servers may speak other languages: then the general advice is given.
_ADVICE = (
    ("password authentication failed", "Check user and password in database_url."),
    ("no password supplied", "Put the password into database_url: postgresql://USER:PASSWORD@HOST/DATABASE."),
    ("does not exist", "Create it: createuser --pwprompt USER, then createdb --owner USER DATABASE."),
    ("permission denied for schema", "Let the user own the database: ALTER DATABASE ... OWNER TO ..."),
    ("too many clients", "Raise max_connections of the server, or lower database_connections in [handoff]."),
    ("connection slots", "Raise max_connections of the server, or lower database_connections in [handoff]."),
    ("Connection refused", "Start the server, or check host and port in database_url."),
    ("No such file", "Start the server, or check host and port in database_url."),
    ("resolve", "Check the host in database_url."),
    ("not a database", "Name another file in database_url, or restore a backup: faqdesk restore --help."),
    ("full", "Free some room on the disk."),
)
_GENERAL = "Check database_url in [handoff] (FAQDESK_HANDOFF_DATABASE_URL), and its server or file."


class DatabaseProblem(Exception):
    """The database cannot be used: `what` happened, `why`, and what to `do`. No password is in it."""

    def __init__(self, what: str, why: str, do: str = _GENERAL) -> None:
        super().__init__(f"{what}: {why} {do}")
        self.what, self.why, self.do = what, why, do


class MaybeStored(OperationalError):
    """The connection broke while the commit was on its way: the transaction is stored whole, or not at all."""


def in_words(error: SQLAlchemyError, shown_url: str) -> DatabaseProblem:
    """Why the database at `shown_url`, in which the password is hidden, cannot be used."""
    lines = [line.strip() for line in str(getattr(error, "orig", None) or error).splitlines() if line.strip()]
    for sign, advice in _ADVICE:
        for line in lines:
            if sign in line:
                return DatabaseProblem(f"the database {shown_url} cannot be used", line, advice)
    why = lines[0] if lines else type(error).__name__
    return DatabaseProblem(f"the database {shown_url} cannot be used", why)


def was_undone(error: OperationalError) -> bool:
    """Whether nothing of the transaction can have been stored, so that it may be done anew at once."""
    if isinstance(error, MaybeStored):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _GIVEN_UP


def again_when_undone(work: Callable[P, T]) -> Callable[P, T]:
    """Do `work`, which is one transaction and nothing else, up to three times.

    It is done anew only when nothing of it can have been stored: after a deadlock, or a connection that broke before the
    commit was sent. What stays broken is raised as it is, and so is `MaybeStored`.
    """

    @functools.wraps(work)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        for pause in _PAUSES:
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if not was_undone(error):
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))
        return work(*args, **kwargs)

    return done
