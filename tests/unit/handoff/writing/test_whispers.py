"""Who looks and who writes: told to whoever may know, heard only when well-formed and not too often, never stored."""

import asyncio
import json
from datetime import timedelta

import pytest

from handoff.bus import SHOPPER, Bus, Subscription, Whisper
from handoff.model import Event
from handoff.postgres import told
from handoff.whispers import AgentSays, Ear, Whispers
from tests.unit.handoff.workbench import NOON, Bench, all_of


async def heard(news: Subscription) -> list[tuple[str, str]]:
    await asyncio.sleep(0)
    found: list[tuple[str, str]] = []
    while news.waits:
        one = await news.next()
        assert isinstance(one, Whisper)
        found.append((one.who, one.doing))
    return found


async def test_a_shopper_learns_that_her_agent_writes_and_nothing_else(bench: Bench) -> None:
    bus, ada, ben = Bus(), bench.agent("Ada"), bench.agent("Ben")
    conversation_id = bench.conversation("agent", agent=ada, channel="web")
    row = bench.row(conversation_id)
    whispers = Whispers(bench.database, bus)
    with bus.subscribe() as desk, bus.subscribe(row.identity_id) as hers, bus.subscribe("another") as others:
        for who, doing in ((ada, "looks"), (ada, "notes"), (ben, "writes"), (ada, "leaves")):
            whispers.of_agent(who, AgentSays(conversation=conversation_id, doing=doing))  # type: ignore[arg-type]
            assert await heard(hers) == []
            # Whoever does not have it cannot be writing a reply.
            assert await heard(desk) == [(who, "notes" if who == ben else doing)]
        whispers.of_agent(ada, AgentSays(conversation=conversation_id, doing="writes"))
        assert await heard(hers) == await heard(desk) == [(ada, "writes")]
        whispers.of_shopper(row.identity_id)
        assert await heard(desk) == [(SHOPPER, "writes")]
        assert await heard(hers) == await heard(others) == []
    with bench.database.read() as session:
        assert not [event for event in all_of(session, Event) if "whisper" in event.kind]


async def test_nobody_is_heard_in_a_conversation_that_is_closed_or_never_was(bench: Bench) -> None:
    bus, ada = Bus(), bench.agent("Ada")
    closed = bench.row(bench.conversation("closed", channel="web"))
    whispers = Whispers(bench.database, bus)
    with bus.subscribe() as desk:
        whispers.of_shopper(closed.identity_id)
        whispers.of_shopper("nobody")
        whispers.of_agent(ada, AgentSays(conversation="0" * 32, doing="looks"))
        assert await heard(desk) == []


@pytest.mark.parametrize(
    "said",
    ["", "{}", "[]", "null", "typing", '{"typing":false}', '{"typing":true,"conversation":"x"}',
     '{"typing":true,"who":"agent"}', '{"typing":' + "[" * 200, b'{"typing":true}', None, '{"typing":true}' + " " * 300],
)  # fmt: skip
def test_what_is_malformed_is_not_heard(said: object) -> None:
    assert Ear(lambda: NOON).shopper(said) is None


@pytest.mark.parametrize(
    "said",
    [{"conversation": "x", "doing": "looks"}, {"conversation": "0" * 32, "doing": "shouts"}, {"conversation": "0" * 32},
     {"conversation": "0" * 32, "doing": "looks", "who": "somebody"}, {"conversation": ["0" * 32], "doing": "looks"}],
)  # fmt: skip
def test_an_agents_browser_speaks_for_its_agent_only(said: dict[str, object]) -> None:
    assert Ear(lambda: NOON).agent(json.dumps(said)) is None


def test_who_says_too_much_is_not_heard_for_a_while() -> None:
    now = NOON
    ear = Ear(lambda: now)
    assert sum(ear.shopper('{"typing":true}') is not None for _ in range(100)) == 20
    now += timedelta(seconds=11)
    assert ear.shopper('{"typing":true}') is not None


def test_desks_tell_each_other_ids_only() -> None:
    assert told("d1 c1 i1 a1 writes") == ("d1", Whisper("c1", "i1", "a1", "writes"))
    assert told("d1 c1 i1 a1 shouts") is None
