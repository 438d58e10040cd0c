"""What agents do beside a conversation: labels, names, calls, suggested articles."""

from typing import Literal

import pytest

from handoff import callbacks, labels, shoppers, suggestions
from handoff.acts import NotYours
from handoff.callbacks import CalledMeanwhile, UnknownCallback
from handoff.conversations import UnknownConversation
from handoff.desk_acts import DeskActs
from handoff.desk_model import Suggestion
from handoff.erasure import erase
from handoff.labels import LabelError, UnknownLabel
from handoff.model import Audit, Callback, Conversation, Identity, Message, Outbox
from handoff.shoppers import BadName
from handoff.suggestions import NotSuggested, Suggested
from handoff.writing import Unsendable
from tests.unit.handoff.workbench import Bench, all_of


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


@pytest.fixture
def desk(bench: Bench) -> DeskActs:
    return DeskActs(bench.acts)


@pytest.fixture
def held(bench: Bench, ada: str) -> str:
    return bench.conversation("agent", agent=ada)


def acts_of(bench: Bench) -> list[str]:
    with bench.database.read() as session:
        return [row.act for row in all_of(session, Audit)]


# ---- labels --------------------------------------------------------------------------------------------------------


def test_a_label_is_put_on_once_and_every_screen_is_told_all_that_there_are(
    bench: Bench, desk: DeskActs, ada: str, held: str
) -> None:
    refund, vip = (desk.add_label(ada, name, "amber", bench.now) for name in (" Refund ", "VIP"))
    for label_id, on in ((refund, True), (refund, True), (vip, True), (refund, False), (refund, False)):
        desk.label(held, ada, label_id, on, bench.now)
    told = [[one["name"] for one in e.data["labels"]] for e in bench.events(held) if e.kind == "labels"]
    assert told == [["Refund"], ["Refund", "VIP"], ["VIP"]]
    assert not any(event.public for event in bench.events(held) if event.kind == "labels")
    assert acts_of(bench).count("label") == 2


def test_a_label_that_was_taken_away_stays_where_it_is_and_may_come_back(
    bench: Bench, desk: DeskActs, ada: str, held: str
) -> None:
    refund = desk.add_label(ada, "Refund", "amber", bench.now)
    desk.label(held, ada, refund, True, bench.now)
    desk.close_label(ada, refund, bench.now)
    with pytest.raises(UnknownLabel):
        desk.label(bench.conversation(), ada, refund, True, bench.now)
    with bench.database.read() as session:
        assert [one.name for one in labels.of(session, held)] == ["Refund"]
        assert labels.all_open(session) == []
    desk.label(held, ada, refund, False, bench.now)
    assert desk.add_label(ada, "refund", "red", bench.now) == refund


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "vip", "V I P "])
def test_a_label_has_a_name_of_its_own(bench: Bench, desk: DeskActs, ada: str, name: str) -> None:
    desk.add_label(ada, "VIP", "violet", bench.now)
    desk.add_label(ada, "V I P", "violet", bench.now)
    with pytest.raises(LabelError):
        desk.add_label(ada, name, "grey", bench.now)


# ---- the shopper ---------------------------------------------------------------------------------------------------


def test_a_name_reaches_all_open_conversations_and_the_audit_forgets_it(
    bench: Bench, desk: DeskActs, ada: str, held: str
) -> None:
    other = bench.conversation("queue", channel="web")
    with bench.database.write() as session:
        contact = session.get_one(Identity, session.get_one(Conversation, held).identity_id).contact_id
        session.get_one(Identity, session.get_one(Conversation, other).identity_id).contact_id = contact
    for _ in range(2):
        desk.rename(held, ada, "  Nguyễn\tThị \u202eLan ", bench.now)
    for conversation_id in (held, other):
        told = [event.data["name"] for event in bench.events(conversation_id) if event.kind == "shopper"]
        assert told == ["Nguyễn Thị Lan"]
    with bench.database.read() as session:
        assert "Lan" not in str([row.details for row in all_of(session, Audit)])
        found, addresses = shoppers.of(session, held)
        assert {one.channel for one in addresses} == {"telegram", "web"}
        assert {story.conversation.id for story in shoppers.stories(session, found)} == {held, other}
    with pytest.raises(BadName):
        desk.rename(held, ada, "x" * 121, bench.now)


def test_what_was_erased_is_gone_from_what_she_wrote_before(bench: Bench, ada: str, desk: DeskActs, held: str) -> None:
    desk.label(held, ada, desk.add_label(ada, "VIP", "teal", bench.now), True, bench.now)
    with bench.database.write() as session:
        contact, _ = shoppers.of(session, held)
        erase(session, contact, "test", bench.now)
    with bench.database.read() as session, pytest.raises(UnknownConversation):
        shoppers.of(session, held)


# ---- calls ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def call(bench: Bench) -> int:
    """A shopper in the queue waits for a call."""
    conversation_id = bench.conversation("queue")
    with bench.database.write() as session:
        row = Callback(conversation_id=conversation_id, phone="+442079460018", state="open", asked_at=bench.now)
        session.add(row)
        session.flush()
        return row.id


