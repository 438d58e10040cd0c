"""What every channel is, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response

from bot.channels.setup import Setup
from bot.gateway import Gateway
from bot.settings import DeskSettings
from bot.workers import Transport
from handoff.bus import Bus
from handoff.database import Database
from handoff.sealing import Sealer
from handoff.settings import HandoffSettings
from handoff.wording import Wording


class Mailer(Protocol):
    """Sends mail in the shop's name (bot/mail.py)."""

    async def send_transcript(self, to: str, conversation_id: str, language: str) -> None:
        """Mail what was said. Raises TransportError."""


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
    sealer: Sealer
    mailer: Callable[[], Mailer | None] = lambda: None  # while e-mail is on


class Channel(Protocol):
    """One way to reach the shop. `transport` is None when shoppers fetch their messages themselves.

    `router` has the addresses that shoppers' own pages call; what providers call is `webhook`.
    """

    name: str
    router: APIRouter
    transport: Transport | None

    async def run(self) -> None:
        """Whatever the channel does on its own, such as long polling, until cancelled."""

    async def webhook(self, request: Request) -> Response:
        """What a provider sends to /channels/<name>/webhook, by GET or POST.

        What it causes is stored before the answer says so. Raises HTTPException; 404 for a channel that is not called.
        """

    async def check(self) -> list[str]:
        """What is wrong just now, as keys of the words "channels.<name>.wrong.<key>"; empty when all is well."""

    async def send_test(self, address: str) -> None:
        """Send a word of greeting there. Raises TransportError."""


@dataclass(frozen=True)
class Kind:
    """A sort of channel that a shop can set up. `name` is also that of its field in the settings.

    `called` is whether the shop has to tell the provider the address of the webhook.
    """

    name: str
    setup: type[Setup]
    build: Callable[[Surroundings, Any], Channel]
    called: bool = True
