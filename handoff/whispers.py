"""Who looks at a conversation and who is writing in it: told to whoever is there, never stored, gone within seconds.

A browser says what it does every few seconds and drops what it has not heard again. So nothing has to be cleaned up after a
crash, and every desk tells the others by itself.
"""

import json
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handoff import conversations, postgres
from handoff.bus import SHOPPER, Bus, Doing, Whisper
from handoff.database import Database
from handoff.model import Conversation

T = TypeVar("T", bound=BaseModel)
LONGEST = 300  # characters of what a browser says
_MOST, _WITHIN = 20, timedelta(seconds=10)  # of one browser; the pages say one thing every three seconds


class AgentSays(BaseModel):
    """What an agent's browser says of itself."""

    model_config = ConfigDict(extra="forbid", strict=True)

    conversation: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    doing: Doing


class ShopperSays(BaseModel):
    """All that a shopper's browser can say: it cannot name a conversation."""

    model_config = ConfigDict(extra="forbid", strict=True)

    typing: Literal[True]


class Whispers:
    """Passes on what the browsers of one desk say, to the other desks too."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database, self._bus = database, bus

    def of_agent(self, agent_id: str, said: AgentSays) -> None:
        """An agent looks, or writes. Only who has a conversation writes a reply in it; everybody else writes a note."""
        with self._database.read() as session:
            found = session.get(Conversation, said.conversation)
        if found is None:
            return
        holds = found.owner == "agent" and found.agent_id == agent_id
        doing: Doing = "notes" if said.doing == "writes" and not holds else said.doing
        self._pass_on(Whisper(found.id, found.identity_id, agent_id, doing))

    def of_shopper(self, identity_id: str) -> None:
        """A shopper is writing; heard in her own open conversation, and nowhere else."""
        with self._database.read() as session:
            found = conversations.latest(session, identity_id)
        if found is not None and found.owner != "closed":
            self._pass_on(Whisper(found.id, identity_id, SHOPPER, "writes"))

    def _pass_on(self, whisper: Whisper) -> None:
        self._bus.publish(whisper)
        if not self._database.is_sqlite:
            with self._database.write() as session:
                postgres.notify(session, self._database.name, [whisper])


class Ear:
    """One browser's words as they come in: what is malformed, too long or too often is not heard."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._heard: deque[datetime] = deque(maxlen=_MOST)

    def agent(self, text: object) -> AgentSays | None:
        return self._hear(AgentSays, text)

    def shopper(self, text: object) -> ShopperSays | None:
        return self._hear(ShopperSays, text)

    def _hear(self, kind: type[T], text: object) -> T | None:
        if not isinstance(text, str) or not 2 < len(text) <= LONGEST:  # "{}" is a sign of life
            return None
        try:
            said = kind.model_validate(json.loads(text))
        except (ValidationError, ValueError, RecursionError):
            return None
        at = self._now()
        if len(self._heard) == _MOST and timedelta() <= at - self._heard[0] < _WITHIN:
            return None
        self._heard.append(at)
        return said
