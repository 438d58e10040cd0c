"""Agents' accounts: who may sign in, for how long, and what is stored of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import delete
from sqlalchemy.orm import Session

from handoff import accounts
from handoff.accounts import AccountError, SignedIn
from handoff.model import Agent, AgentSession, Audit
from handoff.people_model import SignInTry
from handoff.settings import HandoffSettings
from handoff.signing_in import Browser, OwesCode, SigningIn
from tests.unit.handoff.workbench import Bench, all_of

PASSWORD = "ten and more characters"
LASTS = timedelta(hours=12)
HERE = Browser("127.0.0.1", "a test")
THOROUGH, NOBODY = accounts._HASHER, accounts._NOBODY  # before the tests take quick ones


@pytest.fixture
def ada(bench: Bench) -> str:
    with bench.database.write() as session:
        return accounts.add_agent(session, "Ada@Shop.example", " Ada ", "agent", PASSWORD, bench.now).id


def sign_in(bench: Bench, email: str = "ada@shop.example", password: str = PASSWORD) -> SignedIn | None:
    with bench.database.write() as session:  # so many tries that none of these tests has to wait
        session.execute(delete(SignInTry))
    found = SigningIn(bench.database, HandoffSettings()).with_password(email, password, HERE, bench.now)
    assert not isinstance(found, OwesCode)
    return found.session if found is not None else None


def signed_in(bench: Bench) -> SignedIn:
    found = sign_in(bench)
    assert found is not None
    return found


def whose(bench: Bench, token: str) -> str | None:
    with bench.database.read() as session:
        found = accounts.of_session(session, token, bench.now)
        return found[0].id if found else None


def add(
    session: Session, bench: Bench, email: str = "ben@shop.example", name: str = "Ben", password: str = PASSWORD
) -> None:
    accounts.add_agent(session, email, name, "lead", password, bench.now)


def test_an_account_is_kept_with_a_trimmed_name_and_a_normal_address(bench: Bench, ada: str) -> None:
    with bench.database.read() as session:
        agent = session.get_one(Agent, ada)
    assert (agent.email, agent.name, agent.role) == ("ada@shop.example", "Ada", "agent")
    assert PASSWORD not in agent.password_hash
    assert agent.password_hash.startswith("$argon2id$")


def test_the_right_password_opens_a_session_that_lasts_its_time(bench: Bench, ada: str) -> None:
    token = signed_in(bench).token
    assert whose(bench, token) == ada
    bench.now += LASTS - timedelta(seconds=1)
    assert whose(bench, token) == ada
    bench.later(seconds=1)
    assert whose(bench, token) is None


@pytest.mark.parametrize("email", ["ada@shop.example", "ADA@SHOP.EXAMPLE", "  ada@shop.example\n"])
def test_an_address_may_be_written_as_people_write_it(bench: Bench, ada: str, email: str) -> None:
    assert sign_in(bench, email) is not None


@pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "x" * 10_000])
def test_a_wrong_password_opens_nothing(bench: Bench, ada: str, password: str) -> None:
    assert sign_in(bench, password=password) is None
    with bench.database.read() as session:
        assert all_of(session, AgentSession) == []


@pytest.mark.parametrize(
    "email", ["eve@shop.example", "", "not an address", "ada@shop.example' OR '1'='1", "a\0b@c.example"]
)
def test_an_unknown_address_opens_nothing(bench: Bench, ada: str, email: str) -> None:
    assert sign_in(bench, email) is None


def test_an_unknown_address_costs_as_much_work_as_a_wrong_password(
    bench: Bench, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    verify = accounts._HASHER.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            verified.append(password)
            return verify(stored, password)

    monkeypatch.setattr(accounts, "_HASHER", Counting())
    sign_in(bench, "eve@shop.example", "guess")
    sign_in(bench, "ada@shop.example", "guess")
    assert verified == ["guess", "guess"]


def test_a_hash_costs_what_the_argon2_standard_asks_for() -> None:
    for cost in (THOROUGH, extract_parameters(NOBODY)):
        assert (cost.memory_cost, cost.time_cost) >= (64 * 1024, 3)  # RFC 9106, section 4: the second recommendation


def test_a_hash_that_became_too_cheap_is_replaced_at_the_next_sign_in(
    bench: Bench, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    assert sign_in(bench) is not None
    with bench.database.read() as session:
        assert "t=2" in session.get_one(Agent, ada).password_hash
    assert sign_in(bench) is not None


def test_a_disabled_account_can_neither_sign_in_nor_go_on(bench: Bench, ada: str) -> None:
    token = signed_in(bench).token
    with bench.database.write() as session:
        session.get_one(Agent, ada).disabled_at = bench.now
    assert whose(bench, token) is None
    assert sign_in(bench) is None


def test_a_new_password_ends_every_session(bench: Bench, ada: str) -> None:
    tokens = [signed_in(bench).token for _ in range(2)]
    with bench.database.write() as session:
        accounts.set_password(session, session.get_one(Agent, ada), "another long one", bench.now)
    assert [whose(bench, token) for token in tokens] == [None, None]
    assert sign_in(bench) is None
    assert sign_in(bench, password="another long one") is not None


def test_a_new_password_ends_nobody_elses_session(bench: Bench, ada: str) -> None:
    token = signed_in(bench).token
    with bench.database.write() as session:
        add(session, bench)
    with bench.database.write() as session:
        ben = accounts.find(session, "ben@shop.example")
        assert ben is not None
        accounts.set_password(session, ben, "another long one", bench.now)
    assert whose(bench, token) == ada


def test_signing_out_ends_one_session_and_no_other(bench: Bench, ada: str) -> None:
    first, second = signed_in(bench).token, signed_in(bench).token
    with bench.database.write() as session:
        accounts.sign_out(session, first)
    assert (whose(bench, first), whose(bench, second)) == (None, ada)


@pytest.mark.parametrize("backend", ["sqlite"])  # whose file can be looked through
def test_of_a_token_only_the_hash_is_stored(bench: Bench, ada: str) -> None:
    found = signed_in(bench)
    with bench.database.read() as session:
        (row,) = all_of(session, AgentSession)
    assert row.token_hash == accounts.hash_token(found.token)
    assert found.token not in (row.token_hash, row.csrf)
    assert row.csrf == found.csrf
    bench.database.close()  # moves the write-ahead log into the file
    assert found.token.encode() not in Path(str(bench.database.engine.url.database)).read_bytes()


def test_a_stored_hash_is_no_token(bench: Bench, ada: str) -> None:
    assert whose(bench, accounts.hash_token(signed_in(bench).token)) is None


def test_tokens_differ_every_time(bench: Bench, ada: str) -> None:
    first, second = signed_in(bench), signed_in(bench)
    assert len({first.token, second.token, first.csrf, second.csrf}) == 4


@pytest.mark.parametrize("password", ["", "a" * (accounts.SHORTEST_PASSWORD - 1)])
def test_a_short_password_is_refused_with_both_lengths(bench: Bench, password: str) -> None:
    with bench.database.write() as session, pytest.raises(AccountError) as refused:
        add(session, bench, password=password)
    assert f"{len(password)} characters" in str(refused.value)
    assert str(accounts.SHORTEST_PASSWORD) in str(refused.value)
    with bench.database.read() as session:
        assert all_of(session, Agent) == []


def test_a_short_new_password_leaves_the_old_one_and_its_sessions(bench: Bench, ada: str) -> None:
    token = signed_in(bench).token
    with pytest.raises(AccountError), bench.database.write() as session:
        accounts.set_password(session, session.get_one(Agent, ada), "short", bench.now)
    assert whose(bench, token) == ada
    assert sign_in(bench) is not None


@pytest.mark.parametrize("email", ["ada@shop.example", "ADA@shop.Example "])
def test_an_address_has_one_account_however_it_is_written(bench: Bench, ada: str, email: str) -> None:
    with (
        bench.database.write() as session,
        pytest.raises(AccountError, match=r"already an account for ada@shop\.example"),
    ):
        add(session, bench, email)


def test_an_accent_is_the_same_whether_typed_as_one_sign_or_two() -> None:
    assert accounts.normal_email("jose\u0301@shop.example") == accounts.normal_email("jos\u00e9@shop.example")


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@shop.example", "a b@shop.example", "ada@shop..example"])
def test_what_is_no_address_is_refused_by_name(bench: Bench, email: str) -> None:
    with bench.database.write() as session, pytest.raises(AccountError, match="is not an e-mail address"):
        add(session, bench, email)


def test_an_agent_has_a_name(bench: Bench) -> None:
    with bench.database.write() as session, pytest.raises(AccountError, match="name is empty"):
        add(session, bench, name="  \t")


def test_accounts_and_sign_ins_are_recorded_without_secrets(bench: Bench, ada: str) -> None:
    found = signed_in(bench)
    with bench.database.write() as session:
        accounts.set_password(session, session.get_one(Agent, ada), "another long one", bench.now)
    with bench.database.read() as session:
        rows = all_of(session, Audit)
    assert [(row.act, row.agent_id) for row in rows] == [("add agent", ada), ("sign in", ada), ("set password", ada)]
    told = repr([(row.actor, row.details) for row in rows])
    for secret in (PASSWORD, "another long one", found.token, found.csrf):
        assert secret not in told
