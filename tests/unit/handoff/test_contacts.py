"""One contact, many channels: what is proved to be one person's comes to one contact, whoever else is at it."""

import json
import random
from collections.abc import Callable

import pytest
from sqlalchemy import select

from handoff import contacts, conversations, erasure, giving_out, order_lookups, search, shoppers
from handoff.contact_model import ContactKey, KeyKind
from handoff.contacts import UnknownIdentity, UnusableKey
from handoff.database import Database
from handoff.model import Audit, Contact, Conversation, Identity, OrderLookup
from tests.racing import failures, together
from tests.unit.handoff.test_erasure_races import nothing_is_halfway, writes
from tests.unit.handoff.workbench import Bench, all_of


def verify(bench: Bench, identity_id: str, kind: KeyKind, value: str, database: Database | None = None) -> str:
    with (database or bench.database).write() as session:
        return contacts.verify(session, identity_id, kind, value, bench.now)


def begins(bench: Bench, identity_id: str, text: str = "hello") -> str:
    with bench.database.write() as session:
        conversation = conversations.begin(session, identity_id, "en", bench.now)
        conversations.add_message(session, conversation, "shopper", {"type": "text", "text": text}, bench.now)
        return conversation.id


def contact_of(bench: Bench, identity_id: str) -> str:
    with bench.database.read() as session:
        return session.get_one(Identity, identity_id).contact_id


def test_two_addresses_with_one_key_are_one_contact_with_all_its_conversations(bench: Bench) -> None:
    telegram = bench.identity("telegram", "5512")
    bench.later(days=1)
    web = bench.identity("web", "browser")
    here, there = begins(bench, telegram, "where is it"), begins(bench, web, "still nothing")

    first = verify(bench, telegram, "email", " Lan@Shop.Example ")
    assert verify(bench, web, "email", "lan@shop.example") == first

    assert contact_of(bench, telegram) == contact_of(bench, web) == first
    with bench.database.read() as session:
        contact, addresses = shoppers.of(session, there)
        assert {one.channel for one in addresses} == {"telegram", "web"}
        assert {story.conversation.id for story in shoppers.stories(session, contact)} == {here, there}
        assert len(all_of(session, Contact)) == 1
    for conversation_id in (here, there):
        told = [event for event in bench.events(conversation_id) if event.kind == "joined"]
        assert [(event.data["by"], event.data["channels"], event.public) for event in told] == [
            ("email", ["telegram", "web"], False)
        ]


def test_verifying_again_changes_nothing(bench: Bench) -> None:
    lan = bench.identity("telegram", "5512")
    conversation_id = begins(bench, lan)
    for _ in range(2):
        verify(bench, lan, "phone", "+44 20 7946 0018")
    with bench.database.read() as session:
        assert [(key.kind, key.value) for key in all_of(session, ContactKey)] == [("phone", "+442079460018")]
    assert [event.kind for event in bench.events(conversation_id)] == ["message"]


def test_who_was_known_first_stays_with_the_name_that_is_known(bench: Bench) -> None:
    with bench.database.write() as session:
        nameless = conversations.ensure_identity(session, "web", "browser", "", bench.now).id
    old = contact_of(bench, nameless)
    bench.later(days=1)
    named = bench.identity("telegram", "5512")
    conversation_id = begins(bench, nameless)
    verify(bench, named, "user", "42")
    assert verify(bench, nameless, "user", "42") == old
    with bench.database.read() as session:
        assert session.get_one(Contact, old).name == "Lan"
        assert [hit.conversation_id for hit in search.find(session, "lan", [])] == [conversation_id]


def test_two_accounts_of_the_shop_stay_two_people_whatever_else_they_share(bench: Bench) -> None:
    one, other = bench.identity("web", "one"), bench.identity("web", "other")
    verify(bench, one, "user", "1")
    verify(bench, other, "user", "2")
    verify(bench, one, "email", "family@shop.example")
    verify(bench, other, "email", "family@shop.example")
    verify(bench, other, "user", "1")
    assert contact_of(bench, one) != contact_of(bench, other)


def test_order_lookups_count_for_both_afterwards(bench: Bench) -> None:
    one, other = bench.identity("telegram", "1"), bench.identity("telegram", "2")
    verify(bench, one, "email", "lan@shop.example")
    tried = begins(bench, one), begins(bench, other)
    for conversation_id in tried:
        with bench.database.write() as session:
            order_lookups.record(session, conversations.lock(session, conversation_id), "CS-1", False, bench.now)
    verify(bench, other, "email", "lan@shop.example")
    with bench.database.read() as session:
        left = order_lookups.allowance(session, session.get_one(Conversation, tried[0]), bench.acts.settings, bench.now)
    assert left.left == bench.acts.settings.order_lookups - 2


def test_the_audit_knows_that_but_not_whom(bench: Bench) -> None:
    one, other = bench.identity("telegram", "1"), bench.identity("web", "2")
    for identity in (one, other):
        verify(bench, identity, "email", "secret@shop.example")
    with bench.database.read() as session:
        (row,) = session.scalars(select(Audit).where(Audit.act == "join contacts"))
    assert (row.actor, row.details) == ("desk", {"by": "email"})


