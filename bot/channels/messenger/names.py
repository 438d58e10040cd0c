"""What people on Messenger are called: a message does not tell it, so their profile is asked once, beside the conversation."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import httpx
import structlog

from bot.channels.meta.failures import refused
from bot.channels.meta.graph import Graph, GraphError, UnreadableAnswer
from bot.messages import UnreadableMessage
from bot.readable import readable
from handoff import shoppers
from handoff.database import Database

log = structlog.get_logger()
_REMEMBERED = 10_000  # people who were asked about since the desk began
_AT_ONCE = 2


class Names:
    """Of one page. Nobody waits for it, and nothing depends on it: agents can write a name down themselves."""

    def __init__(self, graph: Graph, database: Database, now: Callable[[], datetime]) -> None:
        self._graph, self._database, self._now = graph, database, now
        self._asked: dict[str, None] = {}
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._errands: set[asyncio.Task[None]] = set()

    def learn(self, psid: str) -> None:
        """Begin to ask what she is called, unless that was done before."""
        if psid in self._asked:
            return
        self._asked[psid] = None
        if len(self._asked) > _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        task = asyncio.create_task(self._learn(psid))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*self._errands, return_exceptions=True)

    def end(self) -> None:
        """Break off what is still under way."""
        for errand in self._errands:
            errand.cancel()

    async def _learn(self, psid: str) -> None:
        try:
            async with self._room:
                if await asyncio.to_thread(self._is_nameless, psid):
                    name = _name(await self._graph.get(psid, fields="first_name,last_name"))
                    await asyncio.to_thread(self._keep, psid, name)
        except (GraphError, UnreadableAnswer, httpx.HTTPError) as error:
            log.warning("messenger.name_unknown", reason=str(error) or type(error).__name__)
            if not (isinstance(error, GraphError) and refused(error).permanent):
                self._asked.pop(psid, None)  # it passes: her next message asks again
        except Exception:
            log.exception("messenger.name_failed")

    def _is_nameless(self, psid: str) -> bool:
        with self._database.read() as session:
            return shoppers.is_nameless(session, "messenger", psid)

    def _keep(self, psid: str, name: str) -> None:
        if name:
            with self._database.write() as session:
                shoppers.learn(session, "messenger", psid, name, self._now())


def _name(profile: dict[str, object]) -> str:
    """First and last name as one, fit to store and show: whoever writes to us chose it freely. "" when there is none."""
    given = (profile.get("first_name"), profile.get("last_name"))
    try:
        return readable(" ".join(" ".join(one for one in given if isinstance(one, str)).split()))[
            : shoppers.LONGEST_NAME
        ]
    except UnreadableMessage:
        return ""
