"""Links that let one person in once: an invitation to make an account, or to choose a new password.

Only the hash of a link's token is stored; the link itself is shown once, to whoever made it, and is not sent by anybody.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handoff import accounts, teams
from handoff.accounts import AccountError, hash_token, normal_email
from handoff.model import Agent, Audit, Role, Team
from handoff.people_model import AccessLink, LinkPurpose


class DeadLink(Exception):
    """The link was used, withdrawn or replaced, or its time is over."""


def invite(
    session: Session, email: str, role: Role, team_ids: list[str], by: Agent, now: datetime, lasts: timedelta
) -> str:
    """Invite somebody; returns the token of her link. An earlier invitation of hers no longer works.

    Raises:
        AccountError: the address is none, or has an account already; a team is not there.
    """
    address = normal_email(email)
    if accounts.find(session, address) is not None:
        raise AccountError(f"There is already an account for {address}.", "email_taken", "email")
    known = {team.id for team in teams.all_open(session)}
    if not set(team_ids) <= known:
        raise AccountError("One of the teams is no longer there.", "team", "teams")
    row = AccessLink(purpose="invitation", email=address, role=role, team_ids=sorted(set(team_ids)))
    token = _put(session, row, by, now, lasts)
    _record(session, "invite", by, now, None, email=address, role=role)
    return token


def password_link(session: Session, agent: Agent, by: Agent, now: datetime, lasts: timedelta) -> str:
    """A link with which this person chooses a new password; her old one works until she has.

    Raises:
        AccountError: the account is disabled.
    """
    if agent.disabled_at is not None:
        raise AccountError("This account is disabled; enable it first.", "is_disabled")
    row = AccessLink(purpose="password", email=agent.email, agent_id=agent.id, team_ids=[])
    token = _put(session, row, by, now, lasts)
    _record(session, "password link", by, now, agent)
    return token


def invitations(session: Session) -> list[AccessLink]:
    """All that were not accepted, over or not, the latest first."""
    query = select(AccessLink).where(AccessLink.purpose == "invitation")
    return list(session.scalars(query.order_by(AccessLink.created_at.desc(), AccessLink.email)))


def withdraw(session: Session, email: str, by: Agent, now: datetime) -> bool:
    """An invitation no longer works; False: there was none."""
    gone = delete(AccessLink).where(AccessLink.purpose == "invitation", AccessLink.email == email)
    if session.execute(gone).rowcount != 1:  # type: ignore[attr-defined]
        return False
    _record(session, "withdraw invitation", by, now, None, email=email)
    return True


def look(session: Session, token: str, purpose: LinkPurpose, now: datetime, *, hold: bool = False) -> AccessLink:
    """A link that still works; `hold` it until the transaction ends to use it. Raises DeadLink."""
    query = select(AccessLink).where(
        AccessLink.token_hash == hash_token(token), AccessLink.purpose == purpose, AccessLink.expires_at > now
    )
    found = session.scalar(query.with_for_update() if hold else query)
    if found is None:
        raise DeadLink
    return found


def accept(session: Session, token: str, name: str, password: str, language: str, now: datetime) -> Agent:
    """The invited person makes her account; the link is used up.

    Raises:
        DeadLink
        AccountError: what she wrote will not do, and the link still works; or somebody made the account meanwhile.
    """
    link = look(session, token, "invitation", now, hold=True)
    return make_account(session, link, name, password, language, now)


def make_account(
    session: Session, link: AccessLink, name: str, password: str | None, language: str, now: datetime
) -> Agent:
    """The account that an invitation promised, which is used up. Raises AccountError, and the link still works."""
    assert link.role is not None  # a constraint of the table
    agent = accounts.add_agent(
        session, link.email, name, link.role, password, now, actor="invitation", language=language
    )
    for team_id in link.team_ids:
        team = session.get(Team, team_id)
        if team is not None and team.disabled_at is None:
            teams.join(session, team, agent, "invitation", now)
    session.delete(link)
    session.flush()
    return agent


def choose_password(session: Session, token: str, password: str, now: datetime) -> Agent:
    """A new password by link: all sessions end, the link is used up.

    Raises:
        DeadLink
        AccountError: the password will not do, and the link still works.
    """
    link = look(session, token, "password", now, hold=True)
    agent = session.get_one(Agent, link.agent_id)
    if agent.disabled_at is not None:
        raise DeadLink
    accounts.set_password(session, agent, password, now, actor="password link")
    session.delete(link)
    session.flush()
    return agent


def end_all_of(session: Session, agent: Agent) -> None:
    """No link lets this person in any longer."""
    session.execute(delete(AccessLink).where(AccessLink.email == agent.email))


def _put(session: Session, row: AccessLink, by: Agent, now: datetime, lasts: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    session.execute(delete(AccessLink).where(AccessLink.purpose == row.purpose, AccessLink.email == row.email))
    row.token_hash, row.made_by, row.created_at, row.expires_at = hash_token(token), by.id, now, now + lasts
    session.add(row)
    session.flush()
    return token


def _record(session: Session, act: str, by: Agent, now: datetime, agent: Agent | None, **details: str) -> None:
    row = Audit(at=now, actor=f"agent:{by.id}", act=act, agent_id=agent.id if agent else None, details=dict(details))
    session.add(row)
