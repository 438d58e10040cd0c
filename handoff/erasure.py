"""A shopper's data, erased on request or when it has been kept long enough. Giving it out is handoff/giving_out.py's.

Erased is everything that a shopper wrote or that tells who she was. The audit stays, anonymous: that something was done and
by whom of the team, not to whom.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from handoff import attachments, contacts, mail_threads, search
from handoff.contact_model import ContactKey, Rating
from handoff.desk_model import Attachment, FollowUp, Labelled, Reading, Suggestion
from handoff.left_model import LeftMessage
from handoff.mail_model import MailLeft, MailLetter, MailThread
from handoff.media_model import FileFetch
from handoff.model import (
    AgentSession,
    Assignment,
    Audit,
    Base,
    Callback,
    Contact,
    Conversation,
    Event,
    Feedback,
    Identity,
    Inbound,
    Message,
    Offer,
    OrderLookup,
    Outbox,
    Turn,
    VisitorSession,
)
from handoff.people_model import AccessLink, HalfSignIn, KnownDevice, ProviderSignIn, SignInTry
from handoff.ping_model import Ping
from handoff.private_link_model import PrivateLink
from handoff.search_model import Searchable
from handoff.sign_in_tries import KEPT as TRIES_KEPT

# Of an audit row's details, what tells nothing of the shopper.
_ANONYMOUS_DETAILS = ("from", "to", "reason", "idle", "team", "resolution", "solved")
# What belongs to a conversation, in an order in which nothing deleted is still pointed to.
_OF_A_CONVERSATION: tuple[type[Base], ...] = (
    Outbox,
    FileFetch,
    Attachment,
    Searchable,
    Ping,
    MailLetter,
    LeftMessage,
    PrivateLink,
    Rating,
    Message,
    Event,
    Turn,
    Feedback,
    OrderLookup,
    Offer,
    Callback,
    Assignment,
    Labelled,
    Reading,
    Suggestion,
    FollowUp,
)
_AT_ONCE = 100  # conversations in one transaction, so that others need not wait long
# Channels send an update again within minutes, at most days; after that its number need not be known.
INBOUND_KEPT = timedelta(days=30)
# An invitation that is over is still listed for a while, so that somebody can renew it.
LINKS_SHOWN = timedelta(days=30)
LEFT_SHOWN = timedelta(days=90)  # that a mail was left in the mailbox


class UnknownShopper(Exception):
    """Nobody is known by this address, conversation or id."""


def find(session: Session, *, channel: str = "", address: str = "", conversation_id: str = "") -> Contact:
    """The shopper behind an address of a channel, or behind a conversation.

    Raises:
        UnknownShopper: there is none.
    """
    query = select(Contact).join(Identity, Identity.contact_id == Contact.id)
    if conversation_id:
        query = query.join(Conversation, Conversation.identity_id == Identity.id)
        found = session.scalar(query.where(Conversation.id == conversation_id))
    else:
        # Of e-mail every thread is an address of its own, behind the sender's.
        its_threads = Identity.address.startswith(f"{address}#", autoescape=True) & (channel == mail_threads.CHANNEL)
        named = (Identity.address == address) | its_threads
        found = session.scalar(query.where(Identity.channel == channel, named).limit(1))
    if found is None:
        raise UnknownShopper(conversation_id or f"{channel} {address}")
    return found


def erase(session: Session, contact: Contact, actor: str, now: datetime) -> list[str]:
    """Delete a shopper with all that is hers; returns the ids of the conversations that are gone.

    Who writes meanwhile waits at her identity's lock: what was stored before goes with her, and what comes after begins anew.
    The numbers of what her channels delivered stay for a while, without content: a late repetition is not taken for news.

    Raises:
        UnknownShopper: somebody else has erased her meanwhile.
    """
    contacts.one_at_a_time(session)
    identities = contacts.hold(session, [contact.id])
    if not identities:
        raise UnknownShopper(contact.id)
    gone = _held_conversations(session, Conversation.identity_id.in_([identity.id for identity in identities]))
    _erase_conversations(session, gone)
    _erase_contact(session, contact.id)
    search.forget(session)
    session.expire_all()
    session.add(Audit(at=now, actor=actor, act="erase", details={"conversations": len(gone)}))
    return gone


def retain(session: Session, kept: timedelta, now: datetime) -> list[str]:
    """Erase what was closed longer ago than `kept`, a portion of it; returns the ids of the conversations that are gone.

    A shopper of whom nothing is left is erased too. Whatever somebody is at just now is left for the next time.
    """
    old = (Conversation.owner == "closed") & (Conversation.closed_at <= now - kept)
    found = select(Conversation.id, Identity.contact_id).join(Identity, Identity.id == Conversation.identity_id)
    seen = session.execute(found.where(old).order_by(Conversation.closed_at).limit(_AT_ONCE)).tuples().all()
    at_rest = _at_rest(session, {contact_id for _, contact_id in seen})
    mine = [conversation_id for conversation_id, contact_id in seen if contact_id in at_rest]
    # `old` once more: under the lock it is as it is, and not as it was when it was looked for.
    gone = _held_conversations(session, Conversation.id.in_(mine) & old, skip_locked=True)
    if not gone:
        return []
    _erase_conversations(session, gone)
    session.add(Audit(at=now, actor="desk", act="retain", details={"conversations": len(gone)}))
    left = select(Identity.contact_id).join(Conversation, Conversation.identity_id == Identity.id)
    for contact_id in at_rest - set(session.scalars(left.where(Identity.contact_id.in_(at_rest)))):
        _erase_contact(session, contact_id)
        session.add(Audit(at=now, actor="desk", act="erase", details={"conversations": 0}))
    session.expire_all()
    return gone


def sweep(session: Session, now: datetime) -> None:
    """Delete what has had its time and is nobody's story: numbers of updates long delivered, files that were
    never sent, and ended sessions.

    In the order in which `erase` takes such rows, so that neither waits for the other.
    """
    session.execute(delete(Inbound).where(Inbound.received_at <= now - INBOUND_KEPT))
    session.execute(delete(VisitorSession).where(VisitorSession.expires_at <= now))
    for table in (AgentSession, HalfSignIn, KnownDevice, ProviderSignIn):
        session.execute(delete(table).where(table.expires_at <= now))
    session.execute(delete(AccessLink).where(AccessLink.expires_at <= now - LINKS_SHOWN))
    session.execute(delete(SignInTry).where(SignInTry.at <= now - TRIES_KEPT))
    session.execute(delete(PrivateLink).where(PrivateLink.expires_at <= now - LINKS_SHOWN))
    session.execute(delete(MailLeft).where(MailLeft.at <= now - LEFT_SHOWN))
    attachments.sweep(session, now)


def _at_rest(session: Session, shoppers: Collection[str]) -> set[str]:
    """Those of whom all addresses could be held: nobody writes from one of them just now. Before any of their conversations
    is, as by whoever takes a message in."""
    theirs = select(Identity.contact_id).where(Identity.contact_id.in_(shoppers)).order_by(Identity.id)
    held = Counter(session.scalars(theirs.with_for_update(skip_locked=True)))
    all_of = (
        select(Identity.contact_id, func.count()).where(Identity.contact_id.in_(held)).group_by(Identity.contact_id)
    )
    return {contact_id for contact_id, count in session.execute(all_of).tuples() if held[contact_id] == count}


def _held_conversations(session: Session, which: ColumnElement[bool], *, skip_locked: bool = False) -> list[str]:
    """The ids of the conversations that are so under their locks. The caller holds their identities."""
    found = select(Conversation.id).where(which).order_by(Conversation.id).with_for_update(skip_locked=skip_locked)
    return list(session.scalars(found))


def _erase_contact(session: Session, contact_id: str) -> None:
    """The shopper herself, whose conversations are gone and whose identities are held."""
    addresses = select(Identity.id).where(Identity.contact_id == contact_id)
    session.execute(delete(OrderLookup).where(OrderLookup.contact_id == contact_id))
    session.execute(delete(ContactKey).where(ContactKey.contact_id == contact_id))
    session.execute(delete(VisitorSession).where(VisitorSession.identity_id.in_(addresses)))
    session.execute(delete(MailThread).where(MailThread.identity_id.in_(addresses)))
    session.execute(delete(Identity).where(Identity.contact_id == contact_id))
    session.execute(delete(Contact).where(Contact.id == contact_id))


def _erase_conversations(session: Session, gone: Sequence[str]) -> None:
    session.flush()
    messages = select(Message.id).where(Message.conversation_id.in_(gone))
    session.execute(update(Inbound).where(Inbound.message_id.in_(messages)).values(message_id=None))
    for table in _OF_A_CONVERSATION:
        session.execute(delete(table).where(table.__table__.c.conversation_id.in_(gone)))
    for row in session.scalars(select(Audit).where(Audit.conversation_id.in_(gone))):
        row.conversation_id = None
        row.details = {name: row.details[name] for name in _ANONYMOUS_DETAILS if name in row.details}
    merged = update(Conversation).where(Conversation.merged_into.in_(gone))
    session.execute(merged.values(merged_into=None))
    session.flush()
    session.execute(delete(Conversation).where(Conversation.id.in_(gone)))
