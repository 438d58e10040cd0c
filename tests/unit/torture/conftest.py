"""An honest day at a desk, lived through the product's own functions, for tests that then tamper with what was written down."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handoff import conversations, events, outbox, turns
from handoff.acts import Acts
from handoff.database import Database
from handoff.model import Agent, Message
from handoff.settings import HandoffSettings
from handoff.turns import TurnResult
from handoff.views import for_shopper
from handoff.wording import Wording
from tests.torture.facts import Facts, read_facts
from tests.torture.journal import Accepted, Delivered, Record, Replied, Seen

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = Path(conversations.__file__).parent / "words"
CHAT = "7"


@dataclass
class Day:
    """What was kept and what people saw."""

    facts: Facts = field(default_factory=Facts)
    records: list[Record] = field(default_factory=list)

    def said(self, text: str) -> Message:
        """The stored message with these words."""
        return next(message for message in self.facts.messages if message.content["text"] == text)


class Desk:
    """Does what shoppers, bot and agents do; time is counted in steps."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.acts = Acts(database, HandoffSettings(), Wording.load(WORDS), "Casa Sen")
        self.records: list[Record] = []
        self._step = itertools.count(1)

    def writes(self, channel: str, who: str, text: str, answer: str | None = None) -> str:
        """A shopper writes; the bot answers, when there is an answer. Returns the conversation."""
        step = next(self._step)
        with self.database.write() as session:
            identity = conversations.ensure_identity(session, channel, who, "Lan", NOON)
            row = conversations.take_in(session, channel, f"update:{step}", NOON)
            found = conversations.current(session, identity.id) or conversations.begin(session, identity.id, "en", NOON)
            message = conversations.add_message(session, found, "shopper", {"type": "text", "text": text}, NOON)
            assert row is not None
            row.message_id = message.id
            if found.owner == "bot":
                turn = turns.owe(session, found, message.seq, text, None, NOON)
                if answer is not None:
                    content = {"type": "text", "text": answer}
                    said = conversations.add_message(session, found, "bot", content, NOON, turn_id=turn.id)
                    outbox.enqueue(session, found, said, NOON)
                else:
                    self.acts.escalate(session, found, "asked", {}, NOON)
                turns.finish(session, turn.id, NOON, TurnResult(None, "talk", None, 1.0))
        accepted = Accepted("web" if channel == "web" else "telegram", who, str(step), text, float(step), step + 0.5)
        self.records.append(accepted)
        return found.id

    def delivers(self) -> None:
        """Everything in the outbox reaches the chat."""
        while True:
            with self.database.write() as session:
                due = outbox.take(session, NOON, 10)
                for delivery in due:
                    provider_id = f"p{delivery.id}"
                    outbox.sent(session, delivery, provider_id, NOON)
                    self.records.append(Delivered(delivery.address, provider_id, str(delivery.content["text"])))
            if not due:
                return

    def sees(self, who: str, conversation_id: str) -> None:
        """A browser has fetched everything."""
        with self.database.read() as session:
            found = events.after(session, conversation_id, 0, public_only=True)
        self.records.append(Seen(who, conversation_id, [for_shopper(event) for event in found]))


@pytest.fixture
def day(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """A chat that goes from the bot to an agent who settles it, and a browser that the bot serves."""
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))  # nobody's faqdesk.toml
    database = Database(f"sqlite:///{shutil.copy(migrated, tmp_path)}")
    desk = Desk(database)
    with database.write() as session:
        session.add(Agent(id="ada", email="ada@x", name="Ada", role="agent", password_hash="", created_at=NOON))
    chat = desk.writes("telegram", CHAT, "one", "answer to one")
    desk.writes("telegram", CHAT, "two", "answer to two")
    desk.writes("telegram", CHAT, "a person")
    desk.acts.claim(chat, "ada", NOON)
    desk.acts.reply(chat, "ada", "hello", "client-id-1", NOON)
    desk.records.append(Replied(chat, "client-id-1", "hello"))
    desk.writes("telegram", CHAT, "three")
    desk.acts.resolve(chat, "ada", NOON)
    browser = desk.writes("web", "web0", "four", "answer to four")
    desk.delivers()
    desk.sees("web0", browser)
    yield Day(read_facts(database), desk.records)
    database.close()
