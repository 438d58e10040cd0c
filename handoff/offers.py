"""Offers: a waiting conversation is one agent's to take for a while, then the next one's.

Everything here happens under the conversation's row lock, and then the agent's; two desks that sweep at the same moment
see each other's offers or wait for them. What leaves the queue by any move ends its offer in `conversations.move`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import capacity, conversations, events, routing
from handoff.model import Agent, Assignment, Audit, Conversation, Offer, OfferOutcome
from handoff.presence import is_online
from handoff.routing import Person
from handoff.settings import HandoffSettings


class NoOffer(Exception):
    """The conversation is not offered to this agent, or no longer."""


def open_offer(session: Session, conversation_id: str) -> Offer | None:
    """The offer that waits for an answer."""
    return session.scalar(select(Offer).where(Offer.conversation_id == conversation_id, Offer.ended_at.is_(None)))


def answerable(session: Session, conversation_id: str, agent_id: str, now: datetime) -> None:
    """Lock the conversation and see that it is the agent's to accept. Raises NoOffer, UnknownConversation."""
    conversations.lock(session, conversation_id)
    offer = open_offer(session, conversation_id)
    if offer is None or offer.agent_id != agent_id or offer.expires_at <= now:
        raise NoOffer(conversation_id)


def decline(session: Session, conversation_id: str, agent_id: str, now: datetime) -> None:
    """The agent does not take it; it goes on to the next. Raises NoOffer, UnknownConversation."""
    conversation = conversations.lock(session, conversation_id)
    offer = open_offer(session, conversation_id)
    if offer is None or offer.agent_id != agent_id:
        raise NoOffer(conversation_id)
    _end(session, conversation, offer, "declined", now)


def due(session: Session, now: datetime, count: int = 100) -> list[str]:
    """Conversations whose offer was not answered in time."""
    late = select(Offer.conversation_id).where(Offer.ended_at.is_(None), Offer.expires_at <= now)
    return list(session.scalars(late.order_by(Offer.expires_at).limit(count)))


def expire(session: Session, conversation_id: str, now: datetime, settings: HandoffSettings) -> bool:
    """End an offer that was not answered in time; an agent who lets several pass in a row is away. Whether it was."""
    conversation = conversations.lock(session, conversation_id)
    offer = open_offer(session, conversation_id)
    if offer is None or offer.expires_at > now:  # answered meanwhile, or another desk's sweep was here
        return False
    _end(session, conversation, offer, "expired", now)
    latest = select(Offer.outcome).where(Offer.agent_id == offer.agent_id, Offer.outcome.is_not(None))
    outcomes = list(session.scalars(latest.order_by(Offer.id.desc()).limit(settings.offers_missed)))
    if outcomes == ["expired"] * settings.offers_missed:
        agent = capacity.hold(session, offer.agent_id)
        if agent.available:
            agent.available = False
            details = {"missed": settings.offers_missed}
            session.add(Audit(at=now, actor="desk", act="away", agent_id=agent.id, details=details))
    return True


def offered_to_nobody(session: Session) -> list[tuple[str, str | None, str, list[str]]]:
    """Who waits without an offer, the next first: id, team, language, skills."""
    offered = select(Offer.id).where(Offer.conversation_id == Conversation.id, Offer.ended_at.is_(None))
    waiting = select(Conversation.id, Conversation.team_id, Conversation.language, Conversation.skills).where(
        Conversation.owner == "queue", ~offered.exists()
    )
    return [(*row,) for row in session.execute(waiting.order_by(*routing.ORDER)).tuples()]


def room(session: Session, everybody: Sequence[Person]) -> dict[str, int]:
    """How many more each of those who take more could take, where it is any."""
    taken = capacity.taken(session)
    free = {one.id: one.capacity - taken.get(one.id, 0) for one in everybody if one.takes_more}
    return {agent_id: places for agent_id, places in free.items() if places > 0}


