"""Agents' accounts and sessions: argon2 hashes, opaque tokens of which only the hash is stored."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handoff.conversations import new_id
from handoff.model import Agent, AgentSession, Audit, Role

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000  # more is hashed for nobody
LONGEST_NAME = 120
_HASHER = PasswordHasher()
# Checked when there is no such account, so that a wrong name takes as long as a wrong password.
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_COMMAND_LINE = "command line"


class AccountError(Exception):
    """Why an account cannot be made or changed, in words for the person who asked; `key` names them for pages."""

    def __init__(self, words: str, key: str, field: str = "", **values: Any) -> None:
        super().__init__(words)
        self.key, self.field, self.values = key, field, values


@dataclass(frozen=True)
class SignedIn:
    """A fresh session. The token is shown once; `csrf` must accompany every change."""

    token: str
    csrf: str
    agent: Agent


def add_agent(
    session: Session,
    email: str,
    name: str,
    role: Role,
    password: str | None,
    now: datetime,
    *,
    actor: str = _COMMAND_LINE,
    language: str = "en",
) -> Agent:
    """Create an account. Without a password nobody can sign in with one.

    Raises:
        AccountError: the address is none or is taken, the name is empty, or the password too short.
    """
    address = normal_email(email)
    if session.scalar(select(Agent.id).where(Agent.email == address)) is not None:
        raise _taken(address)
    agent = Agent(
        id=new_id(),
        email=address,
        name=normal_name(name),
        role=role,
        password_hash=hash_password(password) if password is not None else "",
        language=language,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(agent)
    except IntegrityError:  # somebody else made it since
        raise _taken(address) from None
    session.add(Audit(at=now, actor=actor, act="add agent", agent_id=agent.id, details={"role": role}))
    return agent


def set_password(
    session: Session, agent: Agent, password: str, now: datetime, *, actor: str = _COMMAND_LINE, besides: str = ""
) -> None:
    """Change the password and end every session, but for the one whose token hash begins with `besides`.

    Raises:
        AccountError: the password is too short; nothing is changed.
    """
    agent.password_hash = hash_password(password)
    others = delete(AgentSession).where(AgentSession.agent_id == agent.id)
    session.execute(others.where(~AgentSession.token_hash.startswith(besides)) if besides else others)
    session.add(Audit(at=now, actor=actor, act="set password", agent_id=agent.id, details={}))


def find(session: Session, email: str) -> Agent | None:
    """The account of an address, if there is one."""
    try:
        return session.scalar(select(Agent).where(Agent.email == normal_email(email)))
    except AccountError:
        return None


def belongs(agent: Agent | None, password: str) -> bool:
    """Whether the password is this account's; takes as long when there is no account, or it has none."""
    known = agent.password_hash if agent and agent.password_hash else _NOBODY
    try:
        _HASHER.verify(known, password[:LONGEST_PASSWORD])
    except VerificationError:
        return False
    return agent is not None and agent.disabled_at is None and known != _NOBODY


def open_session(
    session: Session, agent: Agent, now: datetime, lasts: timedelta, *, device: str = "", how: str = "password"
) -> SignedIn:
    """A new session of somebody who has shown who she is; `device` is what her browser calls itself."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        AgentSession(
            token_hash=hash_token(token),
            agent_id=agent.id,
            csrf=csrf,
            created_at=now,
            used_at=now,
            expires_at=now + lasts,
            device=device[:300],
        )
    )
    session.add(Audit(at=now, actor=f"agent:{agent.id}", act="sign in", agent_id=agent.id, details={"how": how}))
    return SignedIn(token, csrf, agent)


def renew_hash(agent: Agent, password: str) -> None:
    """Hash a password that was just found right anew, when its hash has become too cheap."""
    if _HASHER.check_needs_rehash(agent.password_hash):
        agent.password_hash = _HASHER.hash(password)


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
        raise AccountError(f"'{email}' is not an e-mail address: {error}", "email", "email") from None


def normal_name(name: str) -> str:
    """A name as shoppers see it. Raises AccountError when nothing is left of it."""
    kept = " ".join("".join(sign for sign in name if sign.isprintable()).split())[:LONGEST_NAME]
    if not kept:
        raise AccountError("The name is empty. Shoppers see it when this person answers.", "name", "name")
    return kept


def hash_password(password: str) -> str:
    """What is stored of a password. Raises AccountError when it is too short or too long."""
    length = len(password)
    if length < SHORTEST_PASSWORD:
        raise AccountError(
            f"The password has {length} characters; it needs at least {SHORTEST_PASSWORD}.",
            "password_short", "password", shortest=SHORTEST_PASSWORD,
        )  # fmt: skip
    if length > LONGEST_PASSWORD:
        raise AccountError(
            f"The password has {length} characters; at most {LONGEST_PASSWORD} are taken.",
            "password_long", "password", longest=LONGEST_PASSWORD,
        )  # fmt: skip
    return _HASHER.hash(password)


def _taken(address: str) -> AccountError:
    return AccountError(f"There is already an account for {address}.", "email_taken", "email")
