"""Sending to Telegram: no faster than it allows, and its refusals in the outbox's terms."""

import asyncio
import random
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import structlog
from telegram import Bot, LinkPreviewOptions
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.parts import PartByPart, Step
from bot.channels.telegram.outgoing_files import refuses_file, ways
from bot.channels.telegram.payloads import Part, parts
from handoff.outbox import Delivery, Sent, TransportError

log = structlog.get_logger()

SLOWLY_SECONDS = 60.0  # the longest pause between tries, and the only one until somebody has mended the setup
_SECOND = 1_000_000_000  # nanoseconds
_PER_SECOND = 30  # over all chats; in each chat it is one
# A send ends well before its worker stops renewing the lease: nobody else may begin the same message meanwhile.
_LONGEST_SEND = timedelta(seconds=50)
_REMEMBERED = 1_000  # chats whose last moment is known
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Limiter:
    """Books moments to send at: one a second in a chat, thirty in any second over all. The clock is given, in nanoseconds.

    Whole numbers, because in floating point "one second after" need not be a second later, and the search would not end.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._booked: list[int] = []  # sorted
        self._latest: dict[str, int] = {}  # of each chat

    def wait(self, chat: str) -> float:
        """Seconds until the caller may send to `chat`. The moment is taken: whoever asks later gets a later one."""
        now = self._clock()
        self._forget(now - _SECOND)
        moment = self._free(max(now, self._latest.get(chat, now - _SECOND) + _SECOND))
        insort(self._booked, moment)
        self._latest[chat] = moment
        return (moment - now) / _SECOND

    def _free(self, moment: int) -> int:
        """The first moment from this one on around which there is room, on either side: moments are not booked in order."""
        while True:
            around = self._booked[
                bisect_right(self._booked, moment - _SECOND) : bisect_left(self._booked, moment + _SECOND)
            ]
            if len(around) < _PER_SECOND:
                return moment
            moment = around[0] + _SECOND

    def _forget(self, before: int) -> None:
        del self._booked[: bisect_right(self._booked, before)]
        if len(self._latest) > _REMEMBERED:
            self._latest = {chat: moment for chat, moment in self._latest.items() if moment > before}


class TelegramTransport:
    """Sends through one bot, which is made when it is first needed."""

    sends_files = True

    def __init__(self, bot: Callable[[], Bot], limiter: Limiter, files: OutgoingFiles) -> None:
        self._bot, self._limiter, self._files = bot, limiter, files
        self._parts = PartByPart()

    async def send(self, delivery: Delivery) -> Sent:
        """Send a message in as many parts as it takes; the id is Telegram's of the last. Raises TransportError."""
        steps: list[Step] = [partial(self._post, delivery.address, part) for part in parts(delivery.content)]
        steps += [partial(self._give, delivery.address, file) for file in self._files.of(delivery)]
        if not steps:
            raise TransportError("empty", permanent=True)
        try:
            async with asyncio.timeout(_LONGEST_SEND.total_seconds()):
                return await self._parts.send(delivery, steps)
        except (TelegramError, TimeoutError) as error:
            raise self._failure(error) from None

    async def say(self, address: str, text: str) -> None:
        """Say something that belongs to no conversation. Raises TransportError."""
        try:
            await self._post(address, Part(text))
        except TelegramError as error:
            raise self._failure(error) from None

    async def _post(self, address: str, part: Part) -> str:
        await asyncio.sleep(self._limiter.wait(address))
        message = await self._bot().send_message(
            chat_id=address, text=part.text, reply_markup=part.keyboard, link_preview_options=_NO_PREVIEW
        )
        return str(message.message_id)

    async def _give(self, address: str, facts: Mapping[str, Any]) -> str | Sent:
        """A file; as a link when it is too large, or when Telegram refuses it in every way."""
        reason = None
        for post in ways(facts):
            file = await self._files.bytes_of(facts)
            await asyncio.sleep(self._limiter.wait(address))
            try:
                return str((await post(self._bot(), address, file)).message_id)
            except TelegramError as error:
                if not refuses_file(error):
                    raise
                reason = reason_of(error, self._bot().token)
        provider_id = await self._post(address, Part(await self._files.line(facts)))
        return provider_id if reason is None else Sent(provider_id, "as_link", self._files.remark(facts, reason))

    def _failure(self, error: TelegramError | TimeoutError) -> TransportError:
        return failure(error, self._bot().token)


def failure(error: TelegramError | TimeoutError, token: str) -> TransportError:
    """What an error means for the outbox. Agents read the reason."""
    reason = reason_of(error, token)
    match error:
        case RetryAfter():
            return TransportError("busy", reason, permanent=False, retry_after=asked_to_wait(error))
        case InvalidToken():
            return TransportError("setup", reason, permanent=False)
        case Forbidden():
            return TransportError("shopper", reason, permanent=True)
        case BadRequest() | ChatMigrated():
            return TransportError("refused", reason, permanent=True)
        case TelegramError():
            sent = _was_sent(error)
            return TransportError("silent" if sent else "unreachable", reason, permanent=False, uncertain=sent)
        case TimeoutError():
            return TransportError("silent", permanent=False, uncertain=True)


def _was_sent(error: TelegramError) -> bool:
    """Whether Telegram may have the message: the request left, and no answer came, or none that can be read.

    An answer that says 502 is no silence.
    """
    if error.message == "Invalid server response":
        return True
    return isinstance(error.__cause__, httpx.HTTPError) and not isinstance(error.__cause__, _NEVER_SENT)


def reason_of(error: Exception, token: str) -> str:
    """What an error says, without the token, which is part of every address and of one of the library's own messages."""
    return str(error).replace(token, "<token>")


def asked_to_wait(error: RetryAfter) -> timedelta:
    """The library gives whole seconds or a timedelta, depending on its version and a variable."""
    asked = error.retry_after
    return asked if isinstance(asked, timedelta) else timedelta(seconds=asked)


class Trouble:
    """One outage: logged when it begins and when it is over, and tried again ever more slowly."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._what: str | None = None
        self._tries = 0

    def note(self, error: TelegramError) -> float:
        """How many seconds to wait before the next try."""
        what, mend = _explain(error)
        if what != self._what:
            self._what, self._tries = what, 0
            log.error("telegram.trouble", what=what, mend=mend, reason=reason_of(error, self._token))
        self._tries += 1
        if isinstance(error, RetryAfter):
            return asked_to_wait(error).total_seconds()
        return SLOWLY_SECONDS if mend else pause_after(self._tries)

    def over(self) -> None:
        """Telegram answers."""
        if self._what is not None:
            log.info("telegram.back", after=self._what)
        self._what, self._tries = None, 0


def _explain(error: TelegramError) -> tuple[str, str]:
    """What the trouble is, and what somebody has to do about it; "" when it passes by itself."""
    match error:
        case InvalidToken():
            return "wrong token", "copy the token from BotFather into telegram_token and start the desk again"
        case Conflict():
            return (
                "used twice",
                "another program fetches this bot's updates: stop it, or give this desk a bot of its own",
            )
        case Forbidden() | BadRequest():
            return "refused", "check public_url (Telegram wants https) and telegram_secret (A-Z a-z 0-9 _ - only)"
        case _:
            return "out of reach", ""


def pause_after(tries: int) -> float:
    """Seconds: about 1, 2, 4 and so on; never the same, so that many desks do not come back at once."""
    return float(min(2.0 ** min(tries - 1, 10), SLOWLY_SECONDS) * random.uniform(0.75, 1.25))
