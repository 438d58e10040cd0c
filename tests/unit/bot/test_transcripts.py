"""The conversation by e-mail: hers alone, to an address, and not too often."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import select

from bot.channels.base import Surroundings
from bot.channels.web.transcripts import Transcripts
from bot.settings import DeskSettings
from handoff import conversations
from handoff.bus import Bus
from handoff.database import Database
from handoff.model import Audit, Identity
from handoff.outbox import TransportError
from handoff.sealing import Sealer
from handoff.wording import Wording
from tests.unit.bot.scripted import Stage

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


class Mailbox:
    """From where transcripts are mailed."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.broken = False

    async def send_transcript(self, to: str, conversation_id: str, language: str) -> None:
        if self.broken:
            raise TransportError("silent", permanent=False)
        self.sent.append((to, conversation_id, language))


class Place:
    """The route for one visitor, who has written."""

    def __init__(self, database: Database, words: Wording) -> None:
        self.stage, self.mailbox = Stage(database), Mailbox()
        self.conversation_id = self.stage.write("hello", address="lan").conversation_id
        self.address = "lan"
        at = Surroundings(
            DeskSettings(), self.stage.acts.settings, database, self.stage.gateway, words, Bus(),
            lambda: self.stage.now, Sealer("", Path("never made")), lambda: self.mailbox,
        )  # fmt: skip
        app = FastAPI()
        app.include_router(Transcripts(at, self._visitor, MovingWindowRateLimiter(MemoryStorage())).router)
        self.client = TestClient(app)

    async def _visitor(self, _: str) -> Identity:
        with self.stage.database.write() as session:
            return conversations.ensure_identity(session, "telegram", self.address, "", self.stage.now)

    def ask(self, email: str, **more: object) -> int:
        return self.client.post("/transcript", json={"email": email, "language": "en", **more}).status_code


@pytest.fixture
def place(database: Database, words: Wording) -> Place:
    return Place(database, words)


def test_her_latest_conversation_is_mailed_and_the_audit_knows_no_address(place: Place) -> None:
    assert place.ask(" Lan@Shop.example ", language="vi-VN") == 202
    assert place.mailbox.sent == [("Lan@shop.example", place.conversation_id, "vi")]
    with place.stage.database.read() as session:
        (row,) = session.scalars(select(Audit).where(Audit.act == "mail transcript"))
    assert (row.actor, row.conversation_id, row.details) == ("shopper", place.conversation_id, {})


@pytest.mark.parametrize(
    "email",
    [
        "",
        "lan",
        "a@b",
        "a b@shop.example",
        "a@shop.example\nbcc: b@c.example",
        "a@shop.example, b@shop.example",
        "x" * 255,
    ],
)
def test_what_is_no_address_is_refused(place: Place, email: str) -> None:
    assert place.ask(email) == 422
    assert place.mailbox.sent == []


def test_it_is_no_way_to_flood_strangers(place: Place) -> None:
    assert [place.ask(f"victim{number}@shop.example") for number in range(5)] == [202, 202, 202, 429, 429]
    place.address = "minh"
    place.stage.write("hello", address="minh")
    assert place.ask("minh@shop.example") == 202


def test_many_visitors_are_no_way_to_flood_one_stranger_or_many(place: Place) -> None:
    def visitor(number: int, email: str) -> int:
        place.address = f"visitor {number}"
        place.stage.write("buy my coins", address=place.address)
        return place.ask(email)

    assert [visitor(number, "victim@shop.example") for number in range(5)] == [202, 202, 202, 429, 429]
    assert visitor(9, "Victim@SHOP.example") == 429
    # What was refused took nothing of what may still be sent from here.
    assert [visitor(number, f"{number}@shop.example") for number in range(10, 18)] == [202] * 7 + [429]


def test_nobody_names_a_conversation_and_who_wrote_nothing_has_none(place: Place) -> None:
    assert place.ask("lan@shop.example", conversation=place.conversation_id) == 422
    place.address = "minh"
    assert place.ask("minh@shop.example") == 404
    assert place.mailbox.sent == []


def test_a_mail_that_cannot_be_sent_is_said_so_in_words(place: Place) -> None:
    place.mailbox.broken = True
    answer = place.client.post("/transcript", json={"email": "lan@shop.example", "language": "es"})
    assert answer.status_code == 502
    assert "Inténtalo más tarde" in answer.json()["detail"]["reason"]
