"""WhatsApp and Messenger from the shopper's word to the provider's receipt, at a stand-in for Graph."""

import json
from datetime import timedelta
from typing import Any

import pytest

from handoff import contacts, conversations, dead_letters, outbox
from handoff.model import Identity, Outbox
from handoff.outbox import MOST_ATTEMPTS
from tests.channels.wire import (
    PSID,
    Wire,
    fb_event,
    fb_message,
    messenger,
    wa_message,
    wa_status,
    whatsapp,
)
from tests.standins.meta_api import NUMBER, PAGE, Fault
from tests.unit.bot.scripted import NOON, says

pytestmark = pytest.mark.timeout(60)
Json = dict[str, Any]
LAN = "84901234567"
SHOWN = {"id": "returns", "language": "en", "title": "Returns", "body": "Send it **back**.", "updated": "2026-01-01"}
UNDELIVERABLE = [{"code": 131026, "title": "Message undeliverable"}]
ARTICLE = {"custom": {"kind": "answer", "release": "r", "p": 0.9, "article": SHOWN | {"link": "/help/en/returns"}}}


def buttons(*titles: str, words: str = "Which one?") -> Json:
    return {"text": words, "buttons": [{"title": title, "payload": f"/pick{n}"} for n, title in enumerate(titles)]}


def last(wire: Wire) -> Json:
    return wire.meta.sent[-1]


def outbox_row(wire: Wire) -> Outbox:
    """The latest."""
    found: list[Outbox] = wire.rows(Outbox)
    return max(found, key=lambda row: row.id)


def tells(wire: Wire, text: str) -> str:
    """The agent says something; returns the message's id."""
    with wire.database.write() as session:
        conversation = conversations.lock(session, wire.conversation_id)
        message = conversations.add_message(
            session, conversation, "agent", {"type": "text", "text": text}, wire.stage.now
        )
        outbox.enqueue(session, conversation, message, wire.stage.now)
        return message.id


def again(wire: Wire) -> None:
    """A person presses "Send again" below the latest message."""
    with wire.database.write() as session:
        dead_letters.replay(session, outbox_row(wire).id, "agent:ada", wire.stage.now)


def about(part: Json, state: str, **more: Any) -> Json:
    """What WhatsApp tells of a part that it took."""
    return wa_status(part["id"], state, biz_opaque_callback_data=part["biz_opaque_callback_data"], **more)


# ---- WhatsApp -------------------------------------------------------------------------------------------------------


