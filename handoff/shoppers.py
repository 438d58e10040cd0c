"""What an agent sees of a shopper beside the open conversation: her name, her addresses, what she wrote before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff import conversations, events, search
from handoff.conversations import UnknownConversation
from handoff.model import Agent, Audit, Contact, Conversation, Identity, Message

LONGEST_NAME = 120
_MOST = 50  # conversations of one shopper, the latest


class BadName(Exception):
    """Nobody is called that, in words for the agent."""


@dataclass(frozen=True)
class Story:
    """One of a shopper's conversations, with where it was held and how it began."""

    conversation: Conversation
    channel: str
    first_text: str


def of(session: Session, conversation_id: str) -> tuple[Contact, list[Identity]]:
    """Who writes in a conversation, and all her addresses. Raises UnknownConversation."""
    query = select(Contact).join(Identity, Identity.contact_id == Contact.id)
    query = query.join(Conversation, Conversation.identity_id == Identity.id)
    contact = session.scalar(query.where(Conversation.id == conversation_id))
    if contact is None:
        raise UnknownConversation(conversation_id)
    hers = select(Identity).where(Identity.contact_id == contact.id).order_by(Identity.created_at, Identity.id)
    return contact, list(session.scalars(hers))


def stories(session: Session, contact: Contact) -> list[Story]:
    """Her conversations over all her addresses, the latest first."""
    first = (
        select(Message.conversation_id, func.min(Message.seq).label("seq"))
        .where(Message.author == "shopper")
        .group_by(Message.conversation_id)
        .subquery()
    )
    query = (
        select(Conversation, Identity.channel, Message.content)
        .join(Identity, Identity.id == Conversation.identity_id)
        .outerjoin(first, first.c.conversation_id == Conversation.id)
        .outerjoin(Message, (Message.conversation_id == Conversation.id) & (Message.seq == first.c.seq))
        .where(Identity.contact_id == contact.id)
        .order_by(Conversation.created_at.desc(), Conversation.id)
        .limit(_MOST)
    )
    return [
        Story(conversation, channel, str((content or {}).get("text", "")))
        for conversation, channel, content in session.execute(query)
    ]


def rename(session: Session, conversation_id: str, name: str, agent: Agent, now: datetime) -> None:
    """Write down what a shopper is called; nothing is fine too. All her open conversations tell of it.

    Raises:
        BadName: it is too long.
        UnknownConversation
    """
    wanted = "".join(sign for sign in " ".join(name.split()) if sign.isprintable()).strip()
    if len(wanted) > LONGEST_NAME:
        raise BadName(f"A name has at most {LONGEST_NAME} characters.")
    contact, _ = of(session, conversation_id)
    held = _hold(session, contact.id, conversation_id)
    contact, _ = of(session, conversation_id)  # under the locks: she may have become one with another
    session.refresh(contact)
    if contact.name == wanted:
        return
    _call(session, contact, wanted, held, agent, now)
    # Not the name: the audit outlives a shopper's data.
    row = Audit(at=now, actor=f"agent:{agent.id}", act="rename", agent_id=agent.id, conversation_id=conversation_id)
    row.details = {}
    session.add(row)


def is_nameless(session: Session, channel: str, address: str) -> bool:
    """Whether somebody is known at this address of whom nobody knows what she is called."""
    hers = select(Contact.name).join(Identity, Identity.contact_id == Contact.id)
    return session.scalar(hers.where(Identity.channel == channel, Identity.address == address)) == ""


def learn(session: Session, channel: str, address: str, name: str, now: datetime) -> None:
    """Her channel tells what she is called; what an agent has written down meanwhile stays."""
    identity = conversations.known_identity(session, channel, address)
    if identity is None:  # erased since
        return
    held = _hold(session, identity.contact_id)
    contact = session.get_one(Contact, identity.contact_id, populate_existing=True)
    if not contact.name:
        _call(session, contact, name[:LONGEST_NAME], held, None, now)


def _hold(session: Session, contact_id: str, besides: str = "") -> list[Conversation]:
    """Her open conversations and the one besides, held."""
    hers = select(Conversation.id).join(Identity).where(Identity.contact_id == contact_id)
    open_ones = session.scalars(hers.where((Conversation.owner != "closed") | (Conversation.id == besides)))
    return [conversations.lock(session, one) for one in sorted(open_ones)]


def _call(
    session: Session, contact: Contact, name: str, held: list[Conversation], agent: Agent | None, now: datetime
) -> None:
    contact.name = name
    session.flush()
    who = {"agent_id": agent.id if agent else None, "agent_name": agent.name if agent else ""}
    for conversation in held:
        events.append(
            session, conversation, events.ShopperRenamed.model_validate({"name": name} | who), now, public=False
        )
    for known in session.scalars(select(Conversation.id).join(Identity).where(Identity.contact_id == contact.id)):
        search.know(session, known)
