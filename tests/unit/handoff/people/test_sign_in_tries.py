"""How fast anybody may try: who guesses is slowed down more and more, and nobody else is kept out by it."""

from datetime import timedelta

import pytest

from handoff import sign_in_tries
from handoff.model import Agent
from handoff.sign_in_tries import FREE_BY_ADDRESS, FREE_BY_DEVICE, FREE_ON_ACCOUNT, MOST_ON_ACCOUNT, TooSoon, Trying
from tests.unit.handoff.people.conftest import row
from tests.unit.handoff.workbench import Bench

ADA = "ada@shop.example"


def tries(desk: Bench, address: str = "10.0.0.1", account: str = ADA, device: str = "") -> timedelta:
    """One try; how long it has to wait, zero when it was let through."""
    try:
        with desk.database.write() as session:
            sign_in_tries.begin(session, Trying(address, account, device), desk.now)
    except TooSoon as error:
        return error.wait
    return timedelta()


def gets_in(desk: Bench, agent: Agent, address: str, device: str = "") -> str:
    with desk.database.write() as session:
        return sign_in_tries.succeeded(session, Trying(address, agent.email, device), agent, desk.now)


def test_the_first_tries_cost_nothing_and_then_each_wait_is_twice_the_last(bench: Bench) -> None:
    assert [tries(bench) for _ in range(FREE_ON_ACCOUNT)] == [timedelta()] * FREE_ON_ACCOUNT
    waits = []
    for _ in range(8):
        waits.append(tries(bench).total_seconds())
        bench.now += timedelta(seconds=waits[-1])
        assert tries(bench) == timedelta()
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_try_that_has_to_wait_does_not_make_the_wait_longer(bench: Bench) -> None:
    for _ in range(FREE_ON_ACCOUNT):
        tries(bench)
    assert {tries(bench) for _ in range(5)} == {timedelta(seconds=5)}


def test_an_hour_later_all_is_forgotten(bench: Bench) -> None:
    for _ in range(FREE_ON_ACCOUNT):
        tries(bench)
    bench.later(hours=1)
    assert tries(bench) == timedelta()


@pytest.mark.parametrize("written", [ADA.upper(), f"  {ADA} "])
def test_the_account_is_the_same_however_it_is_written(bench: Bench, written: str) -> None:
    for _ in range(FREE_ON_ACCOUNT):
        tries(bench)
    assert tries(bench, account=written) > timedelta()


def test_who_guesses_at_one_address_keeps_nobody_out_at_another(bench: Bench) -> None:
    """However long: one address alone never makes so many failures that the account waits everywhere."""
    ends = bench.now + timedelta(hours=3)
    made = 0
    while bench.now < ends:
        wait = tries(bench)
        made += wait == timedelta()
        bench.now += wait
        assert tries(bench, address=f"10.1.{made // 250}.{made % 250}") == timedelta() or made > MOST_ON_ACCOUNT
        made += 1
        bench.later(seconds=60)


def test_a_crowd_that_guesses_makes_strange_browsers_wait_and_hers_not(bench: Bench, ada: str) -> None:
    known = gets_in(bench, row(bench, ada), "10.0.0.1")
    for number in range(MOST_ON_ACCOUNT):
        assert tries(bench, address=f"10.2.{number // 250}.{number % 250}") == timedelta()
    assert tries(bench, address="10.3.0.1") == timedelta(hours=1)
    assert tries(bench, address="10.3.0.1", device="invented") == timedelta(hours=1)
    assert tries(bench, address="10.3.0.1", device=known) == timedelta()
    bench.later(hours=1)
    assert tries(bench, address="10.3.0.1") == timedelta()


def test_a_known_browser_is_slowed_down_by_its_own_failures(bench: Bench, ada: str) -> None:
    known = gets_in(bench, row(bench, ada), "10.0.0.1")
    for _ in range(FREE_BY_DEVICE):
        assert tries(bench, device=known) == timedelta()
    assert tries(bench, device=known) > timedelta()
    assert tries(bench, address="10.9.9.9", device=known) > timedelta()


def test_a_browser_is_known_to_the_accounts_that_were_signed_in_on_it_alone(bench: Bench, ada: str, boss: str) -> None:
    known = gets_in(bench, row(bench, ada), "10.0.0.1")
    for _ in range(FREE_ON_ACCOUNT):
        tries(bench, account="boss@shop.example", device=known)
    assert tries(bench, account="boss@shop.example", device=known) > timedelta()
    assert gets_in(bench, row(bench, boss), "10.0.0.1", known) == known, "two people may share a browser"
    assert tries(bench, account="boss@shop.example", device=known) == timedelta()


def test_getting_in_forgets_what_failed_there_and_nothing_else(bench: Bench, ada: str) -> None:
    for address in ("10.0.0.1", "10.0.0.2"):
        for _ in range(FREE_ON_ACCOUNT):
            tries(bench, address=address)
    gets_in(bench, row(bench, ada), "10.0.0.1")
    assert tries(bench, address="10.0.0.1") == timedelta()
    assert tries(bench, address="10.0.0.2") > timedelta()


def test_one_address_that_tries_many_accounts_is_slowed_down(bench: Bench) -> None:
    waits = [tries(bench, account=f"{number}@shop.example") for number in range(FREE_BY_ADDRESS + 5)]
    assert waits[:FREE_BY_ADDRESS] == [timedelta()] * FREE_BY_ADDRESS
    assert all(wait > timedelta() for wait in waits[FREE_BY_ADDRESS:])