async def test_a_shopper_on_whatsapp_asks_presses_and_picks_from_lists(wire: Wire) -> None:
    engine = wire.stage.engine
    engine.reply = says(ARTICLE)
    body = whatsapp(wa_message("1", inside="How do I return it?"), wa_message("2", inside="It is too small"))
    assert await wire.post("whatsapp", body) == 200  # two messages in one call
    assert wire.stage.texts("shopper") == ["How do I return it?", "It is too small"]
    await wire.answer()
    first, *_, asked = wire.meta.sent
    assert first["to"] == LAN
    assert first["text"]["body"].startswith("Hello, this is the Casa Sen bot.")
    assert asked["interactive"]["body"]["text"].startswith("Returns\n\nSend it back.")
    assert asked["interactive"]["body"]["text"].endswith("Did this help?")
    yes, no = (one["reply"] for one in asked["interactive"]["action"]["buttons"])
    assert (yes["title"], no["title"]) == ("Yes", "No")
    assert all(call.asked["appsecret_proof"] for call in wire.meta.calls)

    # A press is its button's, and one of an earlier conversation is answered politely.
    press = {"type": "button_reply", "button_reply": yes}
    engine.reply = says(buttons("A fairly long title of an article", "Another one", "A third", "A fourth"))
    assert await wire.post("whatsapp", whatsapp(wa_message("3", "interactive", press))) == 200
    assert engine.asked == engine.asked[:2]
    await wire.answer()
    assert engine.asked[-1].metadata["button"] == "/helpful"
    rows = last(wire)["interactive"]["action"]["sections"][0]["rows"]
    assert [row["title"] for row in rows][:2] == ["A fairly long title of…", "Another one"]
    assert rows[0]["description"] == "A fairly long title of an article"
    assert last(wire)["interactive"]["action"]["button"] == "Choose"

    # A list that WhatsApp cannot draw stands in the text with numbers; a typed number is the press.
    engine.reply = says(buttons(*(f"Article {n}" for n in range(1, 13))))
    chosen = {"type": "list_reply", "list_reply": {"id": rows[1]["id"], "title": "Another one"}}
    assert await wire.post("whatsapp", whatsapp(wa_message("4", "interactive", chosen))) == 200
    await wire.answer()
    assert engine.asked[-1].metadata["button"] == "/pick1"
    assert last(wire)["text"]["body"].splitlines()[-1] == "12. Article 12"
    engine.reply = says({"text": "Here it is."})
    for number, typed in (("5", "12."), ("6", "12")):
        assert await wire.post("whatsapp", whatsapp(wa_message(number, inside=typed))) == 200
        await wire.answer()
    pressed, typed_later = engine.asked[-2:]
    assert (pressed.text, pressed.metadata["button"]) == ("Article 12", "/pick11")
    assert (typed_later.text, typed_later.metadata["button"]) == ("12", None)  # a number is a number after that

    forged = {"type": "button_reply", "button_reply": {"id": "0" * 32 + ".0", "title": "Yes"}}
    assert await wire.post("whatsapp", whatsapp(wa_message("7", "interactive", forged))) == 200
    assert (
        await wire.post("whatsapp", whatsapp(wa_message("8", "location", {"latitude": 1.0, "longitude": 2.0}))) == 200
    )
    await wire.settled()
    assert set(wire.meta.texts(LAN)[-2:]) == {
        "That button belongs to an earlier conversation. Write your question instead.",
        "I cannot read that kind of message here. Write what it is about, or send a picture or a file.",
    }
    assert {row.state for row in wire.rows(Outbox)} == {"sent"}


