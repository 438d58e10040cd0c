"""The queue: who waits, in which order, and who takes whom."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from handoff import capacity, conversations, events, routing
from handoff.model import Agent, Assignment, Audit, Conversation, Offer
from handoff.routing import Person
from handoff.waiting import Wait, expect

# What tells how long serving takes: the latest conversations of the latest days.
_SERVED_WITHIN = timedelta(days=7)
_SERVED_AT_MOST = 200


@dataclass(frozen=True)
class Place:
    """Where a waiting conversation stands among those that the same people serve: 1 is next.

    `people_online` are those of them with an open console who take new ones. `wait` is what can be told of how long it takes,
    while people are there; None when nobody can tell.
    """

    position: int
    people_online: int
    wait: Wait | None


def place(session: Session, conversation: Conversation, now: datetime, online_within: timedelta) -> Place:
    """The place of a conversation that is in the queue."""
    everybody = routing.people(session, now, online_within)
    pool = _pool(conversation, everybody)
    position = _ahead(session, conversation, pool, everybody) + 1
    return Place(position, sum(one.takes_more for one in pool), _wait(session, pool, position, now))


def _wait(session: Session, pool: Sequence[Person], position: int, now: datetime) -> Wait | None:
    """How long who stands there waits, in all honesty; None when nobody can tell."""
    there = [one for one in pool if one.takes_more]
    if not there:
        return None
    taken = capacity.taken(session)
    free = sum(max(one.capacity - taken.get(one.id, 0), 0) for one in there)
    if position <= free:
        return None
    minutes = _service_minutes(session, [one.id for one in pool], now)
    return expect(minutes, sum(one.capacity for one in there), free, position)


def _pool(conversation: Conversation, everybody: Sequence[Person]) -> list[Person]:
    """Who may serve the conversation."""
    need = routing.need_of(conversation.team_id, conversation.language, conversation.skills, everybody)
    return [one for one in everybody if not one.lacks(need)]


def _ahead(session: Session, conversation: Conversation, pool: Sequence[Person], everybody: Sequence[Person]) -> int:
    """How many are served before it by somebody who may serve it; all who come first when nobody may."""
    skills = cast(Conversation.skills, String)
    kinds = (
        select(Conversation.team_id, Conversation.language, func.min(skills), func.count())
        .where(routing.before(conversation))
        .group_by(Conversation.team_id, Conversation.language, skills)
    )
    ahead = 0
    for team_id, language, wanted, count in session.execute(kinds):
        need = routing.need_of(team_id, language, json.loads(wanted), everybody)
        if not pool or any(not one.lacks(need) for one in pool):
            ahead += count
    return ahead


def _service_minutes(session: Session, agent_ids: Sequence[str], now: datetime) -> list[float]:
    """How long these agents lately had their conversations; those that rested meanwhile say nothing."""
    rested = select(Audit.id).where(
        Audit.conversation_id == Assignment.conversation_id,
        Audit.act == "snooze",
        Audit.at >= Assignment.began_at,
        Audit.at <= Assignment.ended_at,
    )
    ended = (
        select(Assignment.began_at, Assignment.ended_at)
        .where(Assignment.agent_id.in_(agent_ids), Assignment.ended_at > now - _SERVED_WITHIN, ~rested.exists())
        .order_by(Assignment.ended_at.desc())
        .limit(_SERVED_AT_MOST)
    )
    return [(end - began).total_seconds() / 60 for began, end in session.execute(ended).tuples() if end is not None]


def claim(session: Session, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """Take a conversation from the queue, or out of the bot's hands. Who does not fit may, and the audit says so.

    Raises:
        IllegalMove: another agent was faster, or it is closed.
        NoRoom: the agent has as many as she can serve at once.
        UnknownConversation
    """
    return _give(session, conversations.lock(session, conversation_id), agent.id, now)


def take_next(session: Session, agent: Agent, now: datetime) -> Conversation | None:
    """Take the first in line that the agent may serve and that is not just now offered to somebody else; None: there is none.

    Of agents who ask at the same moment nobody waits for another: what one is taking, the next one passes over.

    Raises:
        NoRoom: the agent has as many as she can serve at once.
    """
    offered = select(Offer.id).where(
        Offer.conversation_id == Conversation.id, Offer.ended_at.is_(None), Offer.agent_id != agent.id
    )
    first = (
        select(Conversation)
        .where(Conversation.owner == "queue", routing.may_serve(session, agent), ~offered.exists())
        # Whoever is full holds nothing: others would pass over what she cannot take.
        .where(capacity.in_hand_of(agent.id) < agent.capacity)
        .order_by(*routing.ORDER)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    conversation = session.scalar(first)
    if conversation is not None:
        return _give(session, conversation, agent.id, now)
    if capacity.in_hand(session, agent.id) >= agent.capacity:
        raise capacity.NoRoom(agent)
    return None


def _give(session: Session, conversation: Conversation, agent_id: str, now: datetime) -> Conversation:
    """Under the conversation's lock: take the agent's, see that she has room, and move it to her."""
    if conversation.owner in ("queue", "bot"):
        agent = capacity.take_room(session, agent_id, conversation.id)
        agent.served_at = now
    else:
        agent = session.get_one(Agent, agent_id)  # an illegal move whatever her room, and said to be one
    details: dict[str, Any] = {}
    if missing := routing.lacking(session, agent, conversation):
        details["lacks"] = list(missing)
    conversations.move(session, conversation, "claim", f"agent:{agent.id}", now, agent=agent, details=details)
    return conversation


def set_priority(session: Session, conversation_id: str, agent: Agent, priority: int, now: datetime) -> None:
    """Serve a conversation before all with a lower priority. Only agents learn of it.

    Raises:
        ValueError: beyond ±HIGHEST_PRIORITY.
        UnknownConversation
    """
    if abs(priority) > routing.HIGHEST_PRIORITY:
        raise ValueError(f"a priority lies between {-routing.HIGHEST_PRIORITY} and {routing.HIGHEST_PRIORITY}")
    conversation = conversations.lock(session, conversation_id)
    if conversation.priority == priority:
        return
    row = Audit(at=now, actor=f"agent:{agent.id}", act="priority", conversation_id=conversation.id, agent_id=agent.id)
    row.details = {"from": conversation.priority, "to": priority}
    session.add(row)
    conversation.priority = priority
    changed = events.PriorityChanged(priority=priority, agent_id=agent.id, agent_name=agent.name)
    events.append(session, conversation, changed, now, public=False)
