"""Out of hours: what the shopper is told, and how she asks for a call."""

from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from bot.gateway import Gateway
from bot.messages import Inbound
from bot.rendering import Renderer
from handoff import callbacks, conversations
from handoff.callbacks import UnknownCallback
from handoff.model import Agent, Audit, Callback, Conversation, Identity, Message, Team, Turn
from handoff.phone_numbers import find_numbers, wish_in
from handoff.wording import Wording
from tests.unit.handoff.routing.people import agent, escalates, team, with_settings
from tests.unit.handoff.workbench import Bench, all_of

REGIONS = ("GB", "ES", "VN")
# NOON is a Monday.
CLOSED = {"hours": {"time_zone": "Asia/Ho_Chi_Minh", "tue": ["09:00-18:00"]}}


# ---- numbers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number", "wish"),
    [
        ("020 7946 0018", "+442079460018", ""),
        ("+34 912 345 678", "+34912345678", ""),
        ("0912 345 678 after six please", "+84912345678", "after six please"),
        ("call 07400 123456, mornings.", "+447400123456", "call, mornings"),
    ],
)
def test_a_number_is_found_as_people_write_it(text: str, number: str, wish: str) -> None:
    match = next(find_numbers(text, REGIONS))
    assert phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164) == number
    assert wish_in(text, match) == wish


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "order 100234 of 12.03.2026",
        "+1 212 555 0123",  # of no region of the shop's
        "0909 879 0123",  # dear: a British premium number
        "+44 9098 790123",
        "999",
        "00000000000000000000",
    ],
)
def test_what_the_shop_would_not_call_is_not_found(text: str) -> None:
    assert [match.raw_string for match in find_numbers(text, REGIONS)] == []


# ---- out of hours -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Our team is back tomorrow at 09:00 (UTC+7)."),
        ("es", "El equipo vuelve mañana a las 9:00 (UTC+7)."),
        ("vi", "Đội ngũ sẽ trở lại ngày mai lúc 09:00 (UTC+7)."),
    ],
)
def test_out_of_hours_the_shopper_learns_when_people_are_back(bench: Bench, language: str, words: str) -> None:
    with_settings(bench, **CLOSED)
    agent(bench)  # a console that was left open is no opening hour
    conversation_id = escalates(bench, language=language)
    assert words in bench.texts(conversation_id, "desk")[-1]
    assert bench.row(conversation_id).owner == "queue"


def test_a_team_has_hours_of_its_own(bench: Bench) -> None:
    team_id = team(bench, "Night", agent(bench))
    with bench.database.write() as session:
        session.get_one(Team, team_id).hours = {"mon": ["00:00-24:00"]}
    with_settings(bench, routes=[{"reasons": ["anger"], "team": "Night"}], **CLOSED)
    assert "number 1 in line" in bench.texts(escalates(bench, "anger"), "desk")[-1]
    assert "nobody is here" in bench.texts(escalates(bench, "asked"), "desk")[-1]


def test_hours_that_cannot_be_read_keep_nobody_from_the_queue(bench: Bench) -> None:
    team_id = team(bench, "Night", agent(bench))
    with bench.database.write() as session:
        session.get_one(Team, team_id).hours = {"mon": "noon"}
    with_settings(bench, routes=[{"team": "Night"}], **CLOSED)
    conversation_id = escalates(bench)
    assert bench.row(conversation_id).owner == "queue"
    assert "tomorrow" in bench.texts(conversation_id, "desk")[-1]


def test_a_shop_that_never_opens_names_no_time(bench: Bench) -> None:
    with_settings(bench, hours={})
    assert "for the time being" in bench.texts(escalates(bench), "desk")[-1]


# ---- asking for a call --------------------------------------------------------------------------------------------------


class Shopper:
    """Writes and presses through the gateway, as every channel does."""

    def __init__(self, bench: Bench, language: str = "en") -> None:
        self.bench = bench
        words = Wording.load(Path(callbacks.__file__).parents[1] / "bot" / "words")
        self.gateway = Gateway(bench.acts, None, Renderer(words, "https://x"))  # type: ignore[arg-type]
        self.id = escalates(bench, language=language)
        self.sent = 0

    def says(self, text: str = "", button: str | None = None) -> list[str]:
        """Returns what the desk said to it."""
        before = len(self.bench.texts(self.id, "desk"))
        self.sent += 1
        with self.bench.database.read() as session:
            address = session.get_one(Identity, session.get_one(Conversation, self.id).identity_id).address
        self.bench.later(seconds=1)
        inbound = Inbound("telegram", f"{self.id}-{self.sent}", address, text, self.bench.now, button_id=button)
        assert self.gateway.receive(inbound, self.bench.now).conversation_id == self.id
        return self.bench.texts(self.id, "desk")[before:]

    def presses(self, title: str) -> list[str]:
        with self.bench.database.read() as session:
            buttons = [b for m in all_of(session, Message) for b in m.content.get("buttons", ())]
        return self.says(button=next(b["id"] for b in reversed(buttons) if b["title"] == title))

    def call(self) -> Callback | None:
        with self.bench.database.read() as session:
            return callbacks.of_conversation(session, self.id)


@pytest.fixture
def lan(bench: Bench) -> Shopper:
    with_settings(bench, **CLOSED)
    return Shopper(bench)