async def test_whatsapp_tells_what_became_of_a_message(wire: Wire) -> None:
    wire.stage.engine.reply = says({"text": "x" * 5_000})  # two parts
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.answer()
    row = outbox_row(wire)
    *_, one, two = wire.meta.sent
    assert [len(part["text"]["body"]) for part in (one, two)] == [4096, 904]
    assert row.provider_id == two["id"]
    assert [part["biz_opaque_callback_data"] for part in (one, two)] == [f"{row.message_id}.{n}.2.0" for n in (1, 2)]

    states = [about(two, "read"), about(two, "delivered"), about(two, "sent"), about(one, "delivered")]
    assert await wire.post("whatsapp", whatsapp(statuses=tuple(states))) == 200  # out of order, and twice
    assert await wire.post("whatsapp", whatsapp(statuses=tuple(states))) == 200
    told = [data for data in wire.told("delivery") if data["message_id"] == row.message_id]
    assert [data["state"] for data in told] == ["sent", "read"]

    # A part that fails later parks the message where a person sees it, with WhatsApp's reason.
    await wire.post("whatsapp", whatsapp(wa_message("2", inside="and?")))
    await wire.answer()
    failed = about(wire.meta.sent[-2], "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    assert await wire.post("whatsapp", whatsapp(statuses=(failed | {"recipient_id": "1"},))) == 200
    assert outbox_row(wire).state == "sent"  # it was not sent to that address
    assert await wire.post("whatsapp", whatsapp(statuses=(failed,))) == 200
    row = outbox_row(wire)
    assert (row.state, row.why, row.error) == ("dead", "shopper", "Message undeliverable (131026)")


async def test_what_failed_later_is_sent_anew_and_old_news_of_it_change_nothing(wire: Wire) -> None:
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    wire.agent_has(wire.conversation_id)
    await wire.deliver()
    tells(wire, "x" * 5_000)  # two parts
    await wire.deliver()
    *_, one, two = wire.meta.sent
    old = [about(part, "failed", errors=UNDELIVERABLE) for part in (one, two)]
    assert await wire.post("whatsapp", whatsapp(statuses=(old[1],))) == 200
    again(wire)
    await wire.deliver()
    *_, third, fourth = wire.meta.sent
    assert [part["text"] for part in (third, fourth)] == [part["text"] for part in (one, two)]
    assert (outbox_row(wire).state, outbox_row(wire).provider_id) == ("sent", fourth["id"])
    # What is repeated of the first sending, or comes only now, says nothing of the second.
    late = (*old, about(two, "sent"), about(two, "delivered"))
    assert await wire.post("whatsapp", whatsapp(statuses=late)) == 200
    assert (outbox_row(wire).state, outbox_row(wire).delivered_at) == ("sent", None)
    # And the second can fail as well, by the earlier of its parts, after the later one has arrived.
    both = (about(fourth, "delivered"), about(third, "failed", errors=UNDELIVERABLE))
    assert await wire.post("whatsapp", whatsapp(statuses=both)) == 200
    assert outbox_row(wire).state == "dead"
    again(wire)
    await wire.deliver()
    assert len(wire.meta.sent) == 2 * 3 + wire.meta.sent.index(one)
    assert await wire.post("whatsapp", whatsapp(statuses=(about(last(wire), "delivered"),))) == 200
    assert [data["state"] for data in wire.told("delivery")][-1] == "delivered"


@pytest.mark.parametrize(("state", "left"), [("failed", "dead"), ("delivered", "delivered"), ("read", "read")])
async def test_news_of_a_message_that_is_still_going_out_are_kept(wire: Wire, state: str, left: str) -> None:
    """WhatsApp's call can overtake the storing of its own answer."""
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    wire.agent_has(wire.conversation_id)
    await wire.deliver()
    message_id = tells(wire, "Your parcel is on its way")
    with wire.database.write() as session:
        (delivery,) = outbox.take(session, wire.stage.now, 10)
    sent = await wire.channels.transports()["whatsapp"].send(delivery)
    more = {"errors": UNDELIVERABLE} if state == "failed" else {}
    assert await wire.post("whatsapp", whatsapp(statuses=(about(last(wire), state, **more),))) == 200
    with wire.database.write() as session:
        outbox.sent(session, delivery, sent, wire.stage.now)
    row = outbox_row(wire)
    assert [data["state"] for data in wire.told("delivery") if data["message_id"] == message_id][-1] == left
    if state == "failed":
        assert (row.state, row.why, row.error) == ("dead", "shopper", "Message undeliverable (131026)")
        again(wire)
        await wire.deliver()
        assert wire.meta.texts(LAN)[1:] == ["Your parcel is on its way"] * 2


async def test_a_lost_answer_is_settled_by_what_whatsapp_tells_later(wire: Wire) -> None:
    wire.meta.fault("/messages", Fault(drop="after"))
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.answer()
    first = min(wire.rows(Outbox), key=lambda row: row.id)
    assert (first.state, first.uncertain) == ("queued", True)
    sent = wire.meta.sent[0]
    status = wa_status(sent["id"], "delivered", biz_opaque_callback_data=sent["biz_opaque_callback_data"])
    assert await wire.post("whatsapp", whatsapp(statuses=(status,))) == 200
    wire.stage.now += timedelta(minutes=10)
    await wire.deliver()
    assert len(wire.meta.sent) == 2  # the first is not sent again, and the next one goes out behind it
    assert {row.state for row in wire.rows(Outbox)} == {"sent"}


@pytest.mark.parametrize(
    ("fault", "state", "why"),
    [
        (Fault(400, 131047, details="Re-engagement message"), "dead", "window"),
        (Fault(400, 80007, headers={"retry-after": "90"}), "queued", "busy"),
        (Fault(drop="before"), "queued", "silent"),
    ],
    ids=lambda given: str(given.code or given.drop) if isinstance(given, Fault) else "",
)
async def test_what_whatsapp_refuses_waits_or_is_parked(wire: Wire, fault: Fault, state: str, why: str) -> None:
    wire.meta.fault("/messages", fault)
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.answer()
    row = min(wire.rows(Outbox), key=lambda one: one.id)
    assert (row.state, row.why) == (state, why)
    assert "EAAstand" not in (row.error or "")
    if why == "busy":
        assert row.attempts == 0  # who is asked to wait has not failed
        assert (row.not_before - NOON).total_seconds() == 90


async def test_a_shopper_is_the_same_with_and_without_a_number(wire: Wire) -> None:
    """At first WhatsApp tells her number only, then the id that it gives her for this shop, and at last the id alone."""
    both = [{"profile": {"name": "Lan"}, "wa_id": LAN, "user_id": "VN.13491208655302741918"}]
    bare = [{"profile": {"name": "Lan", "username": "lan"}, "user_id": "VN.13491208655302741918"}]
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="one")))
    await wire.answer()
    second = wa_message("2", inside="two", from_user_id="VN.13491208655302741918")
    await wire.post("whatsapp", whatsapp(second, contacts=both))
    third = second | {"id": "wamid.3"}
    del third["from"]
    await wire.post("whatsapp", whatsapp(third, contacts=bare))
    (identity,) = wire.rows(Identity)
    assert identity.address == "VN.13491208655302741918"
    assert wire.stage.texts("shopper") == ["one", "two", "two"]
    # What became of a message that was sent to the number is still known to be hers.
    sent = wire.meta.sent[-1]
    assert sent["to"] == LAN
    await wire.post("whatsapp", whatsapp(statuses=(wa_status(sent["id"], "read"),)))
    assert [data["state"] for data in wire.told("delivery")][-1] == "read"
    await wire.answer()
    assert last(wire)["recipient"] == "VN.13491208655302741918"
    assert "to" not in last(wire)


