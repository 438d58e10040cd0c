"""A provider's tokens in use: exchanged before they expire, by one desk at a time, and never used before they are stored."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from handoff import channel_passes
from handoff.channel_passes import Pass
from handoff.database import Database
from handoff.sealing import Sealer

_WAIT_FOR_OTHERS, _LOOK_EVERY = 20.0, 0.1  # seconds; another desk exchanges within less
# A new pair for the second token, and how long its first one lasts. The new pair may have the same second token.
Exchange = Callable[[str], Awaitable[tuple[str, str, timedelta]]]


class Refused(Exception):
    """The provider will not exchange this token, however often it is asked; `code` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Slow(Exception):
    """Another desk has been getting new tokens for too long, or the setup was changed just now."""


class Passes:
    """Of one channel. Blocking work on the database is done in threads."""

    def __init__(
        self,
        channel: str,
        first: str,
        exchange: Exchange,
        database: Database,
        sealer: Sealer,
        now: Callable[[], datetime],
    ) -> None:
        self._channel, self._first, self._ask = channel, first, exchange
        self._database, self._sealer, self._now = database, sealer, now
        self._under_way: set[asyncio.Task[str | None]] = set()

    async def access(self, stale: str = "", margin: timedelta = timedelta(minutes=1)) -> str:
        """A token that is not `stale` and works for longer than `margin`.

        Raises:
            Refused, Slow, and whatever the exchange raises.
            KeyTrouble: what is stored cannot be opened.
        """
        ends = asyncio.get_running_loop().time() + _WAIT_FOR_OTHERS
        while asyncio.get_running_loop().time() < ends:
            held = await asyncio.to_thread(self._read)
            if held.access and held.access != stale and held.expires_at > self._now() + margin:
                return held.access
            if held.trouble is not None:
                raise Refused(held.trouble)
            renewed = await self._exchange(held)
            if renewed is not None:
                return renewed
            await asyncio.sleep(_LOOK_EVERY)
        raise Slow

    async def renew(self, early: timedelta) -> None:
        """Exchange what expires so soon. Raises as `access`."""
        held = await asyncio.to_thread(self._read)
        if held.trouble is not None:
            raise Refused(held.trouble)
        if held.expires_at <= self._now() + early:
            await self._exchange(held)

    async def settle(self) -> None:
        """Wait until no exchange is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _read(self) -> Pass:
        with self._database.read() as session:
            held = channel_passes.current(session, self._channel, self._first, self._sealer)
        if held is not None:
            return held
        with self._database.write() as session:
            channel_passes.begin(session, self._channel, self._first, self._sealer, self._now())
        with self._database.read() as session:
            held = channel_passes.current(session, self._channel, self._first, self._sealer)
        if held is None:  # somebody has changed the setup meanwhile: this channel is about to be built anew
            raise Slow
        return held

    async def _exchange(self, held: Pass) -> str | None:
        """A new access token; None when another desk is at it, or was faster."""
        me = secrets.token_hex(16)
        if not await asyncio.to_thread(self._take, held, me):
            return None
        # Once it is on its way the old token may be used up: what comes back is stored even when nobody waits for it any more.
        task = asyncio.create_task(self._exchange_held(held, me))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _exchange_held(self, held: Pass, me: str) -> str | None:
        try:
            access, refresh, lasts = await self._ask(held.refresh)
        except Exception as error:
            await asyncio.to_thread(self._give_back, held, me, error.code if isinstance(error, Refused) else None)
            raise
        stored = await asyncio.to_thread(self._store, held, (access, refresh), self._now() + lasts)
        return access if stored else None

    def _take(self, held: Pass, me: str) -> bool:
        with self._database.write() as session:
            return channel_passes.lease(session, self._channel, held.generation, me, self._now())

    def _store(self, held: Pass, pair: tuple[str, str], until: datetime) -> bool:
        with self._database.write() as session:
            return channel_passes.store(session, self._channel, held.generation, pair, self._sealer, until)

    def _give_back(self, held: Pass, me: str, trouble: str | None) -> None:
        with self._database.write() as session:
            channel_passes.give_back(session, self._channel, held.generation, me, trouble)
