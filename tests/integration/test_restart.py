"""Rows are the truth: whatever ends the desk, the next one goes on where it stopped."""

from collections.abc import Callable, Iterator

import pytest

from bot.messages import Inbound
from handoff import conversations, turns, visitors
from tests.integration.broken_engine import BrokenEngine
from tests.integration.harness import Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, text

MakeDesk = Callable[..., Desk]


@pytest.fixture
def stuck() -> Iterator[BrokenEngine]:
    """An engine that takes every question and never answers."""
    engine = BrokenEngine((500, b"{}"))
    engine.slow = True
    yield engine.start()
    engine.stop()


def restart(desk: Desk, visitor: Visitor) -> None:
    desk.stop()
    desk.start()
    visitor.reload()


def store_as_if_the_desk_ended_right_after(desk: Desk, visitor: Visitor, words: str) -> str:
    """The rows of a message that was taken in, and of the turn that is owed for it."""
    with desk.database.write() as session:
        identity = visitors.identify(session, visitor.token, desk.now())
        assert identity is not None
        row = conversations.take_in(session, "web", f"{identity.id}:browser-1", desk.now())
        conversation = conversations.begin(session, identity.id, "en", desk.now())
        content = {"type": "text", "text": words}
        message = conversations.add_message(session, conversation, "shopper", content, desk.now())
        assert row is not None
        row.message_id = message.id
        turns.owe(session, conversation, message.seq, words, None, desk.now())
        return conversation.id


def test_what_was_stored_before_a_crash_is_answered_after_it(own_desk: MakeDesk, engine: EngineStandin) -> None:
    desk = own_desk()
    visitor = Visitor(desk)
    desk.stop()
    conversation_id = store_as_if_the_desk_ended_right_after(desk, visitor, "stored and not answered")
    desk.start()
    visitor.reload()
    visitor.hears("You said: stored and not answered")
    assert [turn.state for turn in desk.turns(conversation_id)] == ["done"]


def test_the_browsers_second_try_after_a_crash_is_the_same_message(own_desk: MakeDesk) -> None:
    """It never learned that the desk had the message, so it sends it again."""
    desk = own_desk()
    visitor = Visitor(desk)
    store_as_if_the_desk_ended_right_after(desk, visitor, "sent twice")
    answer = visitor.send(text="sent twice", client_id="browser-1")
    assert (answer.status_code, answer.json()["duplicate"]) == (202, True)
    visitor.answered()
    assert visitor.texts("shopper") == ["sent twice"]


def test_a_question_whose_answer_was_cut_off_is_asked_again_after_its_lease(
    own_desk: MakeDesk, engine: EngineStandin, stuck: BrokenEngine
) -> None:
    desk = own_desk(stuck.url, engine_budget=60)
    visitor = Visitor(desk)
    visitor.send(text="cut off")
    wait_for("the engine to be asked", lambda: stuck.asked)
    desk.stop()
    desk.settings = desk.settings.model_copy(update={"engine_url": engine.url})
    desk.start()
    visitor.reload()
    visitor.hears("You said: cut off")
    assert visitor.texts("bot").count("You said: cut off") == 1
    assert desk.turns(visitor.conversation_id)[0].attempts == 2


def test_the_desk_stops_while_the_engine_still_thinks(own_desk: MakeDesk, stuck: BrokenEngine) -> None:
    desk = own_desk(stuck.url, engine_budget=60)
    visitor = Visitor(desk)
    visitor.send(text="hello")
    wait_for("the engine to be asked", lambda: stuck.asked)
    desk.stop()


def test_the_desk_stops_while_chats_and_consoles_are_open(own_desk: MakeDesk) -> None:
    desk = own_desk()
    visitor, agent = Visitor(desk), Console(desk, "Ada")
    with visitor.socket(), agent.socket():
        wait_for("her console to be seen", lambda: agent.list("queue")["people_online"])
        desk.stop()


def test_a_restart_keeps_conversations_tokens_and_sessions(own_desk: MakeDesk) -> None:
    desk = own_desk()
    visitor, agent = Visitor(desk), Console(desk, "Ada")
    visitor.says("hello")
    before = visitor.state()
    agent.act(visitor.conversation_id, "claim")
    restart(desk, visitor)
    assert visitor.state()["events"][: len(before["events"])] == before["events"]
    with desk.client(origin=desk.url) as again:
        again.cookies.update(agent.http.cookies)
        assert [row["id"] for row in again.get("/desk/api/list?tab=mine").json()["rows"]] == [visitor.conversation_id]


def test_messages_of_a_channel_that_is_switched_off_wait_in_the_outbox(
    own_desk: MakeDesk, engine: EngineStandin
) -> None:
    """They are not lost, and nothing is held up: the row stands there to be delivered when the channel is back."""
    engine.on("from telegram", text("an answer for telegram"))
    desk = own_desk()
    with desk.database.write() as session:
        inbound = Inbound("telegram", "1", "4711", "from telegram", desk.now())
        identity = conversations.ensure_identity(session, inbound.channel, inbound.address, "Lan", desk.now())
        conversation = conversations.begin(session, identity.id, "en", desk.now())
        message = conversations.add_message(session, conversation, "shopper", {"text": inbound.text}, desk.now())
        turns.owe(session, conversation, message.seq, inbound.text, None, desk.now())
    wait_for("the answer", lambda: "an answer for telegram" in desk.texts(conversation.id, "bot"))
    visitor = Visitor(desk)
    visitor.says("others go on")
    assert visitor.texts("bot")[-1] == "You said: others go on"
