"""Rasa's SQL tracker store on SQLite, set up for a server: a write-ahead log instead of two disk flushes an event.

What the bot remembers of a form survives a restart of the engine. Losing the last moment in a power cut is harmless here,
because the conversation itself is the desk's and the tracker owns nothing.
"""

from typing import Any, Optional, Text

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain


class SqliteTrackers(SQLTrackerStore):
    """Named in endpoints.yml with `db`, the path of the file."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        db: Text = "trackers.sqlite",
        event_broker: Optional[EventBroker] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain=domain, dialect="sqlite", db=db, event_broker=event_broker, **kwargs)
        sa.event.listen(self.engine, "connect", _configure)
        self.engine.dispose()  # connections opened so far are not configured


def _configure(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
