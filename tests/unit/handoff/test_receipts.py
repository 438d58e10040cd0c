"""What providers say of a message afterwards: kept, never backwards, and harmless however often and in whatever order."""

import itertools
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from handoff import outbox, receipts
from handoff.model import Conversation, Identity
from tests.unit.handoff.workbench import Bench


def delivered_row(bench: Bench, provider_id: str = "wamid.1") -> tuple[str, str]:
    """A message that the provider took; returns the conversation's id and the shopper's address."""
    conversation_id = bench.conversation()
    bench.tells(conversation_id, "one")
    (delivery,) = bench.take_deliveries()
    with bench.database.write() as session:
        outbox.sent(session, delivery, provider_id, bench.now)
        query = select(Identity.address).join(Conversation).where(Conversation.id == conversation_id)
        return conversation_id, str(session.scalar(query))


def says(bench: Bench, state: str, address: str, provider_id: str = "wamid.1", channel: str = "telegram") -> bool:
    with bench.database.write() as session:
        note = receipts.delivered if state == "delivered" else receipts.read
        return note(session, channel, address, provider_id, bench.now)


def told(bench: Bench, conversation_id: str) -> list[str]:
    return [event.data["state"] for event in bench.events(conversation_id) if event.kind == "delivery"]


def test_an_id_that_is_too_long_for_its_column_is_known_again(bench: Bench) -> None:
    long_id = "wamid." + "x" * 5_000 + "\0"
    _, address = delivered_row(bench, long_id)
    assert not says(bench, "read", address, long_id[:-2])
    assert says(bench, "read", address, long_id)
    assert len(bench.outbox()[0].provider_id or "") <= 200


def test_delivered_and_read_are_kept_with_their_times(bench: Bench) -> None:
    conversation_id, address = delivered_row(bench)
    first = bench.later(seconds=3)
    assert says(bench, "delivered", address)
    second = bench.later(seconds=30)
    assert says(bench, "read", address)
    (row,) = bench.outbox()
    assert (row.delivered_at, row.read_at, row.state) == (first, second, "sent")
    assert told(bench, conversation_id) == ["sent", "delivered", "read"]
    assert all(not event.public for event in bench.events(conversation_id) if event.kind == "delivery")


def test_read_implies_delivered(bench: Bench) -> None:
    _, address = delivered_row(bench)
    says(bench, "read", address)
    (row,) = bench.outbox()
    assert (row.delivered_at, row.read_at) == (bench.now, bench.now)


@pytest.mark.parametrize("order", sorted(set(itertools.permutations(["delivered", "delivered", "read", "read"]))))
def test_whatever_comes_twice_or_late_changes_nothing(bench: Bench, order: tuple[str, ...]) -> None:
    conversation_id, address = delivered_row(bench)
    times: dict[str, datetime] = {}
    for state in order:
        bench.later(seconds=1)
        says(bench, state, address)
        times.setdefault(state, bench.now)
    (row,) = bench.outbox()
    assert row.read_at == times["read"]
    assert row.delivered_at == min(times["read"], times["delivered"])
    assert told(bench, conversation_id).count("read") == 1
    assert told(bench, conversation_id) == sorted(told(bench, conversation_id), key=["sent", "delivered", "read"].index)


@pytest.mark.parametrize(
    ("address", "provider_id", "channel"),
    [(None, "wamid.2", "telegram"), ("somebody-else", "wamid.1", "telegram"), (None, "wamid.1", "whatsapp")],
)
def test_what_fits_no_message_of_this_address_is_ignored(
    bench: Bench, address: str | None, provider_id: str, channel: str
) -> None:
    conversation_id, own = delivered_row(bench)
    before = bench.events(conversation_id)
    assert not says(bench, "read", address or own, provider_id, channel)
    assert bench.outbox()[0].read_at is None
    assert len(bench.events(conversation_id)) == len(before)


def test_the_same_number_in_two_chats_is_two_messages(bench: Bench) -> None:
    """Telegram numbers messages in each chat."""
    (first, _), (second, address) = delivered_row(bench, "7"), delivered_row(bench, "7")
    bench.now += timedelta(seconds=1)
    assert says(bench, "read", address, "7")
    assert (told(bench, first), told(bench, second)) == (["sent"], ["sent", "read"])
