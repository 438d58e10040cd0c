"""What every channel is, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter

from bot.gateway import Gateway
from bot.settings import DeskSettings
from bot.workers import Transport
from handoff.bus import Bus
from handoff.database import Database
from handoff.settings import HandoffSettings
from handoff.wording import Wording


@dataclass(frozen=True)
class Surroundings:
    """What a channel may use of the desk."""

    settings: DeskSettings
    handoff: HandoffSettings
    database: Database
    gateway: Gateway
    words: Wording
    bus: Bus
    now: Callable[[], datetime]


class Channel(Protocol):
    """One way to reach the shop. `transport` is None when shoppers fetch their messages themselves."""

    name: str
    router: APIRouter
    transport: Transport | None

    async def run(self) -> None:
        """Whatever the channel does on its own, such as long polling, until cancelled."""
