"""Routing: who may serve which conversation, and in which order they are served.

A conversation without a team is everybody's. So is one whose team has nobody in it or was closed: it must not wait for
people who do not exist. Beside that an agent has to speak its language (none listed: all of them) and to have all its skills.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, String, and_, cast, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from handoff.model import Agent, Conversation, Identity, Team, TeamMember
from handoff.presence import is_online
from handoff.reasons import Reason
from handoff.wording import LANGUAGES

log = structlog.get_logger()

HIGHEST_PRIORITY = 10
# Who waits, the next first. The id only decides between two that came at the same moment.
ORDER = (Conversation.priority.desc(), Conversation.queued_at, Conversation.id)

Priority = Annotated[int, Field(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)]


def normal_skill(written: str) -> str:
    """A skill's one spelling. Raises ValueError when it is empty or longer than 40 characters."""
    skill = " ".join(written.split()).casefold()
    if not 0 < len(skill) <= 40:
        raise ValueError(f"'{written[:60]}' is no skill: it takes 1 to 40 characters")
    return skill


def known_spoken(language: str) -> str:
    """A language that shoppers are served in. Raises ValueError for another."""
    if language not in LANGUAGES:
        raise ValueError(f"the desk does not speak '{language}'; it speaks {', '.join(LANGUAGES)}")
    return language


Skills = tuple[Annotated[str, AfterValidator(normal_skill)], ...]


