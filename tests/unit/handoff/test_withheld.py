"""Whatever the desk tells a shopper whose channel takes nothing any more stays in her story, and is not sent in vain."""

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import bot
import handoff
from bot.fetching import Fetching
from bot.messages import Content
from bot.saying import say
from handoff import call_reminders, callbacks, conversations, file_fetches, left_messages, presence, ratings
from handoff.desk_acts import DeskActs
from handoff.file_fetches import Expected
from handoff.left_messages import Leaving
from handoff.model import Agent, Callback, Conversation, Identity, Message
from handoff.windows import Window
from handoff.wording import Wording
from tests.sources import syntax
from tests.unit.handoff.routing.people import all_seen, with_settings
from tests.unit.handoff.workbench import Bench, all_of

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

BOT_WORDS = Wording.load(Path(bot.__file__).parent / "words")
# NOON is a Monday.
CLOSED = {"hours": {"time_zone": "Asia/Ho_Chi_Minh", "tue": ["09:00-18:00"]}}
Way = Callable[[Bench, str], str]  # given an agent's id: the id of the conversation in which something was told


def said_in(desk: Bench, conversation_id: str) -> list[str]:
    """The ids of what nobody has written there."""
    with desk.database.read() as session:
        found = sorted(all_of(session, Message), key=lambda message: message.seq)
        return [m.id for m in found if m.conversation_id == conversation_id and m.author in ("desk", "bot")]


def of_ada(desk: Bench, ada: str) -> str:
    return desk.conversation("agent", agent=ada)


def merges(desk: Bench, ada: str) -> str:
    source, target = desk.conversation("queue"), desk.conversation("queue", channel="web")
    with desk.database.write() as session:
        here, there = (session.get_one(Conversation, one).identity_id for one in (source, target))
        session.get_one(Identity, there).contact_id = session.get_one(Identity, here).contact_id
    DeskActs(desk.acts).merge(source, ada, target, desk.now)
    return source


def is_taken_back(desk: Bench, ada: str) -> str:
    conversation_id = of_ada(desk, ada)
    all_seen(desk, ada)
    desk.later(hours=1)
    with desk.database.write() as session:
        acts, settings = desk.acts, desk.acts.settings
        grace, within = settings.gone_grace, settings.online_within
        assert presence.take_back(session, conversation_id, acts.wording, acts.windows, desk.now, grace, within)
    return conversation_id