def test_what_is_proved_is_given_out_and_erased(bench: Bench) -> None:
    one, other = bench.identity("telegram", "1"), bench.identity("web", "2")
    for identity in (one, other):
        verify(bench, identity, "email", "lan@shop.example")
    gone = {begins(bench, one), begins(bench, other)}
    with bench.database.write() as session:
        contact = erasure.find(session, channel="web", address="2")
        assert "lan@shop.example" in json.dumps(giving_out.export(session, contact))
        assert set(erasure.erase(session, contact, "command line", bench.now)) == gone
    with bench.database.read() as session:
        assert all_of(session, ContactKey) == all_of(session, Identity) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", ""), ("email", "nobody"), ("email", "a@b@c"), ("phone", "12345"), ("phone", "020 7946 0018"),
        ("phone", "+1"), ("phone", "\x00"), ("user", ""), ("user", "a\x00b"), ("user", "x" * 201), ("user", "a\nb"),
    ],
)  # fmt: skip
def test_what_can_be_nobodys_is_refused(bench: Bench, kind: KeyKind, value: str) -> None:
    lan = bench.identity()
    with pytest.raises(UnusableKey):
        verify(bench, lan, kind, value)
    with bench.database.read() as session:
        assert all_of(session, ContactKey) == []


def test_an_erased_address_is_said_to_be_gone(bench: Bench) -> None:
    with pytest.raises(UnknownIdentity):
        verify(bench, "0" * 32, "email", "lan@shop.example")


def groups(claims: list[tuple[int, str]], count: int) -> list[set[int]]:
    """Who is one person by these claims, (who, key): the parts of the graph that hang together."""
    parts = [{number} for number in range(count)]
    for key in {key for _, key in claims}:
        same = {who for who, claimed in claims if claimed == key}
        touched = [part for part in parts if part & same]
        parts = [part for part in parts if not part & same] + [set().union(*touched)]
    return parts


def test_whatever_is_proved_at_once_by_several_desks_all_come_to_the_same_people(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    """Random claims on few keys, all at once, while some of the shoppers write and look orders up."""
    for seed in range(5):
        chance = random.Random(seed)
        ids = [bench.identity("telegram", f"{seed}-{number}") for number in range(6)]
        claims = [(chance.randrange(6), f"k{chance.randrange(4)}") for _ in range(8)]

        def proves(number: int, who: int, key: str, seed: int = seed, ids: list[str] = ids) -> Callable[[], str]:
            return lambda: verify(bench, ids[who], "email", f"{key}@{seed}.example", desks[number % 2])

        def looks(number: int, seed: int = seed) -> Callable[[], None]:
            def look() -> None:
                place = writes(bench, desks[number % 2], f"{seed}-{number}", f"{seed}-{number}")()
                with desks[number % 2].write() as session:
                    held = conversations.lock(session, place)
                    order_lookups.record(session, held, f"CS-{number}", True, bench.now)

            return look

        done = together(*(proves(n, *claim) for n, claim in enumerate(claims)), *(looks(n) for n in range(3)))

        assert failures(done) == []
        nothing_is_halfway(bench)
        found: dict[str, set[int]] = {}
        for number, identity in enumerate(ids):
            found.setdefault(contact_of(bench, identity), set()).add(number)
        assert sorted(map(sorted, found.values())) == sorted(map(sorted, groups(claims, 6))), claims
        with bench.database.read() as session:
            whose = {c.id: session.get_one(Identity, c.identity_id).contact_id for c in all_of(session, Conversation)}
            assert all(row.contact_id == whose[row.conversation_id] for row in all_of(session, OrderLookup))
            assert {key.contact_id for key in all_of(session, ContactKey)} <= set(session.scalars(select(Contact.id)))


def test_who_is_erased_while_she_is_joined_goes_whole_or_stays_whole(
    bench: Bench, desks: tuple[Database, Database]
) -> None:
    for number in range(6):
        one, other = bench.identity("telegram", f"{number}a"), bench.identity("telegram", f"{number}b")
        verify(bench, one, "email", f"{number}@shop.example")
        places = {begins(bench, one), begins(bench, other)}
        bench.later(minutes=1)

        def erases(number: int = number) -> list[str]:
            with desks[1].write() as session:
                found = erasure.find(session, channel="telegram", address=f"{number}a")
                return erasure.erase(session, found, "command line", bench.now)

        def joins(number: int = number, other: str = other) -> object:
            return verify(bench, other, "email", f"{number}@shop.example", desks[0])

        joined, gone = together(joins, erases)
        assert failures([joined]) == [] or isinstance(joined, UnknownIdentity)
        nothing_is_halfway(bench)
        with bench.database.read() as session:
            left = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(places))))
        if isinstance(gone, list):
            assert left == places - set(gone)
        else:  # she had become another contact at that moment: nothing is erased, and whoever asked is told
            assert isinstance(gone, erasure.UnknownShopper)
            assert left == places
