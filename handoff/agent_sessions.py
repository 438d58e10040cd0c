"""Sessions as people see them: where somebody is signed in, since when, and the way to end that."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from handoff.model import Agent, AgentSession, Audit

_NOTED_EVERY = timedelta(minutes=5)  # "last used" need not be finer, and is a write
_ID = 16  # of the hash's signs; enough to tell somebody's sessions apart, and no way back to the token

# The first that is found names it: others call themselves by several of these names.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
             ("Chromium", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True)
class Device:
    """What a browser calls itself, in names that people know; "" where it does not say."""

    browser: str
    system: str


@dataclass(frozen=True)
class Shown:
    """A session in a list. `id` is no secret."""

    id: str
    device: Device
    since: datetime
    used_at: datetime


def device(user_agent: str) -> Device:
    """Browser and system from a user agent's line, which anybody may have written."""

    def first(names: tuple[tuple[str, str], ...]) -> str:
        return next((name for sign, name in names if sign in user_agent), "")

    return Device(first(_BROWSERS), first(_SYSTEMS))


def session_id(token_hash: str) -> str:
    """By which a session is named on a page."""
    return token_hash[:_ID]


def of_agent(session: Session, agent_id: str, now: datetime) -> list[Shown]:
    """The lasting sessions of an agent, the lately used first."""
    query = select(AgentSession).where(AgentSession.agent_id == agent_id, AgentSession.expires_at > now)
    rows = [
        Shown(session_id(row.token_hash), device(row.device), row.created_at, row.used_at or row.created_at)
        for row in session.scalars(query)
    ]
    return sorted(rows, key=lambda row: row.used_at, reverse=True)


def note_use(session: Session, held: AgentSession, now: datetime) -> None:
    """That a session is used; call it when `is_stale`."""
    session.execute(
        update(AgentSession)
        .where(AgentSession.token_hash == held.token_hash)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def is_stale(held: AgentSession, now: datetime) -> bool:
    """Whether its last use should be noted anew."""
    return held.used_at is None or not timedelta() <= now - held.used_at < _NOTED_EVERY


def end(session: Session, agent: Agent, which: str, actor: str, now: datetime) -> int:
    """End one session of this agent by its id; returns how many ended, 0 or 1."""
    if not re.fullmatch(rf"[0-9a-f]{{{_ID}}}", which):
        return 0
    named = func.substr(AgentSession.token_hash, 1, _ID) == which
    return _end(session, delete(AgentSession).where(AgentSession.agent_id == agent.id, named), agent, actor, now)


def end_all(session: Session, agent: Agent, actor: str, now: datetime, *, besides: str = "") -> int:
    """End all sessions of this agent, but for the one of the id `besides`; returns how many."""
    others = delete(AgentSession).where(
        AgentSession.agent_id == agent.id, func.substr(AgentSession.token_hash, 1, _ID) != besides
    )
    return _end(session, others, agent, actor, now)


def _end(session: Session, which: object, agent: Agent, actor: str, now: datetime) -> int:
    count: int = session.execute(which).rowcount  # type: ignore[call-overload]
    if count:
        row = Audit(at=now, actor=actor, act="end sessions", agent_id=agent.id, details={"sessions": count})
        session.add(row)
    return count
