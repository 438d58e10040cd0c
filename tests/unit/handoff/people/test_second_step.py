"""The second step: codes of an app, each of them once; recovery codes; turning it on and off."""

from datetime import timedelta

import pyotp
import pytest

from handoff import accounts, own_account, second_step
from handoff.accounts import AccountError
from handoff.model import Agent, Audit
from handoff.people_model import RecoveryCode
from handoff.settings import HandoffSettings
from handoff.signing_in import HALF_LASTS, Browser, Entered, OwesCode, SigningIn
from tests.unit.handoff.people.conftest import PASSWORD, add
from tests.unit.handoff.workbench import Bench, all_of

HERE = Browser("127.0.0.1", "a test")


class Phone:
    """Ada's app, with the codes for the day on which it is lost."""

    def __init__(self, bench: Bench, agent_id: str) -> None:
        with bench.database.write() as session:
            secret = second_step.begin(session, session.get_one(Agent, agent_id))
        self.bench, self.agent_id, self._app = bench, agent_id, pyotp.TOTP(secret)
        with bench.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            self.recovery = second_step.confirm(session, agent, self.code(), bench.now)

    def code(self, *, later: int = 0) -> str:
        return self._app.at(self.bench.now + timedelta(seconds=later))

    def accepted(self, code: str) -> bool:
        with self.bench.database.write() as session:
            return second_step.accept(session, session.get_one(Agent, self.agent_id), code, self.bench.now)


@pytest.fixture
def phone(bench: Bench, ada: str) -> Phone:
    made = Phone(bench, ada)
    bench.later(minutes=5)
    return made


def owes(bench: Bench, now_plus: timedelta = timedelta()) -> OwesCode:
    found = SigningIn(bench.database, HandoffSettings()).with_password("ada@shop.example", PASSWORD, HERE, bench.now)
    assert isinstance(found, OwesCode)
    return found


def gives(bench: Bench, token: str, code: str) -> Entered | None:
    return SigningIn(bench.database, HandoffSettings()).with_code(token, code, HERE, bench.now)


def test_a_password_alone_is_half_the_way(bench: Bench, phone: Phone) -> None:
    token = owes(bench).token
    with bench.database.read() as session:
        assert accounts.of_session(session, token, bench.now) is None
    assert gives(bench, token, "000000") is None
    entered = gives(bench, token, phone.code())
    assert entered is not None
    assert entered.session.agent.id == phone.agent_id
    with pytest.raises(LookupError):
        gives(bench, token, phone.code(later=30))


def test_a_code_works_once_and_an_older_one_not_after_it(phone: Phone) -> None:
    code, older = phone.code(), phone.code(later=-30)
    assert phone.accepted(f" {code[:3]} {code[3:]} ")
    assert not phone.accepted(code)
    assert not phone.accepted(older)
    assert phone.accepted(phone.code(later=30))


@pytest.mark.parametrize(("seconds", "accepted"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_clocks_may_be_half_a_minute_apart(phone: Phone, seconds: int, accepted: bool) -> None:
    assert phone.accepted(phone.code(later=seconds)) is accepted


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0" * 10_000, "\ud800"])
def test_what_is_no_code_is_none(phone: Phone, code: str) -> None:
    assert not phone.accepted(code)


def test_a_recovery_code_works_once_however_it_is_typed(bench: Bench, phone: Phone) -> None:
    first, second = phone.recovery[:2]
    assert len(set(phone.recovery)) == second_step.RECOVERY_CODES
    assert phone.accepted(first)
    assert not phone.accepted(first)
    assert phone.accepted(second.upper().replace("-", " "))
    with bench.database.read() as session:
        assert second_step.codes_left(session, phone.agent_id) == second_step.RECOVERY_CODES - 2
        stored = repr([one.code_hash for one in all_of(session, RecoveryCode)])
        assert not any(code in stored for code in phone.recovery)


def test_a_recovery_code_is_one_persons(bench: Bench, phone: Phone) -> None:
    other = Phone(bench, add(bench, "ben"))
    assert not other.accepted(phone.recovery[0])


def test_it_counts_from_its_confirmation_on(bench: Bench, ada: str) -> None:
    with bench.database.write() as session:
        agent = session.get_one(Agent, ada)
        secret = second_step.begin(session, agent)
        assert second_step.begin(session, agent) == secret, "a reload shows the same picture"
        assert not second_step.is_on(session, ada)
        assert not second_step.accept(session, agent, pyotp.TOTP(secret).at(bench.now), bench.now)
        with pytest.raises(AccountError):
            second_step.confirm(session, agent, "000000", bench.now)
        second_step.confirm(session, agent, pyotp.TOTP(secret).at(bench.now), bench.now)
        assert not second_step.accept(session, agent, pyotp.TOTP(secret).at(bench.now), bench.now), "used to confirm"
        with pytest.raises(AccountError):
            second_step.begin(session, agent)


def test_after_five_wrong_codes_one_begins_again(bench: Bench, phone: Phone) -> None:
    token = owes(bench).token
    for _ in range(4):
        assert gives(bench, token, "000000") is None
    with pytest.raises(Exception, match="wait"):  # the password's try was the first of the free ones
        gives(bench, token, "000000")
    bench.later(minutes=1)
    assert gives(bench, token, "000000") is None
    bench.later(minutes=1)
    with pytest.raises(LookupError):
        gives(bench, token, phone.code())


def test_half_a_sign_in_ends_with_its_time_and_with_the_account(bench: Bench, phone: Phone) -> None:
    late, disabled = owes(bench).token, owes(bench).token
    bench.now += HALF_LASTS
    with pytest.raises(LookupError):
        gives(bench, late, phone.code())
    fresh = owes(bench).token
    with bench.database.write() as session:
        session.get_one(Agent, phone.agent_id).disabled_at = bench.now
    for token in (disabled, fresh):
        with pytest.raises(LookupError):
            gives(bench, token, phone.code())


def test_turning_off_needs_the_password(bench: Bench, phone: Phone) -> None:
    with pytest.raises(AccountError) as refused:
        own_account.turn_step_off(bench.database, phone.agent_id, "a guess", bench.now)
    assert refused.value.field == "current"
    own_account.turn_step_off(bench.database, phone.agent_id, PASSWORD, bench.now)
    with bench.database.read() as session:
        assert not second_step.is_on(session, phone.agent_id)
        acts = [one.act for one in all_of(session, Audit)]
    assert acts[-2:] == ["second step on", "second step off"]


def test_new_recovery_codes_replace_the_old_ones(bench: Bench, phone: Phone) -> None:
    fresh = own_account.renew_codes(bench.database, phone.agent_id, PASSWORD, bench.now)
    assert not phone.accepted(phone.recovery[0])
    assert phone.accepted(fresh[0])


def test_guesses_in_an_open_session_are_slowed_down_too(bench: Bench, phone: Phone) -> None:
    keys = []
    for number in range(7):
        with pytest.raises(AccountError) as refused:
            own_account.turn_step_off(bench.database, phone.agent_id, f"guess {number}", bench.now)
        keys.append(refused.value.key)
    assert keys == ["current"] * 5 + ["too_often"] * 2