class Route(BaseModel):
    """A rule of the shop: what a conversation gets when a person is needed. What is left empty holds for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reasons: tuple[Reason, ...] = ()
    languages: tuple[Annotated[str, AfterValidator(known_spoken)], ...] = ()
    channels: tuple[str, ...] = ()
    team: str = ""  # its name; none: everybody
    skills: Skills = ()
    priority: Priority = 0

    def suits(self, reason: str, language: str, channel: str) -> bool:
        """Whether this rule is about such a conversation."""
        return all(
            not wanted or given in wanted
            for wanted, given in ((self.reasons, reason), (self.languages, language), (self.channels, channel))
        )


@dataclass(frozen=True)
class Need:
    """What a conversation asks of who serves it. `language` is "" while nobody knows it; `team_id` is one that has people."""

    team_id: str | None
    language: str
    skills: frozenset[str]


@dataclass(frozen=True)
class Person:
    """An agent as routing sees her. `online` is an open console; `available` her own switch."""

    id: str
    name: str
    teams: frozenset[str]
    languages: frozenset[str]
    skills: frozenset[str]
    capacity: int
    online: bool
    available: bool
    served_at: datetime | None

    @property
    def takes_more(self) -> bool:
        return self.online and self.available

    def lacks(self, need: Need) -> tuple[str, ...]:
        """What is missing: "team", "language", "skills"; nothing when she may serve it."""
        missing = {
            "team": need.team_id is not None and need.team_id not in self.teams,
            "language": bool(need.language and self.languages and need.language not in self.languages),
            "skills": not need.skills <= self.skills,
        }
        return tuple(what for what, is_missing in missing.items() if is_missing)


def apply_routes(session: Session, conversation: Conversation, reason: Reason, routes: Sequence[Route]) -> None:
    """Give a conversation the team, skills and priority of the first rule that suits it; without one it stays as it is."""
    channel = session.scalar(select(Identity.channel).where(Identity.id == conversation.identity_id)) if routes else ""
    route = next((one for one in routes if one.suits(reason, conversation.language, channel or "")), None)
    if route is None:
        return
    conversation.skills, conversation.priority = list(route.skills), route.priority
    if route.team:
        team_id = session.scalar(select(Team.id).where(Team.name == route.team, Team.disabled_at.is_(None)))
        if team_id is None:  # a person must get it all the same
            log.error("routing.no_such_team", team=route.team, mend="faqdesk team add, or mend [[handoff.routes]]")
        conversation.team_id = team_id


def people(session: Session, now: datetime, online_within: timedelta) -> list[Person]:
    """All agents with an enabled account."""
    teams: dict[str, set[str]] = {}
    for team_id, agent_id in session.execute(_memberships()):
        teams.setdefault(agent_id, set()).add(team_id)
    found = session.scalars(select(Agent).where(Agent.disabled_at.is_(None)).order_by(Agent.id))
    return [person(agent, teams.get(agent.id, ()), now, online_within) for agent in found]


def person(agent: Agent, teams: Iterable[str], now: datetime, online_within: timedelta) -> Person:
    """One agent as routing sees her."""
    return Person(
        id=agent.id,
        name=agent.name,
        teams=frozenset(teams),
        languages=frozenset(agent.languages),
        skills=frozenset(agent.skills),
        capacity=agent.capacity,
        online=is_online(agent.seen_at, now, online_within),
        available=agent.available,
        served_at=agent.served_at,
    )


def need_of(team_id: str | None, language: str, skills: Iterable[str], everybody: Iterable[Person]) -> Need:
    """What such a conversation needs of `everybody` that there is."""
    staffed = team_id is not None and any(team_id in one.teams for one in everybody)
    return Need(team_id if staffed else None, language, frozenset(skills))


def lacking(session: Session, agent: Agent, conversation: Conversation) -> tuple[str, ...]:
    """What one agent lacks for one conversation, with as few questions to the database as that takes."""
    teams: set[str] = set()
    team_id = None
    if conversation.team_id is not None:
        members = {agent_id for _, agent_id in session.execute(_memberships(conversation.team_id))}
        team_id = conversation.team_id if members else None
        teams = {conversation.team_id} if agent.id in members else set()
    need = Need(team_id, conversation.language, frozenset(conversation.skills))
    return person(agent, teams, agent.created_at, timedelta()).lacks(need)


def may_serve(session: Session, agent: Agent) -> ColumnElement[bool]:
    """The same rule as a condition on `Conversation`, for one agent: what she has not `lacking`."""
    staffed = _memberships().where(TeamMember.team_id == Conversation.team_id)
    hers = or_(
        Conversation.team_id.is_(None),
        staffed.where(TeamMember.agent_id == agent.id).exists(),
        not_(staffed.exists()),
    )
    conditions = [hers, _has_all_skills(session, agent.skills)]
    if agent.languages:
        conditions.append(Conversation.language.in_(["", *agent.languages]))
    return and_(*conditions)


def _has_all_skills(session: Session, skills: Sequence[str]) -> ColumnElement[bool]:
    postgres = session.get_bind().dialect.name == "postgresql"
    listed = func.json_array_elements_text if postgres else func.json_each
    wanted = listed(Conversation.skills).table_valued("value")
    missing = exists(select(1).select_from(wanted).where(wanted.c.value.not_in(skills)))
    # Most conversations want none; that is seen without taking the list apart.
    return or_(cast(Conversation.skills, String) == "[]", not_(missing))


def _memberships(team_id: str | None = None) -> Any:
    """Pairs of team and agent, both of them enabled."""
    pairs = (
        select(TeamMember.team_id, TeamMember.agent_id)
        .join(Team, Team.id == TeamMember.team_id)
        .join(Agent, Agent.id == TeamMember.agent_id)
        .where(Team.disabled_at.is_(None), Agent.disabled_at.is_(None))
    )
    return pairs.where(TeamMember.team_id == team_id) if team_id is not None else pairs


def before(conversation: Conversation) -> ColumnElement[bool]:
    """The condition on `Conversation` that it waits and is served before this one."""
    return and_(
        Conversation.owner == "queue",
        Conversation.id != conversation.id,
        or_(
            Conversation.priority > conversation.priority,
            and_(
                Conversation.priority == conversation.priority,
                or_(
                    Conversation.queued_at < conversation.queued_at,
                    and_(Conversation.queued_at == conversation.queued_at, Conversation.id < conversation.id),
                ),
            ),
        ),
    )
