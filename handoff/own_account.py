"""What people change about their own account. What matters asks for the password, between two short transactions."""

from datetime import datetime

from sqlalchemy.orm import Session

from handoff import accounts, capacity, second_step, sign_in_tries
from handoff.accounts import AccountError
from handoff.database import Database
from handoff.model import Agent, Audit
from handoff.sign_in_tries import TooSoon, Trying


def change_profile(session: Session, agent: Agent, name: str, language: str, now: datetime) -> None:
    """Name and language of the console. Raises AccountError for an empty name."""
    before = {"name": agent.name, "language": agent.language}
    agent.name, agent.language = accounts.normal_name(name), language
    after = {"name": agent.name, "language": agent.language}
    if before != after:
        details = {"from": before, "to": after}
        session.add(Audit(at=now, actor=f"agent:{agent.id}", act="change profile", agent_id=agent.id, details=details))


def change_password(
    database: Database, agent_id: str, session_id: str, current: str, password: str, now: datetime
) -> str:
    """A new password for somebody who knows the old one; her other sessions end. Returns her address.

    Raises:
        AccountError: the current one is wrong, or the new one will not do.
    """
    checked = _with_password(database, agent_id, current, now)
    with database.write() as session:
        agent = _unchanged(session, checked)
        accounts.set_password(session, agent, password, now, actor=f"agent:{agent.id}", besides=session_id)
        return agent.email


def renew_codes(database: Database, agent_id: str, current: str, now: datetime) -> list[str]:
    """New recovery codes in place of the old ones. Raises AccountError: the password is wrong, or there is no second step."""
    checked = _with_password(database, agent_id, current, now)
    with database.write() as session:
        agent = _unchanged(session, checked)
        if not second_step.is_on(session, agent.id):
            raise AccountError("There is no second step.", "step_not_begun")
        codes = second_step.new_recovery_codes(session, agent)
        session.add(Audit(at=now, actor=f"agent:{agent.id}", act="new recovery codes", agent_id=agent.id, details={}))
        return codes


def turn_step_off(database: Database, agent_id: str, current: str, now: datetime) -> list[str]:
    """No second step any longer; nothing is returned. Raises AccountError: the password is wrong."""
    checked = _with_password(database, agent_id, current, now)
    with database.write() as session:
        agent = _unchanged(session, checked)
        second_step.turn_off(session, agent, f"agent:{agent.id}", now)
    return []


def _with_password(database: Database, agent_id: str, current: str, now: datetime) -> Agent:
    """The account, when this is its password. Guesses in somebody's open session are counted like those of signing in."""
    with database.read() as session:
        agent = session.get_one(Agent, agent_id)
    trying = Trying(f"session:{agent_id}", agent.email)
    try:
        with database.write() as session:
            sign_in_tries.begin(session, trying, now)
    except TooSoon:
        raise AccountError("Too many wrong passwords. Wait a few minutes.", "too_often", "current") from None
    if not accounts.belongs(agent, current):
        raise AccountError("This is not the current password.", "current", "current")
    with database.write() as session:
        sign_in_tries.forget(session, trying)
    return agent


def _unchanged(session: Session, checked: Agent) -> Agent:
    agent = capacity.hold(session, checked.id)
    if agent.password_hash != checked.password_hash or agent.disabled_at is not None:
        raise AccountError("The password was changed meanwhile.", "current", "current")
    return agent