def offer_next(
    session: Session, conversation_id: str, everybody: Sequence[Person], settings: HandoffSettings, now: datetime
) -> str | None:
    """Offer a waiting conversation to whoever should have it next; her id, or None when nobody can take it now.

    `everybody` may be a moment old: who it is offered to is looked at again under her lock.
    """
    conversation = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id, Conversation.owner == "queue")
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    if conversation is None or open_offer(session, conversation_id) is not None:
        return None  # it has moved on, or another desk is at it
    need = routing.need_of(conversation.team_id, conversation.language, conversation.skills, everybody)
    fitting = {one.id for one in everybody if one.takes_more and not one.lacks(need)}
    for agent_id in _in_turn(session, conversation, fitting, settings.offer_pause, now):
        try:
            # An agent who has no room is let go of at once, by the savepoint: who holds two may wait for another
            # sweep that holds them the other way round, for ever.
            with session.begin_nested():
                agent = capacity.take_room(session, agent_id, conversation_id)
                if not takes_more(agent, settings, now):
                    raise capacity.NoRoom(agent)
        except capacity.NoRoom:
            continue
        _make(session, conversation, agent, settings, now)
        return agent_id
    return None


def takes_more(agent: Agent, settings: HandoffSettings, now: datetime) -> bool:
    """Whether she is there and takes new ones; whether she has room is another question."""
    return agent.available and agent.disabled_at is None and is_online(agent.seen_at, now, settings.online_within)


def _in_turn(
    session: Session, conversation: Conversation, fitting: set[str], pause: timedelta, now: datetime
) -> list[str]:
    """Who had this conversation least often comes first, then who was served longest ago; who just had it is left out."""
    if not fitting:
        return []
    had: dict[str, list[datetime]] = {}
    offered = select(Offer.agent_id, Offer.ended_at).where(
        Offer.conversation_id == conversation.id, Offer.agent_id.in_(fitting), Offer.ended_at.is_not(None)
    )
    # Whoever gave it back had it too.
    assigned = select(Assignment.agent_id, Assignment.ended_at).where(
        Assignment.conversation_id == conversation.id,
        Assignment.agent_id.in_(fitting),
        Assignment.ended_at >= conversation.queued_at,
    )
    for query in (offered.where(Offer.offered_at >= conversation.queued_at), assigned):
        for agent_id, ended_at in session.execute(query):
            had.setdefault(agent_id, []).append(ended_at or now)
    # Fresh, not as of the sweep's beginning: an offer that was made a moment ago counts.
    served = dict(session.execute(select(Agent.id, Agent.served_at).where(Agent.id.in_(fitting))).tuples().all())
    rested = [one for one in fitting if all(at <= now - pause for at in had.get(one, ()))]
    return sorted(
        rested,
        key=lambda one: (len(had.get(one, ())), (at := served[one]) is not None, at.timestamp() if at else 0.0, one),
    )


def _make(session: Session, conversation: Conversation, agent: Agent, settings: HandoffSettings, now: datetime) -> None:
    expires_at = now + timedelta(seconds=settings.offer_seconds)
    session.add(Offer(conversation_id=conversation.id, agent_id=agent.id, offered_at=now, expires_at=expires_at))
    agent.served_at = now
    made = events.OfferChanged(agent_id=agent.id, agent_name=agent.name, outcome=None, expires_at=expires_at)
    events.append(session, conversation, made, now, public=False)


def _end(session: Session, conversation: Conversation, offer: Offer, outcome: OfferOutcome, now: datetime) -> None:
    offer.ended_at, offer.outcome = now, outcome
    agent = session.get_one(Agent, offer.agent_id)
    ended = events.OfferChanged(agent_id=agent.id, agent_name=agent.name, outcome=outcome, expires_at=None)
    events.append(session, conversation, ended, now, public=False)


def of_agent(session: Session, agent_id: str) -> list[Offer]:
    """What waits for her yes or no, the first to expire first."""
    hers = select(Offer).where(Offer.agent_id == agent_id, Offer.ended_at.is_(None))
    return list(session.scalars(hers.order_by(Offer.expires_at)))
