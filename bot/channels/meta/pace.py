"""Sending no faster than an account may: by waiting, never by failing."""

import asyncio
import time

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Pace:
    """So many calls in any second, in this process."""

    def __init__(self, per_second: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerSecond(per_second)

    async def turn(self) -> None:
        """Wait until there is room for one more call, and take it."""
        while not self._limiter.hit(self._rate):
            until = self._limiter.get_window_stats(self._rate).reset_time
            await asyncio.sleep(max(until - time.time(), 0.005))
