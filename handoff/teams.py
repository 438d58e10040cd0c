"""Teams: who belongs together, and when they are there. Every change leaves an audit row."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from handoff import shop_hours
from handoff.conversations import new_id
from handoff.hours import OpeningHours
from handoff.model import Agent, Audit, Conversation, Team, TeamMember
from handoff.routing import known_spoken, normal_skill
from handoff.settings import HandoffSettings

log = structlog.get_logger()
HIGHEST_CAPACITY = 100
_MOST_SKILLS = 50


class TeamError(Exception):
    """What cannot be done to a team or an agent, in words for the person who asked; `key` names them for pages."""

    def __init__(self, words: str, key: str = "form", field: str = "", **values: Any) -> None:
        super().__init__(words)
        self.key, self.field, self.values = key, field, values


def add(session: Session, name: str, actor: str, now: datetime) -> Team:
    """A new team, or one that was closed and opens again. Raises TeamError for a name that is empty, long or taken."""
    wanted = " ".join(name.split())
    if not 0 < len(wanted) <= 80:
        raise TeamError("A team's name has 1 to 80 characters.", "team_name", "name")
    team = session.scalar(select(Team).where(func.lower(Team.name) == wanted.lower()))
    if team is not None and team.disabled_at is None:
        raise TeamError(f"There is already a team '{team.name}'.", "team_taken", "name")
    if team is None:
        team = Team(id=new_id(), name=wanted, hours=None, created_at=now)
        session.add(team)
    team.disabled_at = None
    session.flush()
    _record(session, "add team", actor, now, team=team.name)
    return team


def close(session: Session, team: Team, actor: str, now: datetime) -> None:
    """Nobody serves this team's queue any longer: what waits in it is everybody's."""
    team.disabled_at = now
    _record(session, "close team", actor, now, team=team.name)


def find(session: Session, name: str) -> Team:
    """An open team by its name. Raises TeamError when there is none."""
    wanted = " ".join(name.split()).lower()
    team = session.scalar(select(Team).where(func.lower(Team.name) == wanted, Team.disabled_at.is_(None)))
    if team is None:
        raise TeamError(f"There is no team '{name}'. `faqdesk team list` shows all.")
    return team


def all_open(session: Session) -> list[Team]:
    """By name."""
    return list(session.scalars(select(Team).where(Team.disabled_at.is_(None)).order_by(Team.name)))


def members(session: Session, team_id: str) -> list[Agent]:
    """By name; disabled logins are no longer members of anything."""
    found = select(Agent).join(TeamMember, TeamMember.agent_id == Agent.id)
    return list(
        session.scalars(found.where(TeamMember.team_id == team_id, Agent.disabled_at.is_(None)).order_by(Agent.name))
    )


def join(session: Session, team: Team, agent: Agent, actor: str, now: datetime) -> None:
    """The agent serves the team's queue from now on, beside what belongs to no team."""
    if session.get(TeamMember, (team.id, agent.id)) is None:
        session.add(TeamMember(team_id=team.id, agent_id=agent.id))
        _record(session, "join team", actor, now, agent, team=team.name)


def leave(session: Session, team: Team, agent: Agent, actor: str, now: datetime) -> None:
    """The agent no longer serves the team's queue; conversations that she has stay with her."""
    session.execute(delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.agent_id == agent.id))
    _record(session, "leave team", actor, now, agent, team=team.name)


def set_hours(session: Session, team: Team, hours: OpeningHours | None, actor: str, now: datetime) -> None:
    """When the team is there; None: whenever the shop is."""
    team.hours = hours.model_dump(mode="json") if hours is not None else None
    _record(session, "set hours", actor, now, team=team.name, hours=team.hours)


def hours_of(session: Session, conversation: Conversation, settings: HandoffSettings) -> OpeningHours | None:
    """When people are there for a conversation; None: always."""
    team = session.get(Team, conversation.team_id) if conversation.team_id is not None else None
    if team is None or team.disabled_at is not None or team.hours is None:
        return shop_hours.current(session, settings)
    try:
        return OpeningHours.model_validate(team.hours)
    except ValidationError as error:  # written by another version or by hand; the shopper must get through all the same
        log.error("team.hours_unreadable", team=team.name, reason=str(error), mend="faqdesk team hours NAME FILE")
        return shop_hours.current(session, settings)


def set_serving(
    session: Session,
    agent: Agent,
    actor: str,
    now: datetime,
    *,
    capacity: int | None = None,
    languages: list[str] | None = None,
    skills: list[str] | None = None,
) -> None:
    """What an agent takes on; what is None stays. Raises TeamError for what cannot be."""
    changed: dict[str, Any] = {}
    if capacity is not None:
        changed["capacity"] = _capacity(capacity)
    if languages is not None:
        changed["languages"] = _each("languages", known_spoken, languages)
    if skills is not None:
        changed["skills"] = _each("skills", normal_skill, skills)
    for name, value in changed.items():
        setattr(agent, name, value)
    if changed:
        _record(session, "set serving", actor, now, agent, **changed)


def _capacity(wanted: int) -> int:
    if not 0 <= wanted <= HIGHEST_CAPACITY:
        words = f"an agent has 0 to {HIGHEST_CAPACITY} conversations at once, not {wanted}"
        raise TeamError(words, "capacity", "capacity", highest=HIGHEST_CAPACITY)
    return wanted


def _each(field: str, normal: Callable[[str], str], written: list[str]) -> list[str]:
    try:
        found = sorted({normal(one) for one in written})
    except ValueError as error:
        raise TeamError(str(error), field, field) from None
    if len(found) > _MOST_SKILLS:
        raise TeamError(f"an agent has at most {_MOST_SKILLS} {field}", field, field)
    return found


def _record(session: Session, act: str, actor: str, now: datetime, agent: Agent | None = None, **details: Any) -> None:
    session.add(Audit(at=now, actor=actor, act=act, agent_id=agent.id if agent else None, details=details))
