"""Capacity: how many conversations an agent has at once, counted in the transaction that gives one more."""

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from handoff.model import Agent, Conversation, Offer


class NoRoom(Exception):
    """The agent has as many conversations as she can serve at once."""

    def __init__(self, agent: Agent) -> None:
        super().__init__(f"{agent.name} has {agent.capacity} open conversations, which is all that she takes at once")
        self.agent_id, self.capacity = agent.id, agent.capacity


def hold(session: Session, agent_id: str) -> Agent:
    """The agent's row, held until the transaction ends, so that nobody else gives her a conversation meanwhile.

    Whoever locks a conversation too locks that first.
    """
    return session.scalars(
        # Not the key: messages that name the agent hold that, and two of them would wait for each other's end here.
        select(Agent)
        .where(Agent.id == agent_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def in_hand(session: Session, agent_id: str) -> int:
    """How many conversations the agent has; those that rest are not counted."""
    return int(session.scalar(select(in_hand_of(agent_id))) or 0)


def offered(session: Session, agent_id: str, *, besides: str = "") -> int:
    """How many conversations, that of the id `besides` apart, wait for the agent's yes or no: room is kept for them."""
    return int(session.scalar(select(_offered(agent_id, besides))) or 0)


def in_hand_of(agent_id: str) -> ScalarSelect[int]:
    """As `in_hand`, as part of another statement."""
    held = (Conversation.owner == "agent") & (Conversation.agent_id == agent_id) & Conversation.snoozed_until.is_(None)
    return select(func.count()).select_from(Conversation).where(held).scalar_subquery()


def _offered(agent_id: str, besides: str) -> ScalarSelect[int]:
    waiting = (Offer.agent_id == agent_id) & Offer.ended_at.is_(None) & (Offer.conversation_id != besides)
    return select(func.count()).select_from(Offer).where(waiting).scalar_subquery()


def take_room(session: Session, agent_id: str, conversation_id: str) -> Agent:
    """The agent, held, when she has room for one more conversation.

    Raises:
        NoRoom: she has not, or her account is disabled.
            A conversation that was woken stays with its agent whatever her capacity; she only takes no more.
    """
    agent = hold(session, agent_id)
    if agent.disabled_at is not None:  # since she was looked at
        raise NoRoom(agent)
    # Counted by a statement of its own, begun after the lock was got: it sees all that was given before.
    if session.scalars(select(in_hand_of(agent_id) + _offered(agent_id, conversation_id))).one() >= agent.capacity:
        raise NoRoom(agent)
    return agent


def taken(session: Session) -> dict[str, int]:
    """How many places of each agent are taken, where any are: by conversations that do not rest, and by offers."""
    held = (
        select(Conversation.agent_id, func.count())
        .where(Conversation.owner == "agent", Conversation.snoozed_until.is_(None))
        .group_by(Conversation.agent_id)
    )
    offers = select(Offer.agent_id, func.count()).where(Offer.ended_at.is_(None)).group_by(Offer.agent_id)
    places: dict[str, int] = {}
    for agent_id, count in [*session.execute(held), *session.execute(offers)]:
        places[agent_id] = places.get(agent_id, 0) + count
    return places
