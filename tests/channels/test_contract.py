"""What shoppers and agents can rely on, whatever the channel: one scripted shopper on each of them.

The desk is the real application with a stand-in for the engine; each channel's provider has one of its own. How a channel
joins: tests/channels/README.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import workers
from handoff import erasure, outbox
from handoff.model import Conversation, Identity, Inbound, Message, Outbox
from tests.channels.adapters.base import NUMBERS, Adapter, Failure, Got, Shopper
from tests.channels.adapters.email import EmailAdapter
from tests.channels.adapters.meta import MessengerAdapter, WhatsAppAdapter
from tests.channels.adapters.telegram import TelegramAdapter
from tests.channels.adapters.web import WebAdapter
from tests.channels.adapters.zalo import ZaloAdapter
from tests.databases import Templates
from tests.integration.harness import Console, Desk, Json, wait_for
from tests.standins.engine import EngineStandin, Reply, article, handoff, text
from tests.standins.knowledge import KnowledgeStandin
from tests.standins.knowledge import article as known_article

ADAPTERS: tuple[type[Adapter], ...] = (
    WebAdapter, TelegramAdapter, WhatsAppAdapter, MessengerAdapter, ZaloAdapter, EmailAdapter,
)  # fmt: skip
pytestmark = pytest.mark.timeout(60)

ASK_NUMBER: Json = {"custom": {"kind": "ask", "field": "order_number"}}
ORDER: Json = {
    "kind": "order",
    "order": {
        "number": "CS-204518",
        "state": "sent",
        "placed_on": "2026-01-02",
        "sent_on": "2026-01-03",
        "expected_on": "2026-01-06",
        "delivered_on": None,
        "items": [{"name": "Teapot", "quantity": 2}],
        "carrier": "GHN",
        "tracking_number": "GHN0099",
        "tracking_url": "https://track.example/GHN0099",
    },
}


@dataclass
class Line:
    """A running desk with one channel, and who is at both ends."""

    adapter: Adapter
    desk: Desk
    engine: EngineStandin
    ada: Console

    def says(self, shopper: Shopper, words: str) -> None:
        self.adapter.deliver(shopper.write(words))

    def gets(self, shopper: Shopper, words: str) -> Got:
        """Wait until a message with these words has reached her."""
        return wait_for(f"“{words}”", lambda: next((one for one in shopper.got() if words in one.text), None))

    def stored(self, words: str) -> list[Message]:
        """The shoppers' messages of these words."""
        with self.desk.database.read() as session:
            written = session.scalars(select(Message).where(Message.author == "shopper").order_by(Message.seq))
            return [message for message in written if message.content["text"] == words]

    def conversation(self, words: str) -> str:
        """The id of the one conversation in which a shopper wrote this."""
        (conversation_id,) = {message.conversation_id for message in self.stored(words)}
        return conversation_id

    def rows(self, words: str) -> list[Outbox]:
        """The outbox rows of messages with these words, to anybody."""
        with self.desk.database.read() as session:
            both = select(Outbox, Message).join(Message, Message.id == Outbox.message_id).order_by(Outbox.id)
            return [row for row, message in session.execute(both) if words in message.content["text"]]

    def counts(self) -> tuple[int | None, ...]:
        """How much there is of everything that a request could leave behind."""
        with self.desk.database.read() as session:
            tables: tuple[Any, ...] = (Inbound, Identity, Conversation, Message, Outbox)
            return tuple(session.scalar(select(func.count()).select_from(table)) for table in tables)

    def waiting(self, shopper: Shopper) -> str:
        """She asks for a person, and Ada has claimed her; the conversation's id."""
        words = f"a person, please {next(NUMBERS)}"
        self.engine.on(words, handoff(words))
        self.says(shopper, words)
        conversation_id = self.conversation(words)
        wait_for("the queue", lambda: self.desk.conversation(conversation_id).owner == "queue")
        assert self.ada.act(conversation_id, "claim").status_code == 204
        return conversation_id

    def settled(self, shopper: Shopper, conversation_id: str) -> None:
        """Wait until nothing is on its way to her, so that what comes next is the next that is sent."""

        def still() -> bool:
            with self.desk.database.read() as session:
                open_rows = select(Outbox.id).where(
                    Outbox.conversation_id == conversation_id, Outbox.state.in_(("queued", "sending"))
                )
                return session.scalar(open_rows.limit(1)) is None

        wait_for("everything to be sent", still)

    def reply(self, conversation_id: str, words: str) -> None:
        assert self.ada.act(conversation_id, "reply", text=words).status_code == 201


