"""What the pages of people show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import access_links, agent_sessions, capacity, permissions, second_step, teams
from handoff.console.session import Viewer
from handoff.model import Agent, Team, TeamMember
from handoff.people_model import AccessLink, ProviderIdentity, SecondStep
from handoff.presence import is_online
from handoff.settings import HandoffSettings


@dataclass(frozen=True)
class Row:
    """One person in the list."""

    agent: Agent
    presence: str  # online, away, offline, disabled
    teams: list[str]
    in_hand: int
    second_step: bool


@dataclass(frozen=True)
class Invited:
    """One invitation in the list."""

    link: AccessLink
    by: str
    is_over: bool


def everybody(session: Session, viewer: Viewer, settings: HandoffSettings, now: datetime) -> dict[str, Any]:
    """All people; disabled ones last. Invitations are the admins' business."""
    agents = session.scalars(select(Agent).order_by(Agent.disabled_at.is_not(None), Agent.name, Agent.id))
    in_teams, taken = _team_names(session), capacity.taken(session)
    with_step = set(session.scalars(select(SecondStep.agent_id).where(SecondStep.confirmed_at.is_not(None))))
    rows = [
        Row(one, presence_of(one, settings, now), in_teams.get(one.id, []), taken.get(one.id, 0), one.id in with_step)
        for one in agents
    ]
    invited = access_links.invitations(session) if viewer.may("manage_people") else []
    names = {row.agent.id: row.agent.name for row in rows}
    return {
        "rows": rows,
        "invited": [Invited(link, names.get(link.made_by or "", ""), link.expires_at <= now) for link in invited],
    }


def one(session: Session, agent: Agent, viewer: Viewer, settings: HandoffSettings, now: datetime) -> dict[str, Any]:
    """One person; what the viewer may not change is not offered, and not shown where it is nobody's business."""
    secures = viewer.may("manage_security")
    known_there = select(ProviderIdentity.agent_id).where(ProviderIdentity.agent_id == agent.id)
    return {
        "person": agent,
        "presence": presence_of(agent, settings, now),
        "team_names": _team_names(session).get(agent.id, []),
        "in_hand": capacity.in_hand(session, agent.id),
        "leads": permissions.leads_agent(session, viewer.id, viewer.role, agent),
        "sessions": agent_sessions.of_agent(session, agent.id, now) if secures else [],
        "second_step": second_step.is_on(session, agent.id),
        "by_provider": session.scalar(known_there) is not None,
        "is_me": agent.id == viewer.id,
        "highest": teams.HIGHEST_CAPACITY,
    }


def presence_of(agent: Agent, settings: HandoffSettings, now: datetime) -> str:
    """In one word, of which [people] has the words."""
    if agent.disabled_at is not None:
        return "disabled"
    if not is_online(agent.seen_at, now, settings.online_within):
        return "offline"
    return "online" if agent.available else "away"


def _team_names(session: Session) -> dict[str, list[str]]:
    pairs = (
        select(TeamMember.agent_id, Team.name)
        .join(Team, Team.id == TeamMember.team_id)
        .where(Team.disabled_at.is_(None))
        .order_by(Team.name)
    )
    names: dict[str, list[str]] = {}
    for agent_id, name in session.execute(pairs):
        names.setdefault(agent_id, []).append(name)
    return names
