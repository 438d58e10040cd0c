"""Short ways to people and queues for the tests of routing."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.sweeps import expire_offers, make_offers
from handoff import capacity, conversations, offers, teams
from handoff.acts import Acts
from handoff.model import Agent, Conversation, Offer
from handoff.settings import HandoffSettings
from tests.unit.handoff.workbench import Bench


def with_settings(desk: Bench, **given: Any) -> Acts:
    """The bench's acts under other settings, which stay."""
    desk.acts = replace(desk.acts, settings=HandoffSettings.model_validate(given))
    return desk.acts


def agent(desk: Bench, name: str = "Ada", *, online: bool = True, **given: Any) -> str:
    """An agent at the desk; `given` are columns of hers."""
    agent_id = desk.agent(name)
    with desk.database.write() as session:
        row = session.get_one(Agent, agent_id)
        row.seen_at = desk.now if online else None
        for column, value in given.items():
            setattr(row, column, value)
    return agent_id


def all_seen(desk: Bench, *agent_ids: str) -> None:
    """Their consoles give a sign of life now."""
    with desk.database.write() as session:
        for agent_id in agent_ids:
            session.get_one(Agent, agent_id).seen_at = desk.now


def row(desk: Bench, agent_id: str) -> Agent:
    with desk.database.read() as session:
        return session.get_one(Agent, agent_id)


def team(desk: Bench, name: str, *member_ids: str) -> str:
    with desk.database.write() as session:
        made = teams.add(session, name, "test", desk.now)
        for member in member_ids:
            teams.join(session, made, session.get_one(Agent, member), "test", desk.now)
        return made.id


def waits(desk: Bench, *, language: str = "en", **given: Any) -> str:
    """A conversation in the queue, a second after the one before; `given` are columns of its."""
    desk.later(seconds=1)
    conversation_id = desk.conversation("queue", language=language)
    with desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        for column, value in given.items():
            setattr(conversation, column, value)
    return conversation_id


def escalates(desk: Bench, reason: Any = "asked", *, language: str = "en", channel: str = "telegram") -> str:
    """A conversation that the bot hands to people, as the gateway does it."""
    desk.later(seconds=1)
    conversation_id = desk.conversation(language=language, channel=channel)
    with desk.database.write() as session:
        desk.acts.escalate(session, conversations.lock(session, conversation_id), reason, {}, desk.now)
    return conversation_id


def in_hand(desk: Bench, agent_id: str) -> int:
    with desk.database.read() as session:
        return capacity.in_hand(session, agent_id)


def sweep(desk: Bench) -> None:
    """What the sweep does about offers."""
    expire_offers(desk.acts, desk.now)
    make_offers(desk.acts, desk.now)


def offered(desk: Bench, conversation_id: str) -> str | None:
    """To whom it is offered now."""
    with desk.database.read() as session:
        offer = offers.open_offer(session, conversation_id)
        return offer.agent_id if offer else None


def all_offers(desk: Bench) -> list[Offer]:
    with desk.database.read() as session:
        return list(session.scalars(select(Offer).order_by(Offer.id)))


def conversation(session: Session, conversation_id: str) -> Conversation:
    return session.get_one(Conversation, conversation_id)
