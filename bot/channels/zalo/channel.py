"""The Zalo channel: events come by webhook, and are stored before Zalo is told that we have them."""

import asyncio
from datetime import datetime

import httpx
import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from bot.channels import numbered
from bot.channels.base import Kind, Surroundings
from bot.channels.courtesy import Courtesy
from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.zalo.api import NO_PACKAGE, UnreadableAnswer, ZaloApi, ZaloError
from bot.channels.zalo.media import ZaloMedia
from bot.channels.zalo.payloads import (
    CLOCKS_APART,
    FREE_REPLIES,
    FREE_WINDOW,
    LARGEST_EVENT,
    OLDEST,
    PAID_WINDOW,
    Heard,
    Malformed,
    is_numbered,
    is_signed,
    parse,
    replies,
)
from bot.channels.zalo.setup import ZaloSetup
from bot.channels.zalo.tokens import CHANNEL, NoTokens, Tokens
from bot.channels.zalo.transport import ZaloTransport
from bot.messages import LONGEST_TEXT, Inbound, UnreadableMessage
from bot.workers import Transport
from handoff import receipts
from handoff.attachments import RefusedFile
from handoff.free_replies import FreeReplies
from handoff.outbox import TransportError
from handoff.windows import Window

log = structlog.get_logger()

# Zalo waits two seconds. When ours is slower it is told to come again, and what was stored meanwhile is known by then.
_ANSWER_WITHIN_SECONDS = 1.6
_LOOK_EVERY_SECONDS = 600.0  # whether tokens expire soon


class ZaloChannel:
    """One Official Account of one shop."""

    name = CHANNEL

    def __init__(self, surroundings: Surroundings, setup: ZaloSetup) -> None:
        self._at, self._setup = surroundings, setup
        # What the desk says by itself never costs by its lateness; only people decide to write then, and are told.
        self.window = Window(
            FREE_WINDOW,
            setup.templates,
            for_people=PAID_WINDOW if setup.late_replies else None,
            free=FreeReplies(FREE_REPLIES, replies, PAID_WINDOW),
        )
        self._api = ZaloApi(setup.api, setup.oauth)
        self._tokens = Tokens(setup, self._api, surroundings.database, surroundings.sealer, surroundings.now)
        files = OutgoingFiles(surroundings.database, surroundings.settings.base_url, surroundings.now)
        self._sender = ZaloTransport(self._api, self._tokens, files)
        self._courtesy = Courtesy(self.name, self._sender.say)
        self.files = ZaloMedia(setup.api)
        self.transport: Transport | None = self._sender
        self.router = APIRouter()

    async def run(self) -> None:
        """Exchange tokens in time, until cancelled. What goes wrong is said by `check`, and tried again."""
        try:
            while True:
                try:
                    await self._tokens.renew_early()
                except TransportError as error:
                    log.error("zalo.no_tokens", reason=str(error))
                except Exception:
                    log.exception("zalo.failed")
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        finally:
            self._courtesy.end()
            await self._tokens.settle()
            await self._api.close()
            await self.files.close()

    async def check(self) -> list[str]:
        """Whether Zalo gives tokens, and knows the account by them."""
        try:
            await self._sender.look()
        except NoTokens as error:
            return [error.key]
        except ZaloError as error:
            return ["package" if error.code == NO_PACKAGE else "refused"]
        except (TransportError, UnreadableAnswer, httpx.HTTPError):
            return ["unreachable"]
        return []

    async def send_test(self, address: str) -> None:
        """A word to somebody who has written to the account. Raises TransportError."""
        await self._sender.say(address, self._words("test"))

    # ---- in ---------------------------------------------------------------------------------------------------------

    async def webhook(self, request: Request) -> Response:
        """200 when the event is stored or deliberately left; 401 without a good signature, 400 for what is no event.

        When the database fails or is slow the answer is 5xx, and Zalo sends the event again.
        """
        if request.method != "POST":
            raise HTTPException(405, "events come by POST", {"allow": "POST"})
        body, secret = await request.body(), self._setup.oa_secret.get_secret_value()
        if len(body) > LARGEST_EVENT:
            raise HTTPException(413, f"an event has at most {LARGEST_EVENT // 1024} kB")
        if not is_signed(body, request.headers.get("x-zevent-signature", ""), self._setup.app_id, secret):
            raise HTTPException(401, "the signature is missing or wrong")
        try:
            heard = parse(body, self._setup.app_id)
        except Malformed:
            raise HTTPException(400, "the body is not an event of Zalo's") from None
        now = self._at.now()
        if not now - OLDEST <= heard.at <= now + CLOCKS_APART:
            raise HTTPException(400, "the event is too old, or of the future")
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                await self.take_in(heard)
        except TimeoutError:
            raise HTTPException(503, "the desk is slow just now; send it again") from None
        return Response()

    async def take_in(self, heard: Heard) -> None:
        """Take one event in: stored, or deliberately ignored. What it raises says that it is not stored."""
        match heard.kind:
            case "text":
                await self._store(heard)
            case "attachment":
                self._say(heard, self._words("unsupported"))
            case "delivered" | "seen":
                await asyncio.to_thread(self._note, heard, self._at.now())

    async def _store(self, heard: Heard) -> None:
        now = self._at.now()

        def receive() -> None:
            button = heard.pressed or self._typed(heard)
            inbound = Inbound(
                channel=self.name,
                external_id=heard.ids[0],
                address=heard.user,
                text="" if button else heard.text,
                sent_at=heard.at,
                button_id=button,
                language=self._setup.language,
                remote_files=heard.files,
            )
            self._at.gateway.receive(inbound, now)

        try:
            await asyncio.to_thread(receive)
        except UnreadableMessage as error:
            count, most = len(heard.text), LONGEST_TEXT
            too_long = self._at.words.say(self._setup.language, "chat.too_long", count=count, most=most)
            self._say(heard, too_long if error.cause == "too_long" else self._words(error.cause))
        except RefusedFile as error:
            self._say(heard, self._at.words.say(self._setup.language, f"files.{error.cause}"))

    def _typed(self, heard: Heard) -> str | None:
        """The button that a typed number means, where they were numbered."""
        if heard.files:
            return None
        with self._at.database.read() as session:
            return numbered.pressed(session, self.name, heard.user, heard.text, is_numbered) or None

    def _note(self, heard: Heard, now: datetime) -> None:
        tell = receipts.read if heard.kind == "seen" else receipts.delivered
        for message in heard.ids:
            with self._at.database.write() as session:
                tell(session, self.name, heard.user, message, now)

    def _say(self, heard: Heard, text: str) -> None:
        self._courtesy.say(heard.ids[0], heard.user, text)

    def _words(self, key: str) -> str:
        return self._at.words.say(self._setup.language, f"zalo.{key}")


KIND = Kind(CHANNEL, ZaloSetup, ZaloChannel)
