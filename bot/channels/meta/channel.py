"""What is alike in WhatsApp and Messenger: being called, taking in what shoppers sent, noting what became of our messages."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.channels import numbered
from bot.channels.base import Surroundings
from bot.channels.courtesy import Courtesy
from bot.channels.files import FileSource
from bot.channels.meta.graph import Graph
from bot.channels.meta.heard import OLDEST, Heard, Malformed, News
from bot.channels.meta.news import note, sender_of
from bot.channels.meta.setup import MetaSetup
from bot.channels.meta.transport import MetaTransport
from bot.channels.meta.webhook import challenge, posted
from bot.channels.proving import prove
from bot.messages import LONGEST_TEXT, Inbound, UnreadableMessage
from bot.workers import Transport
from handoff.attachments import RefusedFile
from handoff.windows import Window
from handoff.wording import known_language

log = structlog.get_logger()
_LATELY = timedelta(days=1)  # Meta repeats a call for 7 days, so that what goes on is seen soon by whichever desk
_DATABASE_AWAY = (DBAPIError, PoolTimeout)


class Names(Protocol):
    """Who learns beside the conversation what people are called."""

    def learn(self, address: str, /) -> None:
        """Begin to; nobody waits for it."""

    def end(self) -> None:
        """Break off what is still under way."""


@dataclass(frozen=True)
class Ways:
    """What differs: how the channel's calls are read, what its account is asked, and how its files are fetched."""

    name: str
    read: Callable[[object], News]
    is_numbered: Callable[[numbered.Content], bool]
    files: FileSource
    window: Window
    check: Callable[[Graph], Awaitable[list[str]]]  # the keys of what is wrong
    names: Names | None = None  # where a message does not tell what its sender is called


class MetaChannel:
    """One account of one app."""

    def __init__(self, at: Surroundings, setup: MetaSetup, graph: Graph, transport: MetaTransport, ways: Ways) -> None:
        self.name, self.files, self.window = ways.name, ways.files, ways.window
        self._at, self._setup, self._graph, self._ways = at, setup, graph, ways
        self._sender = transport
        self.transport: Transport | None = transport
        self._courtesy = Courtesy(ways.name, transport.say)
        self._odd_at: datetime | None = None
        self.router = APIRouter()

    async def run(self) -> None:
        """Nothing to do on its own: Meta calls."""
        try:
            await asyncio.Event().wait()
        finally:
            self._courtesy.end()
            if self._ways.names is not None:
                self._ways.names.end()
            await self._graph.close()
            await self.files.close()

    async def check(self) -> list[str]:
        """What Meta says of the setup, and whether it sent what cannot be read to this desk lately."""
        wrong = await self._ways.check(self._graph)
        lately = self._odd_at is not None and self._at.now() - self._odd_at < _LATELY
        return [*wrong, "malformed"] if lately else wrong

    async def send_test(self, address: str) -> None:
        """A greeting. Raises TransportError; also when nobody wrote from there within the window."""
        await self._sender.say(address, self._words(known_language(None), "test"))

    # ---- in ---------------------------------------------------------------------------------------------------------

    async def webhook(self, request: Request) -> Response:
        """200 when everything in the call is stored or deliberately ignored; 401, 403 and 400 for what is not Meta's.

        When something is not stored the answer is 5xx, and Meta sends the whole call again: what was stored is known by then.
        So it does when a part of it cannot be read (400); the others are stored all the same.
        """
        if request.method == "GET":
            return challenge(request, self._setup.verify_token)
        body = await posted(request, self._setup.app_secret)
        try:
            news = self._ways.read(body)
        except Malformed as error:
            news = News(odd=[str(error)])
        await self._take_all_in(news.heard)
        if news.told:
            await asyncio.to_thread(note, self._at.database, self.name, news.told, self._at.now())
        if news.odd:
            self._odd_at = self._at.now()
            log.error("webhook.malformed", channel=self.name, count=len(news.odd), reason=news.odd[0])
            raise HTTPException(400, "something in the body is not what Meta sends")
        return Response()

    async def _take_all_in(self, heard: Sequence[Heard]) -> None:
        """One that we stumble over must not keep the others of its call from being heard."""
        failures = []
        for one in heard:
            try:
                await self._take_in(one)
            except _DATABASE_AWAY:
                raise
            except Exception as error:
                log.exception("webhook.message_failed", channel=self.name, message=one.id)
                failures.append(error)
        if failures:
            raise failures[0]

    async def _take_in(self, heard: Heard) -> None:
        now = self._at.now()
        if now - heard.at > OLDEST:
            log.warning("webhook.too_old", channel=self.name, message=heard.id)
            return
        language = await asyncio.to_thread(sender_of, self._at.database, self.name, heard, now)
        if heard.kind == "unsupported":
            self._say(heard, self._words(language, "unsupported"))
            return
        pressed = heard.words if heard.kind == "press" else await asyncio.to_thread(self._typed_press, heard)
        inbound = Inbound(
            channel=self.name,
            external_id=heard.id,
            address=heard.address,
            text="" if pressed else heard.words,
            sent_at=heard.at,
            button_id=pressed or None,
            name=heard.name,
            remote_files=heard.files,
        )
        await self._receive(heard, inbound, language)
        if self._ways.names is not None:
            self._ways.names.learn(heard.address)
        if heard.phone:
            await asyncio.to_thread(prove, self._at, self.name, heard.address, "phone", heard.phone)

    async def _receive(self, heard: Heard, inbound: Inbound, language: str) -> None:
        try:
            await asyncio.to_thread(self._at.gateway.receive, inbound, self._at.now())
        except UnreadableMessage as error:
            count = len(inbound.text)
            too_long = self._at.words.say(language, "chat.too_long", count=count, most=LONGEST_TEXT)
            self._say(heard, too_long if error.cause == "too_long" else self._words(language, error.cause))
        except RefusedFile as error:
            self._say(heard, self._at.words.say(language, f"files.{error.cause}"))

    def _typed_press(self, heard: Heard) -> str:
        """The button that a typed number means; "" for every other message."""
        if heard.files or len(heard.words) > 8:
            return ""
        with self._at.database.read() as session:
            return numbered.pressed(session, self.name, heard.address, heard.words, self._ways.is_numbered)

    # ---- courtesies -------------------------------------------------------------------------------------------------

    def _words(self, language: str, key: str) -> str:
        return self._at.words.say(language, f"meta.{key}")

    def _say(self, heard: Heard, text: str) -> None:
        self._courtesy.say(heard.id, heard.address, text)
