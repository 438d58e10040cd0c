"""A desk that starts while its database is away waits for it, instead of ending and being started anew ever later."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

log = structlog.get_logger()
T = TypeVar("T")

_PATIENCE_SECONDS = 60.0  # after a power cut a server may take so long to recover
_PAUSE_SECONDS = 0.25


def patiently(work: Callable[[], T], seconds: float = _PATIENCE_SECONDS) -> T:
    """Do `work`, which may be done again, until the database lets it; after so long its error is raised.

    What no waiting mends, such as a wrong password, `faqdesk up` has said before it started the desk.
    """
    ends, told = time.monotonic() + seconds, False
    while True:
        try:
            return work()
        except Exception as error:
            if not _is_away(error) or time.monotonic() >= ends:
                raise
            if not told:
                log.warning("database.waited_for", seconds=seconds, reason=str(error).strip().partition("\n")[0])
                told = True
        time.sleep(_PAUSE_SECONDS)


def _is_away(error: Exception) -> bool:
    """Whether the database, or the line to it, is the reason; it may stand behind an error in plain words."""
    return isinstance(error, OperationalError) or isinstance(error.__cause__, OperationalError)