def escalates(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation()
    with desk.database.write() as session:
        desk.acts.escalate(session, conversations.lock(session, conversation_id), "engine_unavailable", {}, desk.now)
    return conversation_id


def escalates_out_of_hours(desk: Bench, ada: str) -> str:
    with_settings(desk, **CLOSED)
    return escalates(desk, ada)


def claims(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation("queue")
    desk.acts.claim(conversation_id, ada, desk.now)
    return conversation_id


def resolves(desk: Bench, ada: str) -> str:
    conversation_id = of_ada(desk, ada)
    desk.acts.resolve(conversation_id, ada, desk.now)
    return conversation_id


def asks_for_the_number(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation("queue")
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        desk.acts.heard_waiting(session, conversation, "", callbacks.CALL_ME, desk.now)
    return conversation_id


def asks_for_a_rating(desk: Bench, ada: str) -> str:
    conversation_id = of_ada(desk, ada)
    with desk.database.write() as session:
        conversation, agent = conversations.lock(session, conversation_id), session.get_one(Agent, ada)
        ratings.ask(session, conversation, agent, desk.acts.wording, desk.acts.windows, desk.now)
    return conversation_id


def thanks_for_a_rating(desk: Bench, ada: str, payload: str = "desk:rate:4") -> str:
    conversation_id = asks_for_a_rating(desk, ada)
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        question = next(m for m in all_of(session, Message) if m.conversation_id == conversation_id)
        ratings.press(session, conversation, question, payload, desk.acts.wording, desk.acts.windows, desk.now)
    return conversation_id


def asks_for_a_comment(desk: Bench, ada: str) -> str:
    return thanks_for_a_rating(desk, ada, "desk:rate_comment")


def notes_a_comment(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation("closed")
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        ratings.comment(session, conversation, "kind", desk.acts.wording, desk.acts.windows, desk.now)
    return conversation_id


def could_not_fetch(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation("queue")
    expected = Expected("ref", "label.pdf", "application/pdf")
    with desk.database.write() as session:
        conversation, shown = conversations.lock(session, conversation_id), file_fetches.placeholder(expected)
        content = {"type": "text", "text": "", "attachments": [shown]}
        message = conversations.add_message(session, conversation, "shopper", content, desk.now)
        file_fetches.owe(session, message, "telegram", [(expected, shown)], desk.now)
    with desk.database.write() as session:
        (fetch,) = file_fetches.take(session, desk.now, 1)
    Fetching(desk.acts, lambda _: None, BOT_WORDS, lambda: desk.now)._failed(fetch, "failed", True, None)
    return conversation_id


def the_bot_answers(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation()
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        say(session, conversation, None, Content("text", "at last"), desk.acts.windows, desk.now)
    return conversation_id


def leaves_a_message(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation("queue")
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        content = {"type": "text", "text": "The lid was broken."}
        message = conversations.add_message(session, conversation, "shopper", content, desk.now)
        desk.acts.take_message(session, conversation, message, Leaving("lan@thu.example"), desk.now)
    return conversation_id


def wants_no_mail_any_more(desk: Bench, ada: str) -> str:
    conversation_id = leaves_a_message(desk, ada)
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        desk.acts.heard_waiting(session, conversation, "", left_messages.ONLY_HERE, desk.now)
    return conversation_id


def was_not_called(desk: Bench, ada: str) -> str:
    conversation_id = desk.conversation("queue")
    with desk.database.write() as session:
        call = Callback(conversation_id=conversation_id, phone="+84912345678", state="open", asked_at=desk.now)
        call.due_at = desk.now - timedelta(hours=1)
        session.add(call)
    with desk.database.write() as session:
        assert call_reminders.give_back(session, conversation_id, desk.acts.wording, desk.acts.windows, desk.now)
    return conversation_id


WAYS: dict[str, Way] = {
    "handoff.merging.merge": merges,
    "handoff.presence.take_back": is_taken_back,
    "handoff.acts.tell_place": escalates,
    "handoff.acts._tell_hours": escalates_out_of_hours,
    "handoff.acts.notice": claims,
    "handoff.acts.resolve": resolves,
    "handoff.call_reminders.give_back": was_not_called,
    "handoff.callbacks.say": asks_for_the_number,
    "handoff.left_messages._confirm": leaves_a_message,
    "handoff.left_messages.only_here": wants_no_mail_any_more,
    "handoff.ratings.ask": asks_for_a_rating,
    "handoff.ratings.press": thanks_for_a_rating,
    "handoff.ratings.press, the comment": asks_for_a_comment,
    "handoff.ratings.comment": notes_a_comment,
    "bot.fetching._failed": could_not_fetch,
    "bot.saying.say": the_bot_answers,
}
# E-mail takes words at any time.
ALWAYS_HEARD = {"bot.channels.email.welcome.greet"}


@pytest.mark.parametrize("name", WAYS)
def test_what_would_be_refused_stays_in_the_story_and_is_not_sent(bench: Bench, name: str) -> None:
    bench.acts = replace(bench.acts, windows={"telegram": Window(timedelta(hours=24))}.get)
    conversation_id = WAYS[name](bench, bench.agent())
    said = said_in(bench, conversation_id)
    assert said
    withheld = [event for event in bench.events(conversation_id) if event.kind == "delivery"]
    assert [(e.data["message_id"], e.data["state"], e.public) for e in withheld] == [
        (m, "withheld", False) for m in said
    ]
    assert bench.outbox() == []


@pytest.mark.parametrize("name", WAYS)
def test_what_is_taken_is_on_its_way(bench: Bench, name: str) -> None:
    bench.acts = replace(bench.acts, windows=lambda _: None)
    conversation_id = WAYS[name](bench, bench.agent())
    rows = [row.message_id for row in bench.outbox() if row.conversation_id == conversation_id]
    assert rows == said_in(bench, conversation_id)


def test_every_function_that_tells_is_tried_here(backend: str) -> None:
    """Who adds one adds a way to it above."""
    found = set()
    for package in (handoff, bot):
        root = Path(str(package.__file__)).parent
        for path in root.rglob("*.py"):
            place = ".".join((package.__name__, *path.relative_to(root).with_suffix("").parts))
            found |= {f"{place}.{name}" for name in tellers(syntax(path))}
    tried = {name.partition(",")[0] for name in WAYS} - {"handoff.acts.resolve"}
    assert found - {"handoff.notices.tell"} == tried | ALWAYS_HEARD


def tellers(module: ast.Module) -> set[str]:
    """The functions that tell a notice, or promise what nobody has written."""
    told = any(isinstance(n, ast.ImportFrom) and n.module == "handoff.notices" for n in ast.walk(module))
    names = {"enqueue_within", "tell"} if told else {"enqueue_within"}
    return {
        function.name
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _named(call.func) in names
    }


def _named(called: ast.expr) -> str:
    return (
        called.attr
        if isinstance(called, ast.Attribute) and _named(called.value) == "outbox"
        else getattr(called, "id", "")
    )
