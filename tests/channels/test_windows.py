"""Service windows: how long free text is taken, what agents are told of it, and templates afterwards."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from handoff import windows
from handoff.model import Identity, Outbox
from handoff.windows import Chosen, Template, UnknownTemplate, Window, WindowOver
from tests.channels.wire import Wire, wa_message, whatsapp
from tests.unit.bot.scripted import NOON

pytestmark = pytest.mark.timeout(60)
DAY = timedelta(hours=24)


def shown(wire: Wire) -> dict[str, Any]:
    (identity,) = wire.rows(Identity)
    found = windows.shown(wire.acts.windows, identity)
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


async def test_channels_without_a_window_take_words_at_any_time(wire: Wire) -> None:
    wire.stage.write("hello")
    await wire.stage.answer_all()
    agent = wire.agent_has(wire.conversation_id)
    (identity,) = wire.rows(Identity)
    assert windows.shown(wire.acts.windows, identity) is None
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