def waits(bench: Bench) -> list[tuple[int, int]]:
    """Open calls, and how often nobody answered."""
    with bench.database.read() as session:
        found = callbacks.waiting(session)
        return [(one.id, callbacks.tries_of(session, one.id, one.conversation_id)) for one in found]


def test_nobody_answered_and_the_call_waits_for_another_try(bench: Bench, desk: DeskActs, ada: str, call: int) -> None:
    desk.called(call, ada, "not_reached", "The line was busy.", 0, bench.now)
    with pytest.raises(CalledMeanwhile):  # the second click, or a colleague who looked before
        desk.called(call, ada, "not_reached", "The line was busy.", 0, bench.now)
    assert waits(bench) == [(call, 1)]
    desk.called(call, ada, "reached", "", 1, bench.later(hours=1))
    assert waits(bench) == []
    with pytest.raises(UnknownCallback):
        desk.called(call, ada, "cancelled", "", 1, bench.now)
    with bench.database.read() as session:
        conversation_id = all_of(session, Callback)[0].conversation_id
    assert bench.texts(conversation_id, "agent") == ["The line was busy."]
    told = [(e.data["state"], e.data["tries"]) for e in bench.events(conversation_id) if e.kind == "callback"]
    assert told == [("open", 1), ("done", 0)]


# ---- suggested articles --------------------------------------------------------------------------------------------


def refund(seq: int, article_id: str = "refund-time") -> Suggested:
    return Suggested(seq, article_id, "en", 1, 0.8)


def uses(bench: Bench) -> dict[str, tuple[str, str]]:
    with bench.database.read() as session:
        return {one.article_id: (one.used, one.question) for one in all_of(session, Suggestion)}


def test_what_became_of_a_suggestion_is_kept_with_the_question(bench: Bench, ada: str, held: str) -> None:
    asked = "How long does a refund take?"
    seq = bench.says(held, asked).seq

    def use(article_id: str, used: Literal["inserted", "dismissed"]) -> int:
        with bench.database.write() as session:
            return suggestions.use(session, held, ada, refund(seq, article_id), used, bench.now)

    row = use("refund-time", "inserted")
    assert use("refund-time", "inserted") == row, "a second click is no second choice"
    use("returns", "dismissed")
    with bench.database.read() as session:
        assert suggestions.dismissed(session, held, asked) == {"returns"}
    for _ in range(2):  # sent again, it is stored once
        bench.acts.reply(held, ada, "Three days.", "client-1", bench.now, suggested=[refund(seq), refund(seq, "late")])
    assert uses(bench) == {"refund-time": ("sent", asked), "returns": ("dismissed", asked), "late": ("sent", asked)}
    assert use("refund-time", "inserted") == row, "what is heard late changes nothing"
    assert uses(bench)["refund-time"] == ("sent", asked)


@pytest.mark.parametrize("text", ["", "Your order {order_number}"])
def test_what_does_not_go_out_leaves_no_evidence(bench: Bench, ada: str, held: str, text: str) -> None:
    seq = bench.says(held, "How long?").seq
    with pytest.raises(Unsendable):
        bench.acts.reply(held, ada, text, None, bench.now, suggested=[refund(seq)])
    assert uses(bench) == {}


def test_an_article_goes_out_as_a_card_with_its_evidence_or_not_at_all(
    bench: Bench, desk: DeskActs, ada: str, held: str
) -> None:
    seq = bench.says(held, "How long?").seq
    content = {"type": "article", "text": "Refunds", "article": {"id": "refund-time"}, "release": "r1"}

    def send(agent_id: str, *suggested: Suggested) -> str:
        return desk.send_card(held, agent_id, content, suggested, "client-1", bench.now)

    with pytest.raises(NotYours):
        send(bench.agent("Ben"), refund(seq))
    with pytest.raises(NotSuggested):
        send(ada, refund(seq), refund(seq + 1))
    assert (bench.texts(held, "agent"), uses(bench)) == ([], {})
    sent = send(ada, refund(seq))
    assert send(ada, refund(seq)) == sent
    assert uses(bench) == {"refund-time": ("sent", "How long?")}
    with bench.database.read() as session:
        (message,) = (one for one in all_of(session, Message) if one.author == "agent")
        assert (message.id, message.content) == (sent, content)
        (row,) = (one for one in all_of(session, Outbox) if one.message_id == sent)
        assert row.state == "queued"


def test_nothing_is_noted_for_what_the_shopper_did_not_say(bench: Bench, ada: str, held: str) -> None:
    bench.says(held, "How long?")
    answer = bench.says(held, "Three days.", "agent").seq
    for wrong in (answer, answer + 1):
        with pytest.raises(NotSuggested), bench.database.write() as session:
            suggestions.use(session, held, ada, refund(wrong), "inserted", bench.now)
        with pytest.raises(NotSuggested):
            bench.acts.reply(held, ada, "Four days.", None, bench.now, suggested=[refund(wrong)])
    assert uses(bench) == {}
    assert bench.texts(held, "agent") == ["Three days."]