@pytest.fixture(scope="module")
def line(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    """One desk for all tests of a channel: each test has shoppers of its own."""
    adapter: Adapter = request.param()
    folder = tmp_path_factory.mktemp(adapter.name)
    engine = EngineStandin().start()
    knowledge = KnowledgeStandin([known_article("returns", "Returns", "You have **30** days.", 0.9)]).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQDESK_PROJECT", str(folder))
        patch.setattr(outbox, "_FIRST_DELAY", timedelta(milliseconds=50))
        patch.setattr(workers, "_LOOK_EVERY_SECONDS", 0.05)
        url = templates.new("sqlite", folder)
        desk = Desk(url, engine.url, knowledge_url=knowledge.url, **adapter.start(patch)).start()
        adapter.connect(desk)
        yield Line(adapter, desk, engine, Console(desk, "Ada"))
        desk.close()
        adapter.stop()
        knowledge.stop()
        engine.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test on every channel; those of failures where the desk sends."""
    adapters = [one for one in ADAPTERS if one.pushes or not metafunc.definition.get_closest_marker("pushing")]
    metafunc.parametrize("line", adapters, indirect=True, ids=lambda one: str(one.name), scope="module")


# ---- the bot --------------------------------------------------------------------------------------------------------


def test_a_question_gets_its_article_and_a_button_is_pressed(line: Line) -> None:
    shopper = line.adapter.shopper()
    line.engine.on("returns?", article("Returns", "Send it **back** within 30 days."))
    line.engine.on("/helpful", text("Good to know."))
    line.says(shopper, "returns?")
    shown = line.gets(shopper, "Send it back within 30 days.")
    assert "Returns" in shown.text
    assert list(shown.buttons) == ["Yes", "No"]
    assert "bot" in shopper.got()[0].text  # before anything else it says what it is

    line.adapter.deliver(shopper.press(shown, "Yes"))
    line.gets(shopper, "Good to know.")
    assert line.engine.asked[-1]["metadata"]["button"] == "/helpful"
    assert line.stored("Yes")[-1].conversation_id == line.conversation("returns?")


def test_an_order_is_tracked(line: Line) -> None:
    shopper, number = line.adapter.shopper(), next(NUMBERS)
    line.engine.on(f"where is it {number}", Reply((ASK_NUMBER,)))
    line.engine.on(f"CS-204518 {number}", Reply(({"custom": ORDER},)))
    line.says(shopper, f"where is it {number}")
    wait_for("the question for the number", lambda: len(shopper.got()) == 2)
    line.says(shopper, f"CS-204518 {number}")
    shown = line.gets(shopper, "2 × Teapot").text
    assert all(words in shown for words in ("CS-204518", "GHN0099", "6 January 2026"))


def test_a_button_of_somebody_else_does_nothing(line: Line) -> None:
    hers, other, asked = line.adapter.shopper(), line.adapter.shopper(), f"mine {next(NUMBERS)}"
    line.engine.on(asked, text("Choose.", ("Mine", "/mine")))
    line.says(hers, asked)
    shown = line.gets(hers, "Choose.")
    line.says(other, f"theirs {asked}")
    line.gets(other, f"You said: theirs {asked}")
    before = line.counts()
    line.adapter.deliver(other.press(shown, "Mine"))
    assert line.counts() == before
    assert "/mine" not in [request["metadata"].get("button") for request in line.engine.asked]


def test_an_article_that_an_agent_sends_looks_like_the_bots_and_asks_nothing(line: Line) -> None:
    shopper = line.adapter.shopper()
    conversation_id = line.waiting(shopper)
    card = {"article_id": "returns", "language": "en", "client_id": f"client-{next(NUMBERS):04}"}
    assert line.ada.act(conversation_id, "card", **card).status_code == 201
    shown = line.gets(shopper, "You have 30 days.")
    assert "Returns" in shown.text
    assert "/help/en/returns" in shown.text
    assert not shown.buttons
    assert "Did this help" not in "".join(one.text for one in shopper.got())


def test_a_file_reaches_the_agent(line: Line) -> None:
    if not line.adapter.takes_files:
        return  # its tests say what the shopper is told
    shopper = line.adapter.shopper()
    conversation_id = line.waiting(shopper)
    content = f"%PDF-1.7\n{next(NUMBERS)}\n%%EOF".encode()
    line.adapter.deliver(shopper.send_file("receipt.pdf", content, "it came so"))

    def file() -> Json | None:
        here = line.ada.reads(conversation_id)["events"]
        known = {one["id"]: one for event in here for one in event.get("content", {}).get("attachments", ())}
        known |= {event["file"]["id"]: event["file"] for event in here if event["kind"] == "file"}
        return next(
            (one for one in known.values() if one.get("media_type") == "application/pdf" and one.get("size")), None
        )

    found = wait_for("the file", file)
    assert found["name"].endswith(".pdf")
    assert found["size"] == len(content)


def test_an_agents_file_reaches_the_shopper(line: Line) -> None:
    shopper, number = line.adapter.shopper(), next(NUMBERS)
    conversation_id = line.waiting(shopper)
    content = f"%PDF-1.7\n{number}\n%%EOF".encode()
    put = line.ada.http.post(
        f"/desk/api/conversations/{conversation_id}/files", params={"name": f"label {number}.pdf"}, content=content
    )
    file_id = put.raise_for_status().json()["id"]
    assert line.ada.act(conversation_id, "reply", text=f"your label {number}", files=[file_id]).status_code == 201
    line.gets(shopper, f"your label {number}")
    wait_for("the file", lambda: any(content in one.files for one in shopper.got()))
    assert all(row.why is None for row in line.rows(f"label {number}"))


# ---- in once --------------------------------------------------------------------------------------------------------


def test_the_same_thing_delivered_again_is_stored_once(line: Line) -> None:
    shopper, words = line.adapter.shopper(), f"once {next(NUMBERS)}"
    sent = shopper.write(words)
    line.adapter.deliver(sent, sent)
    line.gets(shopper, f"You said: {words}")
    line.adapter.deliver(sent)
    line.says(shopper, f"then {words}")
    line.gets(shopper, f"You said: then {words}")
    assert len(line.stored(words)) == 1
    assert sum(one.text == f"You said: {words}" for one in shopper.got()) == 1


def test_what_comes_in_another_order_is_all_taken_in(line: Line) -> None:
    shopper, number = line.adapter.shopper(), next(NUMBERS)
    first, second = shopper.write(f"first {number}"), shopper.write(f"second {number}")
    line.adapter.deliver(second, first)
    for words in (f"first {number}", f"second {number}"):
        line.gets(shopper, f"You said: {words}")
    assert line.conversation(f"first {number}") == line.conversation(f"second {number}")


def test_a_forged_request_leaves_nothing(line: Line) -> None:
    sent = line.adapter.shopper().write(f"let me in {next(NUMBERS)}")
    before = line.counts()
    codes = line.adapter.forge(sent)
    assert len(codes) >= 4
    assert set(codes) <= {400, 401, 403}
    assert line.counts() == before


# ---- people ---------------------------------------------------------------------------------------------------------


def test_a_person_is_asked_for_answers_once_and_is_rated(line: Line) -> None:
    shopper, number = line.adapter.shopper(), next(NUMBERS)
    conversation_id = line.waiting(shopper)
    line.gets(shopper, "a person")
    line.reply(conversation_id, f"Hello from Ada {number}")
    line.gets(shopper, f"Hello from Ada {number}")
    wait_for("its state", lambda: [row.state for row in line.rows(f"Ada {number}")] == ["sent"])

    asked = len(line.engine.asked)
    line.says(shopper, f"thank you {number}")
    assert line.conversation(f"thank you {number}") == conversation_id
    line.reply(conversation_id, f"You are welcome {number}")
    line.gets(shopper, f"You are welcome {number}")
    assert len(line.engine.asked) == asked  # the bot is silent while a person has the conversation
    assert sum(f"Hello from Ada {number}" in one.text for one in shopper.got()) == 1
    assert line.ada.act(conversation_id, "resolve").status_code == 204

    # She is asked how the help was, and what she answers opens nothing again.
    line.adapter.deliver(shopper.press(line.gets(shopper, "How was the help?"), "4 · Good"))
    line.gets(shopper, "that is noted")
    told = [event for event in line.ada.reads(conversation_id)["events"] if event["kind"] == "rated"]
    assert [event["score"] for event in told] == [4]
    assert line.desk.conversation(conversation_id).owner == "closed"


def test_replies_arrive_in_their_order(line: Line) -> None:
    shopper, number = line.adapter.shopper(), next(NUMBERS)
    conversation_id = line.waiting(shopper)
    line.settled(shopper, conversation_id)
    if line.adapter.pushes:
        line.adapter.fail(shopper, "broken")
    replies = [f"{step} {number}" for step in ("one", "two", "three")]
    for words in replies:
        line.reply(conversation_id, words)
    line.gets(shopper, replies[-1])
    # Not by the number alone: the number of a ticket may hold it.
    assert [words for one in shopper.got() for words in replies if words in one.text] == replies


@pytest.mark.pushing
@pytest.mark.parametrize("failure", ["wait", "broken", "silent"])
def test_what_passes_is_tried_again_and_doubt_is_told(line: Line, failure: Failure) -> None:
    shopper, words = line.adapter.shopper(), f"persistent {next(NUMBERS)}"
    conversation_id = line.waiting(shopper)
    line.settled(shopper, conversation_id)
    tried = line.adapter.tried(shopper)
    line.adapter.fail(shopper, failure)
    line.reply(conversation_id, words)
    wait_for("the second try", lambda: [row.state for row in line.rows(words)] == ["sent"])
    assert line.adapter.tried(shopper) == tried + 2
    # Only silence leaves open whether she has it: then she may have it twice, and the agent is told.
    assert [row.uncertain for row in line.rows(words)] == [failure == "silent"]
    assert sum(words in one.text for one in shopper.got()) == (2 if failure == "silent" else 1)


@pytest.mark.pushing
def test_what_is_refused_for_good_is_parked_with_the_reason(line: Line) -> None:
    shopper, words = line.adapter.shopper(), f"unwanted {next(NUMBERS)}"
    conversation_id = line.waiting(shopper)
    line.settled(shopper, conversation_id)
    tried = line.adapter.tried(shopper)
    line.adapter.fail(shopper, "refused")
    line.reply(conversation_id, words)
    wait_for("it to be parked", lambda: [row.state for row in line.rows(words)] == ["dead"])
    assert line.adapter.tried(shopper) == tried + 1
    (row,) = line.rows(words)
    reason = row.error or ""
    assert len(reason) > 20
    assert reason in line.ada.http.get(f"/desk/api/conversations/{conversation_id}").text


def test_who_was_erased_begins_anew(line: Line) -> None:
    shopper, words = line.adapter.shopper(), f"forget me {next(NUMBERS)}"
    sent = shopper.write(words)
    line.adapter.deliver(sent)
    line.gets(shopper, f"You said: {words}")
    with line.desk.database.write() as session:
        contact = erasure.find(session, conversation_id=line.conversation(words))
        erasure.erase(session, contact, "cli", line.desk.now())
    assert line.stored(words) == []

    again = shopper.anew()
    if again is shopper:
        line.adapter.deliver(sent)  # late repetitions are no news
        assert line.stored(words) == []
    line.says(again, f"hello again {words}")
    line.gets(again, f"You said: hello again {words}")
    assert len(line.stored(f"hello again {words}")) == 1
