"""One asyncio.Lock per conversation.

Rasa's in-memory lock looks once a second whether the turn before is over: a burst of six messages took 3.2 s instead of
0.16 s. One engine is one process with one event loop, so a plain lock is enough; the gateway sends a conversation's
messages one after the other anyway, and this lock only guards against everybody else.
"""

import asyncio
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import AsyncGenerator, Optional, Text

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.engine.rasa import repairs

repairs.install()

_KEPT = 10_000  # idle locks; far more than conversations that can be in flight


class ConversationLocks(LockStore):
    """Named in endpoints.yml: `lock_store: {type: bot.engine.rasa.lock_store.ConversationLocks}`."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None) -> None:
        self._locks: "OrderedDict[Text, asyncio.Lock]" = OrderedDict()
        super().__init__()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: Text,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation; raises LockError after `lock_lifetime` seconds of waiting."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        self._locks.move_to_end(conversation_id)
        try:
            await asyncio.wait_for(lock.acquire(), timeout=lock_lifetime)
        except asyncio.TimeoutError:
            raise LockError(f"conversation '{conversation_id}' stayed busy for {lock_lifetime} s") from None
        try:
            yield TicketLock(conversation_id)
        finally:
            lock.release()
            self._forget_idle()

    def _forget_idle(self) -> None:
        while len(self._locks) > _KEPT:
            conversation_id, oldest = next(iter(self._locks.items()))
            if oldest.locked():
                return
            del self._locks[conversation_id]
