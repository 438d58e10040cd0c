"""The Telegram channel: updates come by long polling or by webhook, and are taken in by one function either way.

What an update causes is stored before Telegram is told that we have it. A crash in between makes Telegram send it again, and
the gateway's dedupe row makes that harmless (rule 3 of docs/architecture.md).
"""

import asyncio
import contextlib
import hmac
import os
import re
from collections.abc import Coroutine
from functools import cached_property
from itertools import count
from typing import Any

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from telegram import Bot, Update
from telegram.error import Forbidden, InvalidToken, TelegramError

from bot.channels.base import Kind, Surroundings
from bot.channels.courtesy import Courtesy
from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.telegram.media import TelegramMedia
from bot.channels.telegram.payloads import Heard, Malformed, parse, read
from bot.channels.telegram.setup import TelegramSetup
from bot.channels.telegram.transport import SLOWLY_SECONDS, Limiter, TelegramTransport, Trouble, pause_after
from bot.messages import LONGEST_TEXT, Inbound, UnreadableMessage
from bot.workers import Transport
from handoff import blocking, pings
from handoff.attachments import RefusedFile
from handoff.model import Conversation, Identity
from handoff.wording import LANGUAGES, known_language

log = structlog.get_logger()

WEBHOOK_PATH = "/channels/telegram/webhook"
LONG_POLL_SECONDS = 25
MOST_TRIES = 5  # with an update that makes us stumble although the database is there
_ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
LARGEST_UPDATE = 64 * 1024  # bytes; each is sent by itself
_COMMANDS = ("human", "help", "language", "start")
_LINK = re.compile(r"/link(?:@\w+)?(?:\s+(\S{1,40}))?", re.IGNORECASE)


