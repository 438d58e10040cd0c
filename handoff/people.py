"""Whose account may do what, and whether it works at all: acts of admins. There is always an admin who can sign in."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handoff import access_links, agent_sessions, capacity, conversations
from handoff.accounts import AccountError
from handoff.acts import Acts
from handoff.model import Agent, Audit, Conversation, Role
from handoff.people_model import HalfSignIn


def change_role(session: Session, agent_id: str, role: Role, by: str, now: datetime) -> None:
    """Another role, from the next request on. Raises AccountError: there would be no admin left."""
    admins = _admins(session)
    agent = capacity.hold(session, agent_id)
    if agent.role == role:
        return
    _keep_an_admin(admins, agent)
    session.add(Audit(at=now, actor=by, act="change role", agent_id=agent.id, details={"from": agent.role, "to": role}))
    agent.role = role


def disable(acts: Acts, agent_id: str, by: str, now: datetime) -> int:
    """Nobody signs in with this account any longer: sessions end, links die, and what the agent had goes back to the queue
    with its age, also what rested; the shoppers are told. Returns how many conversations went back.

    Raises:
        AccountError: there would be no admin left, or it is disabled already.
    """
    with acts.database.write() as session:
        # Conversations are locked before agents; what she takes between the two is found by the second look.
        held = [conversations.lock(session, one) for one in _hers(session, agent_id)]
        admins = _admins(session)
        agent = capacity.hold(session, agent_id)
        if agent.disabled_at is not None:
            raise AccountError("This account is disabled already.", "is_disabled")
        _keep_an_admin(admins, agent)
        if {one.id for one in held} != set(_hers(session, agent_id)):
            raise Moved
        for conversation in held:
            conversations.move(
                session, conversation, "release", by, now, reason="returned", details={"agent": agent.id}
            )
            acts.notice(session, conversation, "agent_left", now, name=agent.name)
        agent.disabled_at = now
        agent_sessions.end_all(session, agent, by, now)
        access_links.end_all_of(session, agent)
        session.execute(delete(HalfSignIn).where(HalfSignIn.agent_id == agent.id))
        details = {"conversations": len(held)}
        session.add(Audit(at=now, actor=by, act="disable agent", agent_id=agent.id, details=details))
        return len(held)


def enable(session: Session, agent_id: str, by: str, now: datetime) -> None:
    """The account works again, with its old password."""
    agent = capacity.hold(session, agent_id)
    if agent.disabled_at is not None:
        agent.disabled_at = None
        session.add(Audit(at=now, actor=by, act="enable agent", agent_id=agent.id, details={}))


class Moved(Exception):
    """The agent took or gave away a conversation at this very moment; do it again."""


def _hers(session: Session, agent_id: str) -> list[str]:
    query = select(Conversation.id).where(Conversation.owner == "agent", Conversation.agent_id == agent_id)
    return list(session.scalars(query.order_by(Conversation.queued_at, Conversation.id)))


def _admins(session: Session) -> list[Agent]:
    """Held, so that two admins who remove each other at the same moment come one after the other."""
    query = select(Agent).where(Agent.role == "admin", Agent.disabled_at.is_(None)).order_by(Agent.id)
    return list(session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)))


def _keep_an_admin(admins: list[Agent], agent: Agent) -> None:
    if agent.role == "admin" and agent.disabled_at is None and [one.id for one in admins] == [agent.id]:
        raise AccountError("This is the only admin. Make somebody else one first.", "last_admin")
