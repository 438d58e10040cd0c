"""The engines behind one face: each conversation always at the same one, and none waited for that is known to be down."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from bot.engine.breaker import Breaker
from bot.engine.client import Engine, EngineTurn, EngineUnavailable, TryFailed
from bot.engine.rendezvous import ranked
from bot.engine.replies import EngineReply

log = structlog.get_logger()

_TRIES = 2
_PAUSE_SECONDS = 0.05  # between them
_LEAST_SECONDS = 0.1  # what a try needs to make sense
# Of the budget, for a first try that another engine could make good.
_FIRST_SHARE = 0.6


class Engines:
    """Asks the engine of the turn's conversation. A failed try is repeated once while the budget lasts.

    With `shared` trackers another engine stands in for one that is out; without, only the conversation's own engine knows what
    it had in mind, so the turn fails at once and a person takes over. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        engines: Sequence[Engine],
        budget_seconds: float,
        *,
        shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engines = {engine.url: engine for engine in engines}
        self._breakers = {engine.url: Breaker() for engine in engines}
        self._budget, self._shared, self._clock = budget_seconds, shared, clock

    async def answer(self, turn: EngineTurn) -> tuple[EngineReply, float]:
        """The reply and the milliseconds it took.

        Raises:
            EngineUnavailable: after the second failure, when the budget is used up, or when no engine may be asked.
        """
        began, failure, tried = self._clock(), "no try was made", None
        for number in range(_TRIES):
            left = self._budget - (self._clock() - began)
            url = self._choose(turn, tried)
            if left <= _LEAST_SECONDS:
                break
            if url is None:
                failure = f"the engine is left alone for a while after its failures ({failure})"
                break
            tried, others = url, self._shared and len(self._engines) > 1
            try:
                reply = await self._try(url, turn, left * _FIRST_SHARE if others and number == 0 else left)
                return reply, (self._clock() - began) * 1000
            except TryFailed as error:
                failure = str(error)
            await asyncio.sleep(_PAUSE_SECONDS)
        raise EngineUnavailable(failure)

    def states(self) -> list[dict[str, str | int]]:
        """For /health: each engine's breaker, in the order of the settings. Addresses are nobody's business there."""
        now = self._clock()
        return [{"state": breaker.state(now), "failures": breaker.failures} for breaker in self._breakers.values()]

    async def close(self) -> None:
        for engine in self._engines.values():
            await engine.close()

    def _choose(self, turn: EngineTurn, tried: str | None) -> str | None:
        """The conversation's engine, or, with shared trackers, the best one of those that may be asked.

        The one that was just `tried` comes last.
        """
        order = ranked(turn.conversation, tuple(self._engines))
        candidates = order if self._shared else order[:1]
        now = self._clock()
        candidates = sorted(candidates, key=lambda url: url == tried)
        return next((url for url in candidates if self._breakers[url].admits(now)), None)

    async def _try(self, url: str, turn: EngineTurn, seconds: float) -> EngineReply:
        breaker = self._breakers[url]
        breaker.begin(self._clock())
        try:
            reply = await self._engines[url].try_once(turn, seconds)
        except TryFailed as error:
            if not error.answered:
                if breaker.failed(self._clock()):
                    log.error("engine.left_alone", engine=url, failures=breaker.failures, reason=str(error))
            else:  # it is there; what it said of this very message tells nothing of others
                self._note_life(url)
            raise
        except BaseException:
            breaker.abandon()
            raise
        self._note_life(url)
        return reply

    def _note_life(self, url: str) -> None:
        if self._breakers[url].succeeded():
            log.info("engine.back", engine=url)
