"""Visitors: a browser's right to one web identity."""

from datetime import timedelta

from handoff import visitors
from handoff.accounts import hash_token
from handoff.model import Identity, VisitorSession
from handoff.visitors import LASTS
from tests.unit.handoff.workbench import Bench, all_of


def admit(bench: Bench) -> str:
    with bench.database.write() as session:
        return visitors.admit(session, bench.now)


def identify(bench: Bench, token: str) -> Identity | None:
    with bench.database.read() as session:
        return visitors.identify(session, token, bench.now)


def test_every_visitor_is_somebody_new_on_the_web(bench: Bench) -> None:
    first, second = identify(bench, admit(bench)), identify(bench, admit(bench))
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert first.contact_id != second.contact_id
    assert {first.channel, second.channel} == {"web"}


def test_a_token_finds_the_same_visitor_until_it_expires(bench: Bench) -> None:
    token = admit(bench)
    first = identify(bench, token)
    bench.now += LASTS - timedelta(seconds=1)
    later = identify(bench, token)
    assert first is not None
    assert later is not None
    assert first.id == later.id
    bench.later(seconds=1)
    assert identify(bench, token) is None


def test_only_the_hash_of_a_token_is_stored_and_it_opens_nothing(bench: Bench) -> None:
    token = admit(bench)
    with bench.database.read() as session:
        (row,) = all_of(session, VisitorSession)
    assert row.token_hash == hash_token(token) != token
    assert identify(bench, row.token_hash) is None


def test_invented_tokens_and_ids_are_nobody(bench: Bench) -> None:
    token = admit(bench)
    found = identify(bench, token)
    assert found is not None
    for invented in ("", " ", token[:-1], token + "x", token.swapcase(), found.id, found.address, "' OR 1=1 --", "\0"):
        assert identify(bench, invented) is None, invented
