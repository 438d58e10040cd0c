"""Service windows: how long free text is taken, what agents are told of it, and templates afterwards."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.channels.zalo.payloads import replies
from handoff import conversations, outbox, windows
from handoff.free_replies import FreeReplies
from handoff.model import Identity, Outbox
from handoff.windows import Chosen, Template, UnknownTemplate, Window, WindowOver
from tests.channels.wire import Wire, wa_message, whatsapp
from tests.unit.bot.scripted import NOON

pytestmark = pytest.mark.timeout(60)
DAY = timedelta(hours=24)


def _shown(wire: Wire, identity: Identity) -> dict[str, Any] | None:
    with wire.database.read() as session:
        return windows.shown(session, wire.acts.windows, identity)


def shown(wire: Wire) -> dict[str, Any]:
    (identity,) = wire.rows(Identity)
    found = _shown(wire, identity)
    assert found is not None
    return found


async def test_free_text_ends_a_day_after_the_shoppers_latest_word(wire: Wire) -> None:
    written = NOON - timedelta(hours=2)  # the call came late; the window is counted from when she wrote
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello", timestamp=str(int(written.timestamp())))))
    assert shown(wire)["until"] == (written + DAY).isoformat()
    earlier = wa_message("0", inside="sorry", timestamp=str(int(written.timestamp()) - 500))
    await wire.post("whatsapp", whatsapp(earlier))  # out of order: nothing moves back
    future = wa_message("2", inside="now", timestamp=str(int((NOON + DAY).timestamp())))
    assert shown(wire)["until"] == (written + DAY).isoformat()

    await wire.answer()
    agent, conversation_id = wire.agent_has(wire.conversation_id), wire.conversation_id
    wire.stage.now = written + DAY - timedelta(seconds=1)
    wire.acts.reply(conversation_id, agent, "Just in time", "client-0001", wire.stage.now)
    wire.stage.now = written + DAY
    with pytest.raises(WindowOver):
        wire.acts.reply(conversation_id, agent, "Too late", "client-0002", wire.stage.now)
    again = wire.acts.reply(conversation_id, agent, "Just in time", "client-0001", wire.stage.now)
    assert again in {row.message_id for row in wire.rows(Outbox)}  # sent a second time it is the one that was taken
    wire.acts.note(conversation_id, agent, "nobody told her", None, wire.stage.now)
    assert wire.stage.texts("agent") == ["Just in time", "nobody told her"]

    # The desk sends nothing either that would not arrive: it stays in the story, and what happens, happens.
    on_their_way = len(wire.rows(Outbox))
    wire.acts.resolve(conversation_id, agent, wire.stage.now)
    assert wire.stage.conversation(conversation_id).owner == "closed"
    assert "Ada" in wire.stage.texts("desk")[-1]
    assert wire.told("delivery")[-1]["state"] == "withheld"
    assert len(wire.rows(Outbox)) == on_their_way
    # A clock ahead of ours opens the window no further than from now.
    await wire.post("whatsapp", whatsapp(future))
    assert shown(wire)["until"] == (wire.stage.now + DAY).isoformat()


async def test_a_template_is_sent_when_free_text_is_over(wire: Wire) -> None:
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.answer()
    agent, conversation_id = wire.agent_has(wire.conversation_id), wire.conversation_id
    await wire.deliver()
    wire.stage.now += 3 * DAY
    assert [one["variables"] for one in shown(wire)["templates"]] == [["name", "order"]]
    chosen = Chosen("parcel_back", "en", {"name": " Lan\n Anh ", "order": "A-1"})
    for wrong in (
        Chosen("parcel_lost", "en", {}),
        Chosen("parcel_back", "vi", chosen.values),
        Chosen("parcel_back", "en", {"name": "Lan"}),
        Chosen("parcel_back", "en", {"name": "Lan", "order": "  "}),
        Chosen("parcel_back", "en", {"name": "Lan", "order": "A-1", "more": "x"}),
    ):
        with pytest.raises(UnknownTemplate):
            wire.acts.send_template(conversation_id, agent, wrong, None, wire.stage.now)
    ids = {wire.acts.send_template(conversation_id, agent, chosen, "client-0001", wire.stage.now) for _ in range(2)}
    assert len(ids) == 1
    await wire.deliver()
    sent = wire.meta.sent[-1]
    assert (sent["type"], sent["template"]["name"], sent["template"]["language"]) == (
        "template", "parcel_back", {"code": "en"}
    )  # fmt: skip
    assert [one["text"] for one in sent["template"]["components"][0]["parameters"]] == ["Lan Anh", "A-1"]
    assert wire.stage.texts("agent") == ["Hello Lan Anh, your parcel A-1 is back with us."]


def said(wire: Wire, *contents: dict[str, Any]) -> list[str]:
    """The desk's words in the only conversation, on their way; returns the messages' ids."""
    with wire.database.write() as session:
        conversation = conversations.lock(session, wire.conversation_id)
        messages = [conversations.add_message(session, conversation, "bot", one, wire.stage.now) for one in contents]
        for message in messages:
            outbox.enqueue(session, conversation, message, wire.stage.now)
        return [message.id for message in messages]


async def test_free_replies_are_counted_from_the_shoppers_latest_word(wire: Wire) -> None:
    """With Zalo's window on the wire's WhatsApp: eight within 48 hours, paid ones until seven days if the shop allows them."""

    def counts(**more: Any) -> dict[str, Any]:
        window = Window(2 * DAY, free=FreeReplies(8, replies, 7 * DAY), **more)
        wire.acts = replace(wire.acts, windows={"whatsapp": window}.get)
        return dict(shown(wire)["free"])

    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    at = wire.rows(Identity)[0].wrote_at
    assert counts() == {
        "until": (at + 2 * DAY).isoformat(), "left": 8, "paid_until": (at + 7 * DAY).isoformat()
    }  # fmt: skip
    long, file = {"type": "text", "text": "word " * 500}, {"type": "text", "text": "", "attachments": [{"id": "1"}]}
    template = {"type": "template", "text": "x", "template": {}}
    first, *_ = said(wire, {"type": "text", "text": "hi"}, long, file, template)
    assert counts()["left"] == 4  # one, two parts, one file, and no reply: all on their way
    wire.set_outbox(first, state="dead")
    assert counts()["left"] == 5  # what did not arrive was not counted there either
    for row in wire.rows(Outbox):
        wire.set_outbox(row.message_id, state="sent", sent_at=wire.stage.now)
    assert counts()["left"] == 4
    said(wire, *[{"type": "text", "text": "more"}] * 9)
    assert counts()["left"] == 0  # a ninth is sent: it costs, and the agent was told
    agent, conversation_id = wire.agent_has(wire.conversation_id), wire.conversation_id
    wire.acts.reply(conversation_id, agent, "Costs", "client-0001", wire.stage.now)
    for row in wire.rows(Outbox):
        wire.set_outbox(row.message_id, state="sent", sent_at=wire.stage.now)

    wire.stage.now += DAY
    await wire.post(
        "whatsapp", whatsapp(wa_message("2", inside="me again", timestamp=str(int(NOON.timestamp()) + 86_400)))
    )
    assert counts()["left"] == 8  # anew from every word of hers
    wire.stage.now += 2 * DAY
    with pytest.raises(WindowOver):
        wire.acts.reply(conversation_id, agent, "Too late", "client-0002", wire.stage.now)
    counts(for_people=7 * DAY)
    wire.acts.reply(conversation_id, agent, "Paid", "client-0003", wire.stage.now)
    before = len(wire.rows(Outbox))
    wire.acts.resolve(conversation_id, agent, wire.stage.now)
    assert len(wire.rows(Outbox)) == before  # the desk itself writes nothing that costs by being late
    assert "Paid" in wire.stage.texts("agent")


async def test_channels_without_a_window_take_words_at_any_time(wire: Wire) -> None:
    wire.stage.write("hello")
    await wire.stage.answer_all()
    agent = wire.agent_has(wire.conversation_id)
    (identity,) = wire.rows(Identity)
    assert _shown(wire, identity) is None
    wire.acts.reply(wire.conversation_id, agent, "Still here?", None, wire.stage.now + 400 * DAY)
    with pytest.raises(UnknownTemplate):
        wire.acts.send_template(wire.conversation_id, agent, Chosen("parcel_back", "en", {}), None, wire.stage.now)


def test_people_may_have_longer_than_the_desk() -> None:
    kinds = {"messenger": Window(DAY, for_people=7 * DAY), "telegram": None}
    lan = Identity(channel="messenger", address="1", wrote_at=NOON)
    for later, desk, people in ((DAY - DAY / 2, True, True), (2 * DAY, False, True), (7 * DAY, False, False)):
        assert windows.is_open(kinds.get, lan, NOON + later) is desk
        assert windows.is_open(kinds.get, lan, NOON + later, by_people=True) is people
    silent = Identity(channel="messenger", address="2", wrote_at=None)
    assert not windows.is_open(kinds.get, silent, NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "Hello {{1}}"},
        {"text": ""},
        {"name": "Parcel Back"},
        {"name": "../x"},
        {"language": "english"},
        {"body": "x"},
    ],
    ids=str,
)
def test_a_template_is_set_up_with_names_for_its_variables(wrong: dict[str, str]) -> None:
    given = {"name": "parcel_back", "language": "en_US", "text": "Hello {name}"}
    assert Template.model_validate(given).variables == ("name",)
    with pytest.raises(ValidationError):
        Template.model_validate(given | wrong)
