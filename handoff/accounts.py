"""Agents' accounts and sessions: argon2 hashes, opaque tokens of which only the hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handoff.conversations import new_id
from handoff.model import Agent, AgentSession, Audit, Role

SHORTEST_PASSWORD = 10
_HASHER = PasswordHasher()
# Checked when there is no such account, so that a wrong name takes as long as a wrong password.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


class AccountError(Exception):
    """Why an account cannot be made or changed, in words for the person who asked."""


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. The token is shown once; `csrf` must accompany every change."""

    token: str
    csrf: str
    agent: Agent


def add_agent(session: Session, email: str, name: str, role: Role, password: str, now: datetime) -> Agent:
    """Create an account.

    Raises:
        AccountError: the address is none or is taken, the name is empty, or the password too short.
    """
    address = normal_email(email)
    if not name.strip():
        raise AccountError("The name is empty. Shoppers see it when this person answers.")
    if session.scalar(select(Agent.id).where(Agent.email == address)) is not None:
        raise AccountError(f"There is already an account for {address}.")
    agent = Agent(
        id=new_id(), email=address, name=name.strip()[:120], role=role, password_hash=_hash(password), created_at=now
    )
    try:
        with session.begin_nested():
            session.add(agent)
    except IntegrityError:  # somebody else made it since
        raise AccountError(f"There is already an account for {address}.") from None
    session.add(Audit(at=now, actor="command line", act="add agent", agent_id=agent.id, details={"role": role}))
    return agent


def set_password(session: Session, agent: Agent, password: str, now: datetime) -> None:
    """Change the password and end every session. Raises AccountError when it is too short."""
    agent.password_hash = _hash(password)
    session.execute(delete(AgentSession).where(AgentSession.agent_id == agent.id))
    session.add(Audit(at=now, actor="command line", act="set password", agent_id=agent.id, details={}))


def find(session: Session, email: str) -> Agent | None:
    """The account of an address, if there is one."""
    try:
        return session.scalar(select(Agent).where(Agent.email == normal_email(email)))
    except AccountError:
        return None


def sign_in(session: Session, email: str, password: str, now: datetime, lasts: timedelta) -> SignedIn | None:
    """A new session, or None when address and password do not belong together."""
    agent = find(session, email)
    try:
        _HASHER.verify(agent.password_hash if agent else _NOBODY, password)
    except VerificationError:
        return None
    if agent is None or agent.disabled_at is not None:
        return None
    if _HASHER.check_needs_rehash(agent.password_hash):
        agent.password_hash = _HASHER.hash(password)
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        AgentSession(token_hash=hash_token(token), agent_id=agent.id, csrf=csrf, created_at=now, expires_at=now + lasts)
    )
    session.add(Audit(at=now, actor=f"agent:{agent.id}", act="sign in", agent_id=agent.id, details={}))
    return SignedIn(token, csrf, agent)


def of_session(session: Session, token: str, now: datetime) -> tuple[Agent, AgentSession] | None:
    """The agent behind a session token, while the session lasts and the account is enabled."""
    found = session.execute(
        select(Agent, AgentSession)
        .join(AgentSession, AgentSession.agent_id == Agent.id)
        .where(AgentSession.token_hash == hash_token(token), AgentSession.expires_at > now, Agent.disabled_at.is_(None))
    ).one_or_none()
    return (found[0], found[1]) if found else None


def sign_out(session: Session, token: str) -> None:
    """End one session."""
    session.execute(delete(AgentSession).where(AgentSession.token_hash == hash_token(token)))


def hash_token(token: str) -> str:
    """What is stored of a random token; no salt is needed, nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def normal_email(email: str) -> str:
    """The address in the one form that is stored. Raises AccountError when it is no address."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.casefold()
    except EmailNotValidError as error:
        raise AccountError(f"'{email}' is not an e-mail address: {error}") from None


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"The password has {len(password)} characters; it needs at least {SHORTEST_PASSWORD}.")
    return _HASHER.hash(password)
