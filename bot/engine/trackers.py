"""The engine's memory of conversations: what the desk erases must be forgotten there too."""

import re
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection, create_engine, inspect, text

# A session is "<conversation>.<number>" (bot/gateway.py), or one of a look whether the engine answers (bot/engine/client.py).
_SESSION = re.compile(r"(?P<conversation>[0-9a-f]{32})\.\d+|readiness-\d+")


def forget(url: str, conversations: Sequence[str]) -> int:
    """Delete what Rasa's SQL tracker store keeps of all sessions of these conversations; returns the number of its rows.

    `url` is SQLAlchemy's address of the store. A store that is not there yet knows nothing, and that is no mistake.
    """
    engine = create_engine(url)
    try:
        if not inspect(engine).has_table("events"):
            return 0
        with engine.begin() as connection:
            return sum(_forget(connection, f"{conversation}.%") for conversation in conversations)
    finally:
        engine.dispose()


class Strangers:
    """Sessions of conversations that are gone: a turn that was under way while its shopper was erased is saved after that.

    `known` tells which of some conversations there are. A conversation is stored before the engine hears of it, so what has
    a session and is not known was erased.
    """

    def __init__(self, url: str, known: Callable[[Collection[str]], Collection[str]]) -> None:
        self._url, self._known = url, known
        self._seen = -1  # rows of the store, the newest one looked at

    def forget(self) -> int:
        """Delete theirs among what was saved since the last look; returns the number of rows."""
        engine = create_engine(self._url)
        try:
            if not inspect(engine).has_table("events"):
                return 0
            with engine.connect() as connection:
                newest = connection.execute(text("SELECT max(id) FROM events")).scalar()
                new = text("SELECT DISTINCT sender_id FROM events WHERE id > :seen")
                found = [_SESSION.fullmatch(one) for one in connection.execute(new, {"seen": self._seen}).scalars()]
            sessions = {one[0]: one["conversation"] for one in found if one is not None}
            known = self._known({one for one in sessions.values() if one is not None})
            with engine.begin() as connection:
                gone = sum(_forget(connection, name) for name, one in sessions.items() if one not in known)
            self._seen = max(self._seen, newest if newest is not None else -1)
            return gone
        finally:
            engine.dispose()


def _forget(connection: Connection, sender: str) -> int:
    return connection.execute(text("DELETE FROM events WHERE sender_id LIKE :sender"), {"sender": sender}).rowcount
