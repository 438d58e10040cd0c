"""A shopper's data: all of it is given out, all of it is erased, and nobody else's is touched."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff import conversations, erasure, giving_out, labels, outbox, suggestions
from handoff.acts import Acts
from handoff.model import (
    Agent,
    Assignment,
    Audit,
    Callback,
    Contact,
    Conversation,
    Feedback,
    Identity,
    Inbound,
    Offer,
    OrderLookup,
    Turn,
    VisitorSession,
)
from handoff.schema import METADATA
from tests.unit.handoff.workbench import Bench, all_of

KEPT = timedelta(days=90)


def lives(bench: Bench, mark: str, address: str) -> str:
    """A shopper whose every trace holds `mark`: all that the desk can keep of her. Returns her conversation."""
    ada = bench.agent("Ada")
    with bench.database.write() as session:
        identity = conversations.ensure_identity(session, "telegram", address, f"Lan {mark}", bench.now)
        session.add(
            VisitorSession(
                token_hash=f"hash {mark}",
                identity_id=identity.id,
                created_at=bench.now,
                expires_at=bench.now + timedelta(days=30),
            )
        )
        conversation = conversations.begin(session, identity.id, "en", bench.now)
        update = conversations.take_in(session, "telegram", f"update of {address}", bench.now)
        assert update is not None
        content = {"type": "text", "text": f"where is my order {mark}"}
        message = conversations.add_message(session, conversation, "shopper", content, bench.now)
        update.message_id = message.id
        session.add_all(
            [
                Turn(
                    id=conversations.new_id(), conversation_id=conversation.id, epoch=0, seq=1, state="done",
                    text=f"where {mark}", not_before=bench.now, understanding={"said": mark}, created_at=bench.now,
                ),
                OrderLookup(
                    conversation_id=conversation.id, contact_id=identity.contact_id, order_number=mark, found=False,
                    at=bench.now,
                ),
                Feedback(conversation_id=conversation.id, article_id="delivery", helpful=True, at=bench.now),
                Callback(
                    conversation_id=conversation.id, phone="+34600111222", wish=f"in the evening {mark}", state="open",
                    asked_at=bench.now,
                ),
                Offer(
                    conversation_id=conversation.id, agent_id=ada, offered_at=bench.now, expires_at=bench.now,
                    ended_at=bench.now, outcome="declined",
                ),
            ]
        )  # fmt: skip
        session.flush()
        packet = {"question": f"where {mark}", "collected": {"order_number": mark}}
        bench.acts.escalate(session, conversation, "asked", packet, bench.now)
        conversation_id = conversation.id
    bench.acts.claim(conversation_id, ada, bench.now)
    bench.acts.reply(conversation_id, ada, f"I look into {mark}", None, bench.now)
    bench.acts.note(conversation_id, ada, f"a note about {mark}", None, bench.now)
    bench.acts.resolve(conversation_id, ada, bench.now)
    with bench.database.write() as session:
        session.add(
            Audit(at=bench.now, actor="desk", act="test", conversation_id=conversation_id, details={"said": mark})
        )
    return conversation_id


def everything(bench: Bench) -> str:
    """Every cell of every table, as one text."""
    with bench.database.read() as session:
        cells = [
            json.dumps([str(cell) for cell in row], ensure_ascii=False)
            for table in METADATA.sorted_tables
            for row in session.execute(select(table))
        ]
    return "\n".join(cells)


def erase(bench: Bench, conversation_id: str) -> list[str]:
    with bench.database.write() as session:
        found = erasure.find(session, conversation_id=conversation_id)
        return erasure.erase(session, found, "command line", bench.now)


def retain(bench: Bench) -> list[str]:
    with bench.database.write() as session:
        return erasure.retain(session, KEPT, bench.now)


def test_nothing_of_an_erased_shopper_is_left_anywhere(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    assert everything(bench).count("ZQX-1") > 12, "the test's own shopper leaves traces"
    assert erase(bench, conversation_id) == [conversation_id]
    left = everything(bench)
    assert "ZQX-1" not in left
    assert conversation_id not in left
    assert "+34600111222" not in left


def test_nobody_elses_data_is_touched(bench: Bench) -> None:
    lan = lives(bench, "ZQX-1", "5512")
    minh = lives(bench, "ZQX-2", "7731")
    with bench.database.read() as session:
        before = giving_out.export(session, erasure.find(session, conversation_id=minh))
    erase(bench, lan)
    with bench.database.read() as session:
        assert giving_out.export(session, erasure.find(session, conversation_id=minh)) == before


def test_the_audit_stays_and_tells_of_nobody(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    with bench.database.read() as session:
        before = [(row.actor, row.act) for row in all_of(session, Audit)]
    erase(bench, conversation_id)
    with bench.database.read() as session:
        rows = all_of(session, Audit)
    assert [(row.actor, row.act) for row in rows] == [*before, ("command line", "erase")]
    assert {row.conversation_id for row in rows} == {None}
    claim = next(row for row in rows if row.act == "claim")
    assert claim.agent_id is not None, "who of the team did it"
    assert claim.details == {"from": "queue", "to": "agent", "reason": "asked"}


def test_an_update_that_comes_again_after_the_erasure_is_not_news(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    erase(bench, conversation_id)
    with bench.database.write() as session:
        assert conversations.take_in(session, "telegram", "update of 5512", bench.now) is None


def test_everything_that_is_kept_is_given_out(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    with bench.database.write() as session:
        ada = session.scalars(select(Agent)).all()[0]
        label_id = labels.add(session, "Refund", "amber", ada, bench.now).id
        labels.put(session, conversation_id, label_id, True, ada, bench.now)
        suggested = suggestions.Suggested(1, "delivery", "en", 1, 0.9)
        suggestions.use(session, conversation_id, ada.id, suggested, "dismissed", bench.now)
    with bench.database.read() as session:
        found = giving_out.export(session, erasure.find(session, conversation_id=conversation_id))
    assert found == json.loads(json.dumps(found)), "plain JSON"
    assert found["conversations"][0]["labels"] == ["Refund"]
    assert found["conversations"][0]["articles_suggested"][0]["to"] == "where is my order ZQX-1"
    assert found["addresses"][0]["address"] == "5512"
    (told,) = found["conversations"]
    texts = [message["text"] for message in told["messages"]]
    assert {"where is my order ZQX-1", "I look into ZQX-1", "a note about ZQX-1"} <= set(texts)
    assert told["order_lookups"][0]["order"] == "ZQX-1"
    assert told["calls_asked_for"][0]["phone"] == "+34600111222"
    assert told["feedback"][0]["article"] == "delivery"
    assert told["understood_as"][0]["understanding"] == {"said": "ZQX-1"}
    assert told["told_to_agents"]["question"] == "where ZQX-1"


def test_a_shopper_is_found_by_the_address_of_her_channel(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    with bench.database.read() as session:
        by_address = erasure.find(session, channel="telegram", address="5512")
        assert by_address.id == erasure.find(session, conversation_id=conversation_id).id


@pytest.mark.parametrize("who", [{"conversation_id": "0" * 32}, {"channel": "web", "address": "5512"}, {}])
def test_who_is_not_known_is_said(bench: Bench, who: dict[str, str]) -> None:
    lives(bench, "ZQX-1", "5512")
    with bench.database.read() as session, pytest.raises(erasure.UnknownShopper):
        erasure.find(session, **who)


def test_what_was_closed_long_ago_goes_with_its_shopper(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    bench.later(days=89)
    assert retain(bench) == []
    bench.later(days=1)
    assert retain(bench) == [conversation_id]
    assert "ZQX-1" not in everything(bench)
    with bench.database.read() as session:
        assert (all_of(session, Contact), all_of(session, Identity)) == ([], [])


def test_a_shopper_who_still_writes_keeps_her_name(bench: Bench) -> None:
    old = lives(bench, "ZQX-1", "5512")
    bench.later(days=90)
    with bench.database.write() as session:
        identity = conversations.ensure_identity(session, "telegram", "5512", "", bench.now)
        new = conversations.begin(session, identity.id, "en", bench.now).id
    assert retain(bench) == [old]
    with bench.database.read() as session:
        assert [row.id for row in all_of(session, Conversation)] == [new]
        assert all_of(session, Contact)[0].name == "Lan ZQX-1"


@pytest.mark.parametrize("owner", ["bot", "queue", "agent"])
def test_what_is_open_is_kept_however_old(bench: Bench, owner: str) -> None:
    agent = bench.agent() if owner == "agent" else None
    conversation_id = bench.conversation(owner, agent=agent)  # type: ignore[arg-type]
    bench.later(days=4000)
    assert retain(bench) == []
    assert bench.row(conversation_id).owner == owner


def test_ended_sessions_and_old_updates_are_swept(bench: Bench) -> None:
    lives(bench, "ZQX-1", "5512")
    bench.later(days=29)
    with bench.database.write() as session:
        erasure.sweep(session, bench.now)
        assert (len(all_of(session, VisitorSession)), len(all_of(session, Inbound))) == (1, 1)
    bench.later(days=1)
    with bench.database.write() as session:
        erasure.sweep(session, bench.now)
        assert (all_of(session, VisitorSession), all_of(session, Inbound)) == ([], [])
        assert len(all_of(session, Assignment)) == 1


def test_a_message_on_its_way_to_an_erased_shopper_is_not_sent(bench: Bench) -> None:
    conversation_id = lives(bench, "ZQX-1", "5512")
    assert isinstance(bench.acts, Acts)
    erase(bench, conversation_id)
    with bench.database.write() as session:
        assert outbox.take(session, bench.now, 10) == []
