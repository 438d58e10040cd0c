"""A gateway on a real database whose engine is a script."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

import bot
import handoff
from bot.engine.client import EngineTurn, EngineUnavailable
from bot.engine.replies import EngineReply, parse_reply
from bot.gateway import Gateway
from bot.intake import NO_BURSTS, Received
from bot.messages import Inbound
from bot.rendering import Renderer
from handoff import turns
from handoff.acts import Acts
from handoff.database import Database
from handoff.model import Conversation, Message, Turn
from handoff.settings import HandoffSettings
from handoff.turns import Burst
from handoff.wording import Wording

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def says(*messages: dict[str, Any], intent: str = "faq", **understood: Any) -> EngineReply:
    """What the engine answers, through the real parser."""
    known = {"language": "en", "language_p": 0.0, "release": "r", "decision": "x", "candidates": [], **understood}
    understanding = {"intent": {"name": intent}, "faqdesk": known}
    return parse_reply({"messages": list(messages), "understanding": understanding, "failed": []})


class ScriptedEngine:
    """Answers with `reply`, or fails without one; `meanwhile` happens while it thinks."""

    def __init__(self) -> None:
        self.reply: EngineReply | Exception | None = says({"text": "an answer"})
        self.meanwhile: Callable[[], object] = lambda: None
        self.asked: list[EngineTurn] = []

    async def answer(self, turn: EngineTurn) -> tuple[EngineReply, float]:
        self.asked.append(turn)
        self.meanwhile()
        if isinstance(self.reply, EngineReply):
            return self.reply, 12.34
        raise self.reply or EngineUnavailable("the script says no")


class Stage:
    """The gateway, its database and its clock."""

    def __init__(
        self, database: Database, reopen_within: timedelta = timedelta(days=3), burst: Burst = NO_BURSTS
    ) -> None:
        self.database, self.engine, self.now = database, ScriptedEngine(), NOON
        rooms = [Path(next(iter(room.__path__))) / "words" for room in (handoff, bot)]
        human, words = (Wording.load(room) for room in rooms)
        self.acts = Acts(database, HandoffSettings(reopen_within=reopen_within), human, "Casa Sen")
        renderer = Renderer(words, "https://shop.example")
        self.waits: list[float] = []  # seconds after which the gateway wanted a look at the rows
        self.seen_then: list[int] = []  # how many turns such a look would have found
        self.gateway = Gateway(self.acts, self.engine, renderer, wake_after=self._woken, burst=burst)

    def _woken(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seen_then.append(len(self.turns()))

    def write(self, text: str, external_id: str = "", address: str = "lan", **more: Any) -> Received:
        """The shopper writes on Telegram, which dedupes by external ids and delivers through the outbox."""
        given = external_id or f"{address}-{self.now.timestamp()}-{text[:100]}"
        return self.gateway.receive(Inbound("telegram", given, address, text, self.now, **more), self.now)

    def take(self) -> list[Turn]:
        with self.database.write() as session:
            return turns.take(session, self.now, 10)

    async def answer_all(self) -> None:
        """What the worker does with the turns that are owed."""
        while taken := self.take():
            for turn in taken:
                await self.gateway.answer(turn, lambda: self.now)

    def conversation(self, conversation_id: str) -> Conversation:
        with self.database.read() as session:
            return session.get_one(Conversation, conversation_id)

    def texts(self, author: str | None = None) -> list[str]:
        with self.database.read() as session:
            found = session.scalars(select(Message).order_by(Message.conversation_id, Message.seq))
            return [str(message.content["text"]) for message in found if author in (None, message.author)]

    def turns(self) -> list[Turn]:
        with self.database.read() as session:
            return list(session.scalars(select(Turn).order_by(Turn.created_at, Turn.seq)))
