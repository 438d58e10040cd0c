"""A shopper writes while she is erased: her message goes with her, or she begins anew; nothing is left halfway."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from handoff import conversations, erasure
from handoff.database import Database
from handoff.erasure import UnknownShopper
from handoff.model import Contact, Conversation, Event, Identity, Message
from tests.racing import ROUNDS, failures, together
from tests.unit.handoff.workbench import Bench, all_of

KEPT = timedelta(days=90)


def writes(bench: Bench, database: Database, address: str, update: str) -> Callable[[], str]:
    """She writes, as the gateway takes it in; returns the conversation."""

    def write() -> str:
        with database.write() as session:
            identity = conversations.ensure_identity(session, "telegram", address, "Lan", bench.now)
            row = conversations.take_in(session, "telegram", update, bench.now)
            assert row is not None
            conversation = conversations.current(session, identity.id)
            if conversation is None:
                conversation = conversations.begin(session, identity.id, "en", bench.now)
            elif conversation.owner == "closed":
                conversations.move(session, conversation, "reopen", "shopper", bench.now)
            message = conversations.add_message(session, conversation, "shopper", {"text": update}, bench.now)
            row.message_id = message.id
            return conversation.id

    return write


def erases(bench: Bench, database: Database, address: str) -> Callable[[], list[str]]:
    def erase() -> list[str]:
        with database.write() as session:
            found = erasure.find(session, channel="telegram", address=address)
            return erasure.erase(session, found, "command line", bench.now)

    return erase


def retains(bench: Bench, database: Database) -> Callable[[], list[str]]:
    def retain() -> list[str]:
        with database.write() as session:
            return erasure.retain(session, KEPT, bench.now)

    return retain


def known(bench: Bench, address: str, *, closed: int = 2) -> list[str]:
    """A shopper who has written before, with conversations that are closed by now."""
    found = []
    for number in range(closed):
        with bench.database.write() as session:
            identity = conversations.ensure_identity(session, "telegram", address, "Lan", bench.now)
            conversation = conversations.begin(session, identity.id, "en", bench.now)
            conversations.add_message(session, conversation, "shopper", {"text": f"old {number}"}, bench.now)
            conversations.move(session, conversation, "close", "desk", bench.now)
            found.append(conversation.id)
    return found


def nothing_is_halfway(bench: Bench) -> None:
    """Every conversation has all its events, every message its event, and every shopper an address."""
    with bench.database.read() as session:
        events = all_of(session, Event)
        for conversation in all_of(session, Conversation):
            numbers = sorted(event.seq for event in events if event.conversation_id == conversation.id)
            assert numbers == list(range(1, conversation.last_seq + 1))
        told = {event.data["id"] for event in events if event.kind == "message"}
        assert told == set(session.scalars(select(Message.id)))
        contacts = {identity.contact_id for identity in all_of(session, Identity)}
        assert contacts == set(session.scalars(select(Contact.id)))


def test_who_writes_while_she_is_erased_goes_with_it_or_begins_anew(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    for number in range(ROUNDS):
        address = f"lan{number}"
        old = known(bench, address)
        gone, *places = together(
            erases(bench, desks[0], address),
            *(writes(bench, desks[u % 2], address, f"{number}-{u}") for u in range(3)),
        )
        assert failures([gone, *places]) == []
        assert set(old) <= set(gone)
        nothing_is_halfway(bench)
        with bench.database.read() as session:
            left = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(places))))
            texts = set(session.scalars(select(Message.content["text"].as_string())))
        assert left == set(places) - set(gone)
        for update, place in enumerate(places):
            assert (f"{number}-{update}" in texts) == (place in left)
        assert not texts & {"old 0", "old 1"}


def test_who_is_erased_twice_at_once_is_erased_once(bench: Bench, desks: tuple[Database, Database]) -> None:
    for number in range(ROUNDS):
        old = known(bench, f"lan{number}")
        done = together(*(erases(bench, desk, f"lan{number}") for desk in desks))
        (gone,) = [result for result in done if isinstance(result, list)]
        assert [type(error) for error in failures(done)] == [UnknownShopper]
        assert sorted(gone) == sorted(old)


def test_who_writes_while_the_old_is_erased_keeps_what_she_opened(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    """Both desks look for what is old, and some of those whom they find write again at that moment."""
    for number in range(4):
        addresses = [f"lan{number}.{shopper}" for shopper in range(4)]
        for address in addresses:
            known(bench, address)
        bench.later(days=90)
        first, second, *places = together(
            *(retains(bench, desk) for desk in desks),
            *(writes(bench, desks[u % 2], address, address) for u, address in enumerate(addresses[:2])),
        )
        assert failures([first, second, *places]) == []
        assert not set(first) & set(second), "erased twice"
        nothing_is_halfway(bench)
        with bench.database.read() as session:
            rows = {row.id: row.owner for row in all_of(session, Conversation)}
        for place in places:  # she wrote before, and it was kept, or after, and began anew
            assert rows[place] == "bot"
        retains(bench, bench.database)()
        with bench.database.read() as session:
            assert {row.owner for row in all_of(session, Conversation)} == {"bot"}
