"""Many agents, in several processes, reach for the queue at once: every chat goes to one of them, nobody gets too many."""

import pytest

from bench.claims import prepare, race, server, wrong_with

CHATS, AGENTS, PROCESSES = 90, 12, 3


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_waiting_chat_is_claimed_once_and_capacity_holds(database: str) -> None:
    with server(database) as url:
        agents = prepare(url, CHATS, AGENTS)

        run = race(url, "product", agents, PROCESSES)

        assert list(wrong_with(url, run, CHATS)) == []
        assert len(run.claims) == CHATS