async def test_her_number_makes_her_one_with_who_has_proved_it_elsewhere(wire: Wire) -> None:
    """Only a number that the provider tells: one that can be nobody's joins nobody, and keeps no message from coming in."""
    with wire.stage.database.write() as session:
        known = conversations.ensure_identity(session, "web", "a browser", "Lan", NOON)
        contacts.verify(session, known.id, "phone", f"+{LAN}", NOON)
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="where is it")))
    await wire.post("whatsapp", whatsapp(wa_message("2", inside="nobody's", **{"from": "1"})))
    found = {one.address: one.contact_id for one in wire.rows(Identity)}
    assert found[LAN] == found["a browser"] != found["1"]
    assert sorted(wire.stage.texts("shopper")) == ["nobody's", "where is it"]


# ---- Messenger ------------------------------------------------------------------------------------------------------


async def test_a_shopper_on_messenger_asks_presses_and_reads(wire: Wire) -> None:
    engine = wire.stage.engine
    engine.reply = says(ARTICLE)
    await wire.post("messenger", messenger(fb_message("1", "How do I return it?"), fb_message("2", "It is too small")))
    await wire.answer()
    shown = last(wire)
    assert shown["recipient"] == {"id": PSID}
    assert shown["messaging_type"] == "RESPONSE"
    assert shown["message"]["text"].endswith("Did this help?")
    replies = shown["message"]["quick_replies"]
    assert [one["title"] for one in replies] == ["Yes", "No"]

    long = [f"The article number {n} about returns" for n in range(1, 4)]
    engine.reply = says(buttons(*long))
    await wire.post("messenger", messenger(fb_message("3", "Yes", quick_reply={"payload": replies[0]["payload"]})))
    await wire.answer()
    assert engine.asked[-1].metadata["button"] == "/helpful"
    assert (
        last(wire)["message"]["text"].splitlines()[-1] == f"3. {long[2]}"
    )  # titles that would be cut stand in the text
    assert last(wire)["message"]["quick_replies"][0]["title"] == "1. The article numb…"
    engine.reply = says({"text": "Here."})
    await wire.post("messenger", messenger(fb_message("4", "2")))
    await wire.answer()
    assert engine.asked[-1].text == long[1]

    # A button of the page's own, such as "Get started", says what stands on it.
    await wire.post("messenger", messenger(fb_event(postback={"mid": "m_5", "title": "Get started", "payload": "GO"})))
    assert wire.stage.texts("shopper")[-1] == "Get started"

    # Delivered by ids, read by time: what was sent after that time is not read.
    row, wire.stage.now = outbox_row(wire), wire.stage.now + timedelta(minutes=5)
    await wire.answer()
    at = int((NOON + timedelta(minutes=1)).timestamp() * 1000)
    await wire.post("messenger", messenger(fb_event(delivery={"mids": [row.provider_id], "watermark": at})))
    await wire.post("messenger", messenger(fb_event(read={"watermark": at})))
    states = {one.id: one.read_at is not None for one in wire.rows(Outbox)}
    assert states == {one: one <= row.id for one in states}
    assert not states[max(states)]