def test_a_shopper_asks_for_a_call_and_it_is_taken_down(bench: Bench, lan: Shopper) -> None:
    (asked,) = lan.presses("Please call me")
    assert asked.startswith("Which number may we call?")
    assert lan.says("let me look") == []
    (noted,) = lan.says("0912 345 678, after six")
    assert noted.startswith("Noted: we call +84 912 345 678.")
    call = lan.call()
    assert call is not None
    assert (call.phone, call.wish, call.asked_at) == ("+84912345678", "after six", bench.now)
    assert bench.row(lan.id).owner == "queue"
    (event,) = [event for event in bench.events(lan.id) if event.kind == "callback"]
    assert (event.public, event.data["phone"], event.data["state"]) == (False, "+84912345678", "open")
    with bench.database.read() as session:
        (audit,) = [one for one in all_of(session, Audit) if one.act == "ask callback"]
    assert "912" not in str(audit.details)


def test_another_number_replaces_the_first(bench: Bench, lan: Shopper) -> None:
    lan.presses("Please call me")
    lan.says("0912 345 678 in the morning")
    lan.says("sorry: 020 7946 0018")
    with bench.database.read() as session:
        (call,) = all_of(session, Callback)
    assert (call.phone, call.state, call.wish) == ("+442079460018", "open", "sorry")


def test_a_number_that_cannot_be_called_is_asked_for_again(lan: Shopper) -> None:
    lan.presses("Please call me")
    (unclear,) = lan.says("+1 212 555 0123")
    assert "country code" in unclear
    (noted,) = lan.says("+44 20 7946 0018")
    assert "+44 20 7946 0018" in noted


def test_a_call_can_be_cancelled_and_asked_for_again(lan: Shopper) -> None:
    lan.presses("Please call me")
    lan.says("0912 345 678")
    (cancelled,) = lan.presses("Do not call me")
    assert cancelled.startswith("Nobody will call you.")
    assert lan.call() is None
    assert lan.presses("Do not call me") == []
    assert lan.says("0912 345 678") == []  # nobody asked for it
    lan.presses("Please call me")
    lan.says("0912 345 678")
    assert lan.call() is not None


def test_asking_twice_tells_what_is_noted(lan: Shopper) -> None:
    lan.presses("Please call me")
    lan.says("0912 345 678")
    assert lan.presses("Please call me")[0].startswith("Noted")


def test_a_number_without_having_asked_for_a_call_is_only_a_message(lan: Shopper) -> None:
    assert lan.says("0912 345 678") == []
    assert lan.call() is None


@pytest.mark.parametrize("owner", ["agent", "bot", "closed"])
def test_a_call_can_be_asked_for_whoever_has_the_conversation(bench: Bench, lan: Shopper, owner: str) -> None:
    ada = agent(bench)
    bench.acts.claim(lan.id, ada, bench.now)
    if owner == "bot":
        bench.acts.give_to_bot(lan.id, ada, bench.now)
    elif owner == "closed":
        bench.acts.resolve(lan.id, ada, bench.now)
    assert lan.presses("Please call me")[0].startswith("Which number may we call?")
    assert "country code" in lan.says("091234")[0]
    assert lan.says("0912 345 678")[0].startswith("Noted")
    assert lan.call() is not None
    row = bench.row(lan.id)
    # An agent goes on; the bot has nothing to do with it, and people get it at once.
    assert (row.owner, row.reason) == (("agent", "asked") if owner == "agent" else ("queue", "call"))
    with bench.database.read() as session:
        assert all(turn.button is None for turn in all_of(session, Turn)), "nothing of it was said to the bot"
        assert not [turn for turn in all_of(session, Turn) if "0912" in turn.text]


@pytest.mark.parametrize("owner", ["agent", "bot"])
def test_with_bot_and_agents_only_the_very_next_words_are_a_number_to_call(
    bench: Bench, lan: Shopper, owner: str
) -> None:
    ada = agent(bench)
    bench.acts.claim(lan.id, ada, bench.now)
    if owner == "bot":
        bench.acts.give_to_bot(lan.id, ada, bench.now)
    lan.presses("Please call me")
    assert lan.says("oh, where is CS-204539 by the way") == []
    with bench.database.write() as session:
        conversation = conversations.lock(session, lan.id)
        asked = {"type": "text", "text": "Which number stands in the order?"}
        by = {"agent": session.get_one(Agent, ada)} if owner == "agent" else {}
        conversations.add_message(session, conversation, owner, asked, bench.now, **by)  # type: ignore[arg-type]
    assert lan.says("0912 345 678") == []
    assert lan.call() is None
    assert bench.row(lan.id).owner == owner


def test_a_shop_that_does_not_call_offers_no_call(bench: Bench) -> None:
    with_settings(bench, callbacks=False, **CLOSED)
    escalates(bench)
    with bench.database.read() as session:
        assert all("buttons" not in message.content for message in all_of(session, Message))


def test_who_waits_while_nobody_is_there_may_ask_for_a_call_within_hours_too(bench: Bench) -> None:
    shopper = Shopper(bench)
    assert shopper.presses("Please call me")


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_an_agent_settles_a_call_once(bench: Bench, lan: Shopper, state: Any) -> None:
    ada = agent(bench)
    lan.presses("Please call me")
    lan.says("0912 345 678")
    call = lan.call()
    assert call is not None
    with bench.database.write() as session:
        callbacks.settle(session, call.id, state, ada, bench.now)
    with bench.database.read() as session:
        settled = session.get_one(Callback, call.id)
        assert callbacks.waiting(session) == []
    assert (settled.state, settled.agent_id, settled.ended_at) == (state, ada, bench.now)
    for unknown in (call.id, call.id + 1):
        with pytest.raises(UnknownCallback), bench.database.write() as session:
            callbacks.settle(session, unknown, state, ada, bench.now)
