"""Who may do what: one table for all routes, and the rule whose teams a lead leads."""

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff.model import Agent, Role, Team, TeamMember

Permission = Literal[
    "serve",  # conversations, and one's own account
    "manage_teams",  # teams, who is in them, what agents take on
    "manage_hours",
    "manage_labels",
    "manage_canned",
    "manage_channels",  # where shoppers reach the shop, with the secrets that it takes
    "manage_people",  # invitations, roles, who may sign in
    "manage_security",  # other people's sessions, passwords, second steps
    "read_audit",
]

_AGENT: frozenset[Permission] = frozenset({"serve"})
_LEAD: frozenset[Permission] = _AGENT | {"manage_teams", "manage_hours", "manage_labels", "manage_canned"}
_ADMIN: frozenset[Permission] = _LEAD | {"manage_channels", "manage_people", "manage_security", "read_audit"}
ROLES: dict[Role, frozenset[Permission]] = {"agent": _AGENT, "lead": _LEAD, "admin": _ADMIN}


def may(role: Role, what: Permission) -> bool:
    """Whether somebody of this role may do it at all; whose things a lead may touch `led_teams` says."""
    return what in ROLES[role]


def led_teams(session: Session, agent_id: str, role: Role) -> frozenset[str] | None:
    """The ids of the open teams whose things this person may change; None: everybody's.

    Admins may change all. So may a lead who is in no team: she leads the shop. A lead of teams leads these and no other.
    """
    if role == "admin":
        return None
    if role != "lead":
        return frozenset()
    own = select(TeamMember.team_id).join(Team, Team.id == TeamMember.team_id)
    found = frozenset(session.scalars(own.where(TeamMember.agent_id == agent_id, Team.disabled_at.is_(None))))
    return found or None


def leads_team(session: Session, agent_id: str, role: Role, team_id: str | None) -> bool:
    """Whether this person may change this team; None: what belongs to the whole shop."""
    led = led_teams(session, agent_id, role)
    return led is None or team_id in led


def leads_agent(session: Session, agent_id: str, role: Role, other: Agent) -> bool:
    """Whether this person may set what another one takes on: those of her teams, herself included."""
    led = led_teams(session, agent_id, role)
    if led is None:
        return True
    theirs = select(TeamMember.team_id).where(TeamMember.agent_id == other.id)
    return bool(led & set(session.scalars(theirs)))
