"""Links from a public place into a private chat: an agent makes one, one shopper goes on by it, once.

By a link that was made for a conversation its holder becomes that shopper, so it belongs into that conversation and nowhere
else; in public places only a fresh one is given, which opens a conversation of a shopper whom nobody knows.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from handoff import capacity, conversations, offers, visitors
from handoff.accounts import hash_token
from handoff.acts import Acts
from handoff.model import Agent, Audit, Contact, Conversation, Identity
from handoff.private_link_model import PrivateLink

LASTS = timedelta(days=1)
LONGEST_NOTE = 2_000  # characters


class DeadPrivateLink(Exception):
    """It was used, its time is over, or it never was."""


def make(session: Session, agent: Agent, conversation_id: str | None, note: str, now: datetime) -> tuple[str, datetime]:
    """A link's token, which is shown once, and until when it works. Its language is the conversation's, a stranger's her own.

    Raises:
        UnknownConversation: what it should go on from is not there.
    """
    language = conversations.lock(session, conversation_id).language if conversation_id is not None else ""
    token, ends = secrets.token_urlsafe(32), now + LASTS
    row = PrivateLink(
        token_hash=hash_token(token), conversation_id=conversation_id, agent_id=agent.id, note=note[:LONGEST_NOTE]
    )
    row.language, row.created_at, row.expires_at = language, now, ends
    session.add(row)
    _record(session, "private link", agent, conversation_id, now)
    session.flush()
    return token, ends


def look(session: Session, token: str, now: datetime) -> tuple[PrivateLink, str]:
    """A link that still works, and the name of who made it. Raises DeadPrivateLink."""
    found = _usable(session, token, now)
    return found, session.get_one(Agent, found.agent_id).name


def go_on(session: Session, token: str, acts: Acts, language: str, now: datetime) -> str:
    """Use the link up: a new conversation with people, given to who made it when she can take it. Returns the visitor's token.

    `language` is the shopper's, where the link has none.

    Raises:
        DeadPrivateLink
    """
    source_id = _usable(session, token, now).conversation_id
    before = session.get(Conversation, source_id) if source_id is not None else None
    # Before the link's row, and before any conversation: whoever erases this shopper holds her addresses first.
    source = conversations.hold_identity(session, before.identity_id) if before is not None else None
    link = _usable(session, token, now, hold=True)
    visitor_token, identity = _admitted(session, source, now)
    link.used_at = now
    conversation = conversations.begin(session, identity.id, link.language or language, now)
    conversation.introduced = True  # a person, not the bot, speaks here
    agent = session.get_one(Agent, link.agent_id)
    _bring_to_people(session, conversation, link, agent, before, acts, now)
    _record(session, "private link used", agent, conversation.id, now)
    return visitor_token


def _admitted(session: Session, source: Identity | None, now: datetime) -> tuple[str, Identity]:
    """A browser's token, and its address: a stranger's, or another one of the shopper whom the link was made for."""
    token = visitors.admit(session, now)
    identity = visitors.identify(session, token, now)
    assert identity is not None  # this transaction has made it
    if source is not None:
        stranger, identity.contact_id = identity.contact_id, source.contact_id
        session.flush()
        session.execute(delete(Contact).where(Contact.id == stranger))
    return token, identity


def _bring_to_people(
    session: Session,
    conversation: Conversation,
    link: PrivateLink,
    agent: Agent,
    before: Conversation | None,
    acts: Acts,
    now: datetime,
) -> None:
    conversation.packet = {"question": link.note, "articles_tried": [], "collected": {}, "candidates": []}
    conversation.team_id = before.team_id if before is not None else None
    session.flush()
    conversations.move(session, conversation, "escalate", f"agent:{agent.id}", now, reason="asked")
    if link.note:
        content = {"type": "text", "text": link.note}
        conversations.add_message(session, conversation, "agent", content, now, agent=agent, note=True)
    try:
        # Who cannot take it is let go of at once, by the savepoint: nobody holds an agent for nothing.
        with session.begin_nested():
            held = capacity.take_room(session, agent.id, conversation.id)
            if not offers.takes_more(held, acts.settings, now):
                raise capacity.NoRoom(held)
    except capacity.NoRoom:
        acts.tell_place(session, conversation, now)
        return
    held.served_at = now
    conversations.move(session, conversation, "claim", f"agent:{agent.id}", now, agent=held)
    acts.notice(session, conversation, "private_begun", now, name=held.name)


def _usable(session: Session, token: str, now: datetime, *, hold: bool = False) -> PrivateLink:
    query = select(PrivateLink).where(
        PrivateLink.token_hash == hash_token(token), PrivateLink.used_at.is_(None), PrivateLink.expires_at > now
    )
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise DeadPrivateLink
    return found


def _record(session: Session, act: str, agent: Agent, conversation_id: str | None, now: datetime) -> None:
    row = Audit(at=now, actor=f"agent:{agent.id}", act=act, agent_id=agent.id, conversation_id=conversation_id)
    row.details = {}
    session.add(row)
