"""The second step of signing in: codes of an app (TOTP, RFC 6238), and recovery codes for the day it is lost."""

import hashlib
import re
import secrets
from datetime import datetime
from hmac import compare_digest

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from handoff.accounts import AccountError
from handoff.model import Agent, Audit
from handoff.people_model import HalfSignIn, RecoveryCode, SecondStep

RECOVERY_CODES = 10
_STEP_SECONDS = 30
_CLOCKS_APART = 1  # steps that a telephone's clock may be off


def is_on(session: Session, agent_id: str) -> bool:
    """Whether this agent signs in with a second step."""
    found = select(SecondStep.agent_id).where(SecondStep.agent_id == agent_id, SecondStep.confirmed_at.is_not(None))
    return session.scalar(found) is not None


def begin(session: Session, agent: Agent) -> str:
    """A secret for the app, in Base32; it counts from its confirmation on. The same one until then.

    Raises:
        AccountError: the second step is on already.
    """
    row = session.get(SecondStep, agent.id)
    if row is None:
        row = SecondStep(agent_id=agent.id, secret=pyotp.random_base32())
        session.add(row)
    if row.confirmed_at is not None:
        raise AccountError("The second step is on already.", "step_is_on")
    session.flush()
    return row.secret


def address(agent: Agent, secret: str, shop: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=agent.email, issuer_name=shop)


def confirm(session: Session, agent: Agent, code: str, now: datetime) -> list[str]:
    """Turn the second step on with a code of the app; returns the recovery codes, which are shown once.

    Raises:
        AccountError: nothing was begun, it is on already, or the code is wrong.
    """
    row = _held(session, agent.id)
    if row is None or row.confirmed_at is not None:
        raise AccountError("Begin anew: there is nothing to confirm.", "step_not_begun")
    if not _use(row, code, now):
        raise AccountError("This is not the code that the app shows now.", "code", "code")
    row.confirmed_at = now
    _record(session, agent, "second step on", f"agent:{agent.id}", now)
    return new_recovery_codes(session, agent)


def new_recovery_codes(session: Session, agent: Agent) -> list[str]:
    """Ten codes in place of all earlier ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent.id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(code_hash=_hash(agent.id, code), agent_id=agent.id) for code in codes)
    return codes


def accept(session: Session, agent: Agent, code: str, now: datetime) -> bool:
    """Whether the code is the app's and newer than the last one, or a recovery code that was never used; uses it up."""
    row = _held(session, agent.id)
    if row is None or row.confirmed_at is None:
        return False
    if _use(row, code, now):
        return True
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == _hash(agent.id, code),
            RecoveryCode.agent_id == agent.id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    _record(session, agent, "recovery code", f"agent:{agent.id}", now, left=codes_left(session, agent.id))
    return True


def codes_left(session: Session, agent_id: str) -> int:
    """How many recovery codes are unused."""
    unused = select(func.count()).where(RecoveryCode.agent_id == agent_id, RecoveryCode.used_at.is_(None))
    return int(session.scalar(unused) or 0)


def turn_off(session: Session, agent: Agent, actor: str, now: datetime) -> None:
    """No second step any longer. Whoever is half signed in begins anew."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent.id))
    session.execute(delete(SecondStep).where(SecondStep.agent_id == agent.id))
    session.execute(delete(HalfSignIn).where(HalfSignIn.agent_id == agent.id))
    _record(session, agent, "second step off", actor, now)


def _use(row: SecondStep, code: str, now: datetime) -> bool:
    """Whether the code is of a time step around `now` that is later than the last used one; marks it used."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return False
    app, present = pyotp.TOTP(row.secret), int(now.timestamp()) // _STEP_SECONDS
    for step in range(present - _CLOCKS_APART, present + _CLOCKS_APART + 1):
        if step > row.last_used and compare_digest(app.generate_otp(step), digits):
            row.last_used = step
            return True
    return False


def _held(session: Session, agent_id: str) -> SecondStep | None:
    query = select(SecondStep).where(SecondStep.agent_id == agent_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def _recovery_code() -> str:
    """80 bits, in groups that can be read out."""
    letters = secrets.token_hex(10)
    return "-".join(letters[at : at + 5] for at in range(0, 20, 5))


def _hash(agent_id: str, code: str) -> str:
    normal = re.sub(r"[\s-]", "", code).casefold()
    return hashlib.sha256(f"{agent_id} {normal}".encode("utf-8", "replace")).hexdigest()


def _record(session: Session, agent: Agent, act: str, actor: str, now: datetime, **details: int) -> None:
    session.add(Audit(at=now, actor=actor, act=act, agent_id=agent.id, details=dict(details)))