async def test_messenger_lets_people_answer_later_where_the_shop_may(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = wire.channel("messenger")._sender._shapes  # type: ignore[attr-defined]
    monkeypatch.setattr(shapes, "_human_agent", True)
    await wire.post("messenger", messenger(fb_message("1", "hello")))
    await wire.answer()
    conversation = wire.stage.conversation(wire.conversation_id)
    agent = wire.agent_has(conversation.id)
    wire.acts.reply(conversation.id, agent, "Sorry for the wait", None, wire.stage.now)
    over = Fault(400, 10, subcode=2018278, details="This message is sent outside of allowed window")
    wire.meta.fault("/messages", over, over)
    await wire.deliver()
    assert (last(wire)["messaging_type"], last(wire)["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert last(wire)["message"]["text"] == "Sorry for the wait"
    parked = [row for row in wire.rows(Outbox) if row.state == "dead"]
    assert [row.why for row in parked] == ["window"]


async def test_an_echo_of_ours_settles_what_was_uncertain(wire: Wire) -> None:
    wire.meta.fault("/messages", Fault(drop="after"))
    await wire.post("messenger", messenger(fb_message("1", "hello")))
    await wire.answer()
    sent = wire.meta.sent[0]
    echo = {"mid": sent["id"], "is_echo": True, "metadata": sent["message"]["metadata"], "text": "Hello"}
    await wire.post("messenger", messenger(fb_event(message=echo, sender={"id": PAGE}, recipient={"id": PSID})))
    assert {row.state for row in wire.rows(Outbox)} == {"sent", "queued"}
    assert wire.stage.texts("shopper") == ["hello"]


# ---- both -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
async def test_the_account_is_asked_whether_it_works(wire: Wire, channel: str) -> None:
    account = NUMBER if channel == "whatsapp" else PAGE
    assert await wire.channel(channel).check() == []
    wire.meta.fault(f"/{account}", Fault(401, 190), Fault(403, 200), Fault(drop="before"))
    found = [await wire.channel(channel).check() for _ in range(3)]
    assert found == [["token"], ["refused"], ["unreachable"]]
    await wire.channel(channel).send_test(LAN)
    assert wire.meta.texts(LAN) == ["This is a test from your shop. The connection works."]


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
async def test_one_that_we_stumble_over_does_not_silence_the_others(
    wire: Wire, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = wire.stage.gateway.receive

    def failing(inbound: Any, now: Any) -> Any:
        if inbound.text == "poison":
            raise RuntimeError("a fault of ours")
        return receive(inbound, now)

    monkeypatch.setattr(wire.stage.gateway, "receive", failing)
    if channel == "whatsapp":
        body = whatsapp(wa_message("1", inside="poison"), wa_message("2", inside="fine"))
    else:
        body = messenger(fb_message("1", "poison"), fb_message("2", "fine"))
    assert await wire.post(channel, body) == 500  # so that it comes again
    monkeypatch.undo()
    assert await wire.post(channel, body) == 200
    assert wire.stage.texts("shopper") == ["fine", "poison"]


async def test_a_message_that_keeps_failing_is_tried_as_often_as_any(wire: Wire) -> None:
    wire.meta.fault("/messages", *[Fault(503, 131016)] * (MOST_ATTEMPTS + 1))
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.stage.answer_all()
    for _ in range(MOST_ATTEMPTS):
        await wire.deliver()
        wire.stage.now += timedelta(minutes=20)
    assert min(wire.rows(Outbox), key=lambda row: row.id).state == "dead"
    assert json.dumps([call.body for call in wire.meta.calls]).count("Hello, this is") == MOST_ATTEMPTS
