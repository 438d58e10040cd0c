"""Rasa's SQL tracker store, with sessions that do not grow without end; on SQLite also set up for a server.

What the bot remembers of a form survives a restart of the engine. Losing the last moment in a power cut is harmless here,
because the conversation itself is the desk's and the tracker owns nothing.
"""

import time
from typing import Any, List, Optional, Text

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, DEFAULT_SLOT_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

# About twenty turns. Every turn reads, walks and sends all events of its session, so an endless one costs ever more.
MOST_EVENTS = 300


class SharedTrackers(SQLTrackerStore):
    """Named in endpoints.yml with `dialect`, `url`, `db` and so on as Rasa's own; several engines may share one database."""

    def __init__(self, *given: Any, most_events: int = MOST_EVENTS, **named: Any) -> None:
        super().__init__(*given, **named)
        self._most_events = most_events

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the turn's events; at the end of a turn of a long session also the beginning of a new one."""
        if len(tracker.events) > self._most_events and _rests(tracker):
            for event in _new_session(tracker):
                tracker.update(event, self.domain)
        await super().save(tracker)


def _rests(tracker: DialogueStateTracker) -> bool:
    """Whether the bot waits for the shopper and is not in the middle of a form."""
    last = tracker.events[-1]
    return (
        tracker.active_loop_name is None and isinstance(last, ActionExecuted) and last.action_name == ACTION_LISTEN_NAME
    )


def _new_session(tracker: DialogueStateTracker) -> List[Event]:
    """Rasa loads a tracker from its latest session on. All that the bot keeps in mind is set again."""
    now = time.time()
    kept = [
        SlotSet(name, slot.value, timestamp=now)
        for name, slot in tracker.slots.items()
        if slot.value is not None and name not in DEFAULT_SLOT_NAMES
    ]
    return [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=now),
        SessionStarted(timestamp=now),
        *kept,
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=now),
    ]


class SqliteTrackers(SharedTrackers):
    """Named in endpoints.yml with `db`, the path of the file: a write-ahead log instead of two disk flushes an event."""

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