class TelegramChannel:
    """One bot of one shop. In webhook mode there is a route, in polling mode there is none."""

    name = "telegram"

    def __init__(self, surroundings: Surroundings, setup: TelegramSetup) -> None:
        self._at, self._setup = surroundings, setup
        self._trouble = Trouble(setup.token.get_secret_value())
        self._offset: int | None = None
        self._errands: set[asyncio.Task[None]] = set()
        files = OutgoingFiles(surroundings.database, surroundings.settings.base_url, surroundings.now)
        self._sender = TelegramTransport(lambda: self._bot, Limiter(), files)
        self.files = TelegramMedia(lambda: self._bot, setup.api)
        self._courtesy = Courtesy(self.name, self._sender.say)
        self.transport: Transport | None = self._sender
        self.router = APIRouter()

    @cached_property
    def _bot(self) -> Bot:
        os.environ.setdefault("PTB_TIMEDELTA", "1")  # else the library warns with every "slow down"
        api = self._setup.api.rstrip("/")
        return Bot(self._setup.token.get_secret_value(), f"{api}/bot", f"{api}/file/bot")

    # ---- keeping in touch -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep in touch with Telegram until cancelled. Whatever goes wrong is said plainly and tried again."""
        work = self._announce if self._setup.way == "webhook" else self._poll
        try:
            while True:
                try:
                    await work()
                except TelegramError as error:
                    pause = self._trouble.note(error)
                except Exception:
                    log.exception("telegram.failed")
                    pause = SLOWLY_SECONDS
                await asyncio.sleep(pause)
        finally:
            self._courtesy.end()
            for errand in self._errands:
                errand.cancel()
            await self.files.close()
            await self._bot.shutdown()

    async def check(self) -> list[str]:
        """Whether Telegram knows the token."""
        try:
            await self._bot.initialize()
            await self._bot.get_me()
        except (InvalidToken, Forbidden):
            return ["token"]
        except TelegramError:
            return ["unreachable"]
        return []

    async def send_test(self, address: str) -> None:
        """A greeting to a chat that has started the bot. Raises TransportError."""
        await self._sender.say(address, self._words(known_language(None), "start"))

    async def _offer_commands(self) -> None:
        """What Telegram lists behind the menu button, in the language that it is set to; English for all others."""
        for language in LANGUAGES:
            listed = [(name, self._words(language, f"command_{name}")) for name in _COMMANDS]
            await self._bot.set_my_commands(listed, language_code=None if language == LANGUAGES[0] else language)

    async def _announce(self) -> None:
        await self._bot.initialize()
        await self._offer_commands()
        await self._bot.set_webhook(
            f"{self._at.settings.base_url}{WEBHOOK_PATH}",
            secret_token=self._setup.secret.get_secret_value(),
            allowed_updates=_ALLOWED,
        )
        self._trouble.over()
        await asyncio.Event().wait()

    async def _poll(self) -> None:
        await self._bot.initialize()
        await self._offer_commands()
        await self._bot.delete_webhook()  # Telegram does not let us fetch while one is set
        while True:
            updates = await self._bot.get_updates(self._offset, timeout=LONG_POLL_SECONDS, allowed_updates=_ALLOWED)
            self._trouble.over()
            for update in updates:
                await self._deal_with(update)
                self._offset = update.update_id + 1  # the next fetch tells Telegram that we have it

    async def _deal_with(self, update: Update) -> None:
        """Returns when the update is stored or deliberately left: the offset may pass nothing else."""
        for tries in count(1):
            try:
                await self.take_in(update)
                return
            except Malformed as error:
                log.error("telegram.update_malformed", update=update.update_id, reason=str(error))
                return
            except (OperationalError, InterfaceError, PoolTimeout) as error:
                log.error("telegram.database_unavailable", update=update.update_id, reason=type(error).__name__)
            except Exception:
                log.exception("telegram.update_failed", update=update.update_id, tries=tries)
                if tries == MOST_TRIES:  # one update must not keep everybody else from being heard
                    self._give_up(update)
                    return
            await asyncio.sleep(pause_after(tries))

    def _give_up(self, update: Update) -> None:
        log.error("telegram.update_given_up", update=update.update_id, mend="the shopper is asked to send it again")
        heard = read(update)
        if heard is not None and heard.private:
            self._say(heard, self._words(known_language(heard.language), "failed"))

    # ---- in ---------------------------------------------------------------------------------------------------------

    async def webhook(self, request: Request) -> Response:
        """200 when the update is stored or deliberately ignored; 401 without the secret; 400 for what is no update.

        When the database fails the answer is 5xx, and Telegram sends the update again.
        """
        if self._setup.way != "webhook":
            raise HTTPException(404, "updates are fetched, not sent")
        if request.method != "POST":
            raise HTTPException(405, "updates come by POST", {"allow": "POST"})
        secret = self._setup.secret.get_secret_value()
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            raise HTTPException(401, "the secret token is missing or wrong")
        body = await request.body()
        if len(body) > LARGEST_UPDATE:
            raise HTTPException(413, f"an update has at most {LARGEST_UPDATE // 1024} kB")
        try:
            update = parse(body)
        except Malformed:
            raise HTTPException(400, "the body is not an update of Telegram's Bot API") from None
        await self.take_in(update)
        return Response()

    async def take_in(self, update: Update) -> None:
        """Take one update in: stored, or deliberately ignored.

        Raises:
            Malformed: it is not an update as Telegram sends them. Anything else: it is not stored; try again.
        """
        heard = read(update)
        if heard is None:
            return
        if not heard.private:
            self._say(heard, self._words(known_language(heard.language), "only_private"))
        else:
            if heard.kind in ("blocked", "unblocked"):
                await asyncio.to_thread(self._note_block, heard)
                return
            language = await asyncio.to_thread(self._language, heard)
            if heard.kind == "attachment":
                self._say(heard, self._words(language, "only_text"))
            elif heard.kind == "text" and (code := _LINK.fullmatch(heard.words.strip())):
                await self._link(heard, code[1] or "")
            else:
                await self._store(heard, language)
        if heard.query is not None:
            self._later(self._settle_press(heard, heard.query))

    def _note_block(self, heard: Heard) -> None:
        with self._at.database.write() as session:
            blocked, now = heard.kind == "blocked", self._at.now()
            blocking.note(session, self.name, heard.address, now, blocked=blocked)

    async def _link(self, heard: Heard, code: str) -> None:
        """An agent says that this chat is hers. Her code is never part of a conversation."""

        def link() -> str | None:
            with self._at.database.write() as session:
                agent = pings.link(session, code, heard.address, self._at.now())
                return agent.language if agent is not None else None

        language = await asyncio.to_thread(link)
        if language is not None:
            self._say(heard, self._words(known_language(language), "linked"))
        else:
            self._say(heard, self._words(known_language(heard.language), "link_unknown"))

    async def _store(self, heard: Heard, language: str) -> None:
        pressed = heard.kind == "press"
        text = "" if pressed else self._plain(heard.words, language)
        inbound = Inbound(
            channel=self.name,
            external_id=f"update:{heard.update_id}",
            address=heard.address,
            text=text,
            sent_at=self._at.now(),
            button_id=heard.words if pressed else None,
            name=heard.name,
            language=heard.language,
            edited=heard.edited,
            remote_files=heard.files,
        )
        try:
            await asyncio.to_thread(self._at.gateway.receive, inbound, self._at.now())
        except UnreadableMessage as error:
            too_long = self._at.words.say(language, "chat.too_long", count=len(text), most=LONGEST_TEXT)
            self._say(heard, too_long if error.cause == "too_long" else self._words(language, error.cause))
        except RefusedFile as error:
            self._say(heard, self._at.words.say(language, f"files.{error.cause}"))

    def _plain(self, words: str, language: str) -> str:
        """A command as the sentence that it stands for, so that the dialogue need not know commands."""
        command = _COMMAND.fullmatch(words.strip())
        if command is None:
            return words.strip().lstrip("/")
        name, rest = command["name"].lower(), (command["rest"] or "").strip()
        if name == "start":  # what follows it comes from a link, not from the shopper
            return self._words(language, name)
        if name in ("human", "language"):
            return ". ".join(filter(None, (self._words(language, name), rest)))
        if name == "help":
            return rest or self._words(language, name)
        return f"{command['name']} {rest}".strip()

    def _language(self, heard: Heard) -> str:
        """The language of her latest conversation, else the one that her Telegram is set to."""
        query = (
            select(Conversation.language)
            .join(Identity, Identity.id == Conversation.identity_id)
            .where(Identity.channel == self.name, Identity.address == heard.address)
            .order_by(Conversation.created_at.desc())
        )
        with self._at.database.read() as session:
            return known_language(session.scalar(query.limit(1)) or heard.language)

    # ---- courtesies: done beside, so that nobody waits for them; none is worth repeating an update -------------------

    def _words(self, language: str, key: str) -> str:
        return self._at.words.say(language, f"telegram.{key}")

    def _say(self, heard: Heard, text: str) -> None:
        """Answer outside of any conversation, once per group, per album, per update."""
        occasion = f"update:{heard.update_id}" if heard.private else f"group:{heard.chat_id}"
        if heard.private and heard.album:
            occasion = f"album:{heard.chat_id}:{heard.album}"
        self._courtesy.say(occasion, heard.address, text)

    async def _settle_press(self, heard: Heard, query: str) -> None:
        """Stop the button's spinner and take the keyboard away; a query too old or a message gone does not matter."""
        with contextlib.suppress(TelegramError):
            await self._bot.answer_callback_query(query)
        if heard.pressed_in is not None:
            with contextlib.suppress(TelegramError):
                await self._bot.edit_message_reply_markup(heard.chat_id, heard.pressed_in, reply_markup=None)

    def _later(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


# The channel itself tells Telegram where its webhook is.
KIND = Kind("telegram", TelegramSetup, TelegramChannel, called=False)
