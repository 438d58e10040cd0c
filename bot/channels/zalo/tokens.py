"""The account's tokens: exchanged before they expire, by one desk at a time, and never used before they are stored."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import structlog

from bot.channels.zalo.api import UnreadableAnswer, ZaloApi, ZaloError, failure
from bot.channels.zalo.setup import ZaloSetup
from handoff import channel_passes
from handoff.channel_passes import Pass
from handoff.database import Database
from handoff.outbox import TransportError
from handoff.sealing import KeyTrouble, Sealer

log = structlog.get_logger()

CHANNEL = "zalo"
# So long before its end an access token is exchanged: a desk that was away for an hour or two still has one that works.
EARLY = timedelta(hours=2)
_WAIT_FOR_OTHERS, _LOOK_EVERY = 20.0, 0.1  # seconds; another desk exchanges within less


class NoTokens(TransportError):
    """There is no token that works, and trying again alone will not bring one; `key` is that of the words for admins."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason, permanent=False)
        self.key = key


class Tokens:
    """Of one account. Blocking work on the database is done in threads."""

    def __init__(
        self, setup: ZaloSetup, api: ZaloApi, database: Database, sealer: Sealer, now: Callable[[], datetime]
    ) -> None:
        self._setup, self._api = setup, api
        self._database, self._sealer, self._now = database, sealer, now
        self._first = setup.refresh_token.get_secret_value()
        self._under_way: set[asyncio.Task[str | None]] = set()

    async def access(self, stale: str = "") -> str:
        """A token that is not `stale`, and not about to expire. Raises TransportError, of which NoTokens needs an admin."""
        ends = asyncio.get_running_loop().time() + _WAIT_FOR_OTHERS
        while asyncio.get_running_loop().time() < ends:
            held = await asyncio.to_thread(self._read)
            if held.access and held.access != stale and held.expires_at > self._now() + timedelta(minutes=1):
                return held.access
            if held.trouble is not None:
                raise _in_words(held.trouble)
            renewed = await self._exchange(held)
            if renewed is not None:
                return renewed
            await asyncio.sleep(_LOOK_EVERY)
        raise TransportError("another desk has been getting new tokens from Zalo for too long", permanent=False)

    async def renew_early(self) -> None:
        """Exchange what expires soon. Raises as `access`."""
        held = await asyncio.to_thread(self._read)
        if held.trouble is not None:
            raise _in_words(held.trouble)
        if held.expires_at <= self._now() + EARLY:
            await self._exchange(held)

    def _read(self) -> Pass:
        try:
            with self._database.read() as session:
                held = channel_passes.current(session, CHANNEL, self._first, self._sealer)
            if held is not None:
                return held
            with self._database.write() as session:
                channel_passes.begin(session, CHANNEL, self._first, self._sealer, self._now())
            with self._database.read() as session:
                held = channel_passes.current(session, CHANNEL, self._first, self._sealer)
        except KeyTrouble as error:
            raise NoTokens("key", f"the desk cannot open its tokens for Zalo: {error}") from None
        if held is None:  # somebody has changed the setup meanwhile: this channel is about to be built anew
            raise TransportError("the setup of Zalo was changed just now", permanent=False)
        return held

    async def _exchange(self, held: Pass) -> str | None:
        """A new access token; None when another desk is at it, or was faster."""
        me = secrets.token_hex(16)
        if not await asyncio.to_thread(self._take, held, me):
            return None
        # Once it is on its way the old token is used up: what comes back is stored even when nobody waits for it any more.
        task = asyncio.create_task(self._exchange_held(held, me))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait until no exchange is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _exchange_held(self, held: Pass, me: str) -> str | None:
        secret = self._setup.app_secret.get_secret_value()
        try:
            access, refresh, lasts = await self._api.exchange(self._setup.app_id, secret, held.refresh)
        except ZaloError as error:
            lasting = error.status < 500 and error.status != 429
            await asyncio.to_thread(self._give_back, held, me, str(error.code or error.status) if lasting else None)
            log.error("zalo.exchange_refused", code=error.code, status=error.status)
            raise (_in_words(str(error.code or error.status)) if lasting else failure(error)) from None
        except (httpx.HTTPError, UnreadableAnswer) as error:
            await asyncio.to_thread(self._give_back, held, me, None)
            raise TransportError(f"Zalo gives no new tokens now: {type(error).__name__}", permanent=False) from None
        stored = await asyncio.to_thread(self._store, held, (access, refresh), self._now() + lasts)
        return access if stored else None

    def _take(self, held: Pass, me: str) -> bool:
        with self._database.write() as session:
            return channel_passes.lease(session, CHANNEL, held.generation, me, self._now())

    def _store(self, held: Pass, pair: tuple[str, str], until: datetime) -> bool:
        with self._database.write() as session:
            return channel_passes.store(session, CHANNEL, held.generation, pair, self._sealer, until)

    def _give_back(self, held: Pass, me: str, trouble: str | None) -> None:
        with self._database.write() as session:
            channel_passes.give_back(session, CHANNEL, held.generation, me, trouble)


def _in_words(code: str) -> NoTokens:
    """Why Zalo gave no tokens, by the number that it said."""
    if code == "-14020":
        return NoTokens(
            "refresh_used", "Zalo does not accept the refresh token any more; an admin has to enter a new one"
        )
    return NoTokens("refresh_refused", f"Zalo gives no tokens ({code}); an admin has to check the app's id and secrets")
