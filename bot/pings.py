"""The worker that tells agents without an open console, through the shop's Telegram bot, that somebody asks for them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from bot.workers import Worker
from handoff import pings
from handoff.acts import Acts
from handoff.outbox import TransportError
from handoff.pings import Due

log = structlog.get_logger()


class Sayer(Protocol):
    """What says something outside of any conversation."""

    async def say(self, address: str, text: str) -> None:
        """Raises TransportError."""


def ping_worker(
    acts: Acts, sayer: Callable[[], Sayer | None], base_url: str, now: Callable[[], datetime]
) -> Worker[Due]:
    """Tells what is due; any number of desks may. Without a sayer, because the shop's bot is switched off, it waits."""

    def take(count: int) -> Sequence[Due]:
        if sayer() is None:
            return ()
        with acts.database.read() as session:
            if not pings.anybody(session):
                return ()
        with acts.database.write() as session:
            return pings.take(session, count, now(), acts.settings.online_within)

    async def handle(due: Due) -> None:
        name = due.name or acts.wording.say(due.language, "ping.somebody")
        reason = acts.wording.say(due.language, f"reasons.{due.reason}")
        said = acts.wording.say(due.language, f"ping.{due.kind}", name=name, reason=reason)
        teller = sayer()
        try:
            if teller is None:
                raise TransportError("off", permanent=False)
            await teller.say(due.chat, f"{said}\n{base_url}/desk#{due.conversation_id}")
        except TransportError as error:
            log.warning("ping.failed", agent=due.agent_id, reason=str(error), attempts=due.attempts)
            with acts.database.write() as session:
                pings.failed(session, due, now(), permanent=error.permanent, after=error.retry_after)
            return
        with acts.database.write() as session:
            pings.sent(session, due, now())

    return Worker("pings", 2, take, handle)
