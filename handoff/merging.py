"""Merging: a shopper who wrote in two places is served in one. Nothing is copied: the one conversation closes and points to
the other, where its messages are shown folded.

When she writes again where it was closed, it is opened for people, and given to who serves the other one.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import capacity, conversations, events, follow_ups, labels, offers
from handoff.conversations import UnknownConversation
from handoff.model import Agent, Conversation, Identity, Owner
from handoff.notices import tell
from handoff.settings import HandoffSettings
from handoff.windows import Windows
from handoff.wording import Wording

WITH_PEOPLE: tuple[Owner, ...] = ("queue", "agent")
_LONGEST_CHAIN = 10  # of conversations that were merged into merged ones


class CannotMerge(Exception):
    """Why these two cannot become one, in words for the agent."""


class NotTheirs(Exception):
    """The conversation is with another agent, who alone may end it."""


def merge(
    session: Session, source_id: str, target_id: str, agent: Agent, wording: Wording, windows: Windows, now: datetime
) -> None:
    """Close the source, which goes on in the target; the shopper is told where.

    Raises:
        CannotMerge: they are one, of different shoppers, closed, or the target is with the bot.
        NotTheirs: another agent has the source.
        UnknownConversation
    """
    if source_id == target_id:
        raise CannotMerge("A conversation cannot be merged with itself.")
    source, target = conversations.lock_both(session, source_id, target_id)
    here, there = (session.get_one(Identity, one.identity_id) for one in (source, target))
    if here.contact_id != there.contact_id:
        raise CannotMerge("These conversations are of different shoppers.")
    if source.owner == "closed" or target.owner not in WITH_PEOPLE:
        raise CannotMerge("Only open conversations can be merged, and the one that goes on must be with people.")
    if source.owner == "agent" and source.agent_id != agent.id:
        raise NotTheirs(source.owner)
    tell(session, source, wording.say(source.language, f"shopper.merged_{_place(there.channel)}"), windows, now)
    _take_over(session, source, target, agent, now)
    conversations.move(session, source, "merge", f"agent:{agent.id}", now, agent=agent, details={"into": target.id})
    source.merged_into = target.id
    _tell(session, source, "into", target, there, agent, now)
    _tell(session, target, "from", source, here, agent, now)


def _place(channel: str) -> str:
    return channel if channel in ("web", "telegram") else "other"


def _take_over(session: Session, source: Conversation, target: Conversation, agent: Agent, now: datetime) -> None:
    """The target keeps the longer wait and the higher priority, and stops resting when the source did not."""
    if target.snoozed_until is not None and source.snoozed_until is None:
        owner = session.get_one(Agent, target.agent_id)
        conversations.move(session, target, "wake", f"agent:{agent.id}", now, agent=owner)
    target.queued_at = min(filter(None, (source.queued_at, target.queued_at)), default=None)
    target.waiting_since = min(filter(None, (source.waiting_since, target.waiting_since)), default=None)
    target.priority = max(source.priority, target.priority)
    labels.copy(session, source, target, agent, now)
    follow_ups.go_on_in(session, source, target, now)
    session.flush()


def _tell(
    session: Session,
    conversation: Conversation,
    direction: str,
    other: Conversation,
    address: Identity,
    agent: Agent,
    now: datetime,
) -> None:
    said: dict[str, Any] = {"direction": direction, "conversation_id": other.id, "channel": address.channel}
    said["waiting_since"] = conversation.waiting_since
    merged = events.Merged.model_validate(said | {"agent_id": agent.id, "agent_name": agent.name})
    events.append(session, conversation, merged, now, public=False)


def goes_on_in(session: Session, conversation: Conversation) -> Conversation | None:
    """Where a merged conversation goes on, while people have that; not held."""
    at: Conversation | None = conversation
    for _ in range(_LONGEST_CHAIN):
        if at is None or at.owner != "closed":
            break
        merged = at.resolution == "merged" and at.merged_into is not None
        at = session.get(Conversation, at.merged_into, populate_existing=True) if merged else None
    return at if at is not None and at is not conversation and at.owner in WITH_PEOPLE else None


def reopen_beside(
    session: Session, conversation: Conversation, other: Conversation, settings: HandoffSettings, now: datetime
) -> None:
    """The shopper writes where her conversation was merged: people get it, at best who has the other one."""
    details = {"beside": other.id}
    conversations.move(session, conversation, "reopen_for_people", "shopper", now, details=details)
    conversation.team_id, conversation.skills = other.team_id, list(other.skills)
    conversation.priority = other.priority
    session.flush()
    if other.agent_id is None:
        return
    try:
        # Who cannot take it is let go of at once, by the savepoint: nobody holds an agent for nothing.
        with session.begin_nested():
            agent = capacity.take_room(session, other.agent_id, conversation.id)
            if not offers.takes_more(agent, settings, now):
                raise capacity.NoRoom(agent)
    except capacity.NoRoom:
        return
    agent.served_at = now
    conversations.move(session, conversation, "claim", "desk", now, agent=agent, details=details)


def candidates(session: Session, conversation_id: str) -> list[str]:
    """Into which conversations one could be merged, the latest activity first. Raises UnknownConversation."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise UnknownConversation(conversation_id)
    contact = select(Identity.contact_id).where(Identity.id == conversation.identity_id).scalar_subquery()
    others = (
        select(Conversation.id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Identity.contact_id == contact, Conversation.id != conversation_id, Conversation.owner.in_(WITH_PEOPLE))
        .order_by(Conversation.updated_at.desc())
    )
    return list(session.scalars(others.limit(50)))
