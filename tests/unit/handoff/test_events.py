"""Events: a closed list, replayable in pieces, and never more than their reader may see."""

from typing import Any

import pytest
from pydantic import ValidationError

from handoff import conversations, events
from handoff.events import DeliveryChanged, MessageAdded, OwnerChanged, ReadByShopper
from handoff.model import Event
from handoff.views import for_agent, for_shopper, public_content
from tests.unit.handoff.workbench import NOON, Bench

SECRET = "only for the team"


def event(kind: str, **data: Any) -> Event:
    return Event(conversation_id="c", seq=1, kind=kind, public=True, data=data, at=NOON)


MESSAGE = {
    "id": "m", "author": "bot", "agent_id": None, "agent_name": None, "note": False, "content": {"text": "hi"},
    "client_id": None,
}  # fmt: skip
KNOWN = [
    (event("message", **MESSAGE), MessageAdded),
    (event("owner", owner="queue", agent_id=None, agent_name=None, reason="anger"), OwnerChanged),
    (event("delivery", message_id="m", state="dead", error="gone"), DeliveryChanged),
    (event("read", up_to=4), ReadByShopper),
]


@pytest.mark.parametrize(("stored", "kind"), KNOWN)
def test_a_known_event_is_read_as_what_it_is(stored: Event, kind: type[events.EventData]) -> None:
    assert isinstance(events.parse(stored), kind)


@pytest.mark.parametrize(
    "stored",
    [
        event("typing", since="now"),
        event("", **MESSAGE),
        event("read", up_to=4, by="eve"),
        event("read"),
        event("owner", owner="nobody", agent_id=None, agent_name=None, reason=None),
        event("owner", owner="queue", agent_id=None, agent_name=None, reason="because"),
        event("delivery", message_id="m", state="lost", error=None),
        event("message", **{**MESSAGE, "author": "admin"}),
    ],
    ids=["kind", "no kind", "extra field", "missing field", "owner", "reason", "delivery state", "author"],
)
def test_what_is_not_on_the_list_is_refused(stored: Event) -> None:
    with pytest.raises(ValidationError):
        events.parse(stored)


def test_every_stored_event_is_one_of_the_list(bench: Bench) -> None:
    ada = bench.agent()
    conversation_id = bench.conversation("agent", agent=ada)
    bench.says(conversation_id, "hello")
    bench.tells(conversation_id, "hi")
    bench.move(conversation_id, "resolve", agent=ada)
    for stored in bench.events(conversation_id):
        events.parse(stored)


def test_an_event_moves_the_number_and_the_time_of_its_conversation(bench: Bench) -> None:
    conversation_id = bench.conversation()
    bench.later(minutes=3)
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        assert events.append(session, conversation, ReadByShopper(up_to=0), bench.now, public=False) == 1
    assert (bench.row(conversation_id).last_seq, bench.row(conversation_id).updated_at) == (1, bench.now)


def test_events_are_given_after_a_number_in_order_and_in_pieces(bench: Bench) -> None:
    conversation_id = bench.conversation()
    for number in range(5):
        bench.says(conversation_id, str(number))
    with bench.database.read() as session:

        def after(seq: int, limit: int) -> list[int]:
            found = events.after(session, conversation_id, seq, public_only=True, limit=limit)
            return [stored.seq for stored in found]

        assert after(0, 2) == [1, 2]
        assert after(2, 2) == [3, 4]
        assert after(4, 2) == [5]
        assert after(5, 2) == []


def test_one_conversations_events_are_nobody_elses(bench: Bench) -> None:
    mine, other = bench.conversation(), bench.conversation()
    bench.says(other, "hers")
    assert bench.events(mine) == []


# ---- what a shopper sees --------------------------------------------------------------------------------------------


def test_a_shopper_gets_no_note_no_delivery_and_no_read_mark(bench: Bench) -> None:
    ada = bench.agent()
    conversation_id = bench.conversation("agent", agent=ada)
    bench.says(conversation_id, SECRET, "agent", note=True)
    bench.says(conversation_id, "hello", "agent")
    bench.tells(conversation_id, "to be delivered")
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        told = DeliveryChanged(message_id="m", state="dead", error=SECRET)
        events.append(session, conversation, told, bench.now, public=False)
        events.append(session, conversation, ReadByShopper(up_to=1), bench.now, public=False)
    seen = [for_shopper(stored) for stored in bench.events(conversation_id, public_only=True)]
    assert [view["kind"] for view in seen] == ["owner", "message", "message"]
    assert SECRET not in repr(seen)


def test_a_shopper_learns_an_agents_name_and_never_her_id_or_the_reason() -> None:
    agent_id = "5ec2e7"
    said = event("message", **{**MESSAGE, "author": "agent", "agent_id": agent_id, "agent_name": "Ada"})
    took = event("owner", owner="agent", agent_id=agent_id, agent_name="Ada", reason="anger")
    for stored in (said, took):
        view = for_shopper(stored)
        assert view["agent_name"] == "Ada"
        assert agent_id not in repr(view)
        assert "anger" not in repr(view)


def test_a_shopper_sees_a_buttons_title_and_never_what_it_does() -> None:
    buttons = [{"id": "m.0", "title": "Yes", "payload": '/inform{"slot": "value"}'}]
    content = {"type": "text", "text": "Sure?", "buttons": buttons}
    assert public_content(content) == {"type": "text", "text": "Sure?", "buttons": [{"id": "m.0", "title": "Yes"}]}
    view = for_shopper(event("message", **{**MESSAGE, "content": content}))
    assert "payload" not in repr(view)
    assert "/inform" not in repr(view)


def test_a_kind_that_this_version_does_not_know_shows_nothing_of_its_data() -> None:
    assert for_shopper(event("typing", secret=SECRET)) == {"seq": 1, "kind": "typing", "at": NOON.isoformat()}


def test_an_agent_sees_everything() -> None:
    stored = event("owner", owner="queue", agent_id=None, agent_name=None, reason="anger")
    assert for_agent(stored) == {"seq": 1, "kind": "owner", "at": NOON.isoformat(), **stored.data}
