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
    hers = select(Conversation.id).join(Identity).where(Identity.contact_id == contact.id)
    open_ones = session.scalars(hers.where((Conversation.owner != "closed") | (Conversation.id == conversation_id)))
    held = [conversations.lock(session, one) for one in sorted(open_ones)]
    contact, _ = of(session, conversation_id)  # under the locks: she may have become one with another
    session.refresh(contact)
    hers = select(Conversation.id).join(Identity).where(Identity.contact_id == contact.id)
    if contact.name == wanted:
        return
    contact.name = wanted
    for conversation in held:
        renamed = events.ShopperRenamed(name=wanted, agent_id=agent.id, agent_name=agent.name)
        events.append(session, conversation, renamed, now, public=False)
    for known in session.scalars(hers):
        search.know(session, known)
    # Not the name: the audit outlives a shopper's data.
    row = Audit(at=now, actor=f"agent:{agent.id}", act="rename", agent_id=agent.id, conversation_id=conversation_id)
    row.details = {}
    session.add(row)
