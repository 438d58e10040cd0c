"""What time it is where a shopper is: nothing rather than a guess."""

import pytest
from sqlalchemy import select

from handoff import contacts, erasure, giving_out, local_time
from handoff.database import Database
from handoff.model import Contact, Conversation, Identity
from tests.unit.handoff.workbench import Bench


@pytest.mark.parametrize(
    "given", ["Asia/Saigon", "Asia/Ho_Chi_Minh", "America/Argentina/Buenos_Aires", "Atlantic/Reykjavik"]
)
def test_places_are_zones(given: str) -> None:
    assert local_time.known_zone(given) == given


@pytest.mark.parametrize(
    "given",
    ["", "UTC", "GMT", "CET", "Etc/GMT+7", "Etc/Unknown", "localtime", "Factory", "asia/saigon", "Asia/Saigon ", "Mars/Olympus",
     "../../etc/passwd", "Asia/../Asia/Saigon", "/usr/share/zoneinfo/Asia/Saigon", "Asia/Saigon\x00", "Asia", "x" * 10_000],
)  # fmt: skip
def test_whatever_else_a_browser_says_is_none(given: str) -> None:
    assert local_time.known_zone(given) is None


def zone(bench: Bench, conversation_id: str) -> str | None:
    with bench.database.read() as session:
        hers = select(Identity).join(Contact).where(Contact.id == contact_of(bench.database, conversation_id))
        return local_time.of(session, conversation_id, list(session.scalars(hers)))


def identity_of(bench: Bench, conversation_id: str) -> str:
    with bench.database.read() as session:
        return session.get_one(Conversation, conversation_id).identity_id


def contact_of(database: Database, conversation_id: str) -> str:
    with database.read() as session:
        return erasure.find(session, conversation_id=conversation_id).id


@pytest.mark.parametrize(
    ("phones", "found"),
    [(["+84912345678"], "Asia/Ho_Chi_Minh"), (["+6591234567"], "Asia/Singapore"), (["+447911123456"], None),
     (["+34612345678"], None), (["+80012345678"], None), (["+84912345678", "+6591234567"], None),
     (["+84912345678", "+84912345679"], "Asia/Ho_Chi_Minh"), ([], None)],
)  # fmt: skip
def test_a_telephone_number_tells_when_it_can_be_in_one_zone_only(
    bench: Bench, phones: list[str], found: str | None
) -> None:
    conversation_id = bench.conversation("queue", channel="whatsapp")
    identity_id = identity_of(bench, conversation_id)
    for phone in phones:
        with bench.database.write() as session:
            contacts.verify(session, identity_id, "phone", phone, bench.now)
    assert zone(bench, conversation_id) == found


def test_the_browser_knows_better_and_that_of_the_conversation_best(bench: Bench) -> None:
    web, other = (bench.conversation("queue", channel="web") for _ in range(2))
    phone = bench.conversation("queue", channel="whatsapp")
    for one in (web, other, phone):
        with bench.database.write() as session:
            contacts.verify(session, identity_of(bench, one), "phone", "+84912345678", bench.now)
    assert zone(bench, web) == "Asia/Ho_Chi_Minh"
    with bench.database.write() as session:
        local_time.note(session, identity_of(bench, web), "Europe/Madrid")
    assert [zone(bench, one) for one in (web, other, phone)] == ["Europe/Madrid"] * 3
    with bench.database.write() as session:
        local_time.note(session, identity_of(bench, other), "Europe/London")
    assert [zone(bench, one) for one in (web, other)] == ["Europe/Madrid", "Europe/London"]
    with bench.database.write() as session:
        session.get_one(Identity, identity_of(bench, web)).time_zone = "Gone/Away"  # zones come and go
        kept = giving_out.export(session, session.get_one(Contact, contact_of(bench.database, web)))
    assert zone(bench, web) is None
    assert {one["time_zone"] for one in kept["addresses"]} == {"Gone/Away", "Europe/London", None}


def test_places_are_called_as_their_readers_call_them() -> None:
    called = [local_time.place("Europe/London", locale) for locale in ("en_GB", "es_ES", "vi_VN")]
    assert called == ["London", "Londres", "London"]
    assert local_time.place("America/Argentina/Buenos_Aires", "en_GB") == "Buenos Aires"
