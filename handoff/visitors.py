"""Visitors: browsers that may read and write one web identity, by an opaque token.

A user of the shop, for whom its server vouches, has one web identity on all her devices. What a browser wrote before its user
signed in comes to her.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from handoff import contacts, conversations, events
from handoff.accounts import hash_token
from handoff.conversations import ensure_identity, new_id
from handoff.database import Database
from handoff.model import Conversation, Event, Identity, VisitorSession
from handoff.troubles import again_when_undone

LASTS = timedelta(days=180)
_USER = "user:"  # an anonymous visitor's address is hexadecimal
_EARLIER_CONVERSATIONS, _EARLIER_MESSAGES = 10, 200


def admit(session: Session, now: datetime) -> str:
    """A token for a new, anonymous visitor."""
    return _token(session, ensure_identity(session, "web", new_id(), "", now).id, now)


def identify(session: Session, token: str, now: datetime) -> Identity | None:
    """The web identity behind a token, or None for an unknown or expired one."""
    return session.scalar(
        select(Identity)
        .join(VisitorSession, VisitorSession.identity_id == Identity.id)
        .where(VisitorSession.token_hash == hash_token(token), VisitorSession.expires_at > now)
    )


def is_user(identity: Identity) -> bool:
    """Whether the shop has vouched for her."""
    return identity.address.startswith(_USER)


def leave(session: Session, token: str) -> None:
    """The token is nobody's any more."""
    session.execute(delete(VisitorSession).where(VisitorSession.token_hash == hash_token(token)))


@again_when_undone
def sign_in(database: Database, user: str, name: str, before: str, now: datetime) -> str:
    """A token for a user of the shop; `before` is the browser's token until now, if it has one.

    What that browser wrote anonymously is hers from now on, and its old token is nobody's. Several transactions, each of which
    may be repeated: whoever joins contacts must hold nothing before.

    Raises:
        UnusableKey: the user's id is empty, too long or unprintable.
        UnknownIdentity: she was erased meanwhile.
    """
    address = _USER + sha256(contacts.normal("user", user).encode()).hexdigest()
    with database.write() as session:
        known = ensure_identity(session, "web", address, name, now).id
    with database.write() as session:
        contacts.verify(session, known, "user", user, now)
    with database.read() as session:
        anonymous = identify(session, before, now) if before else None
    if anonymous is not None and not is_user(anonymous):
        with database.write() as session:
            contacts.verify(session, anonymous.id, "user", user, now)
        with database.write() as session:
            _bring_along(session, anonymous.id, known, now)
    with database.write() as session:
        return _token(session, known, now)


def _token(session: Session, identity_id: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        VisitorSession(token_hash=hash_token(token), identity_id=identity_id, created_at=now, expires_at=now + LASTS)
    )
    return token


def _bring_along(session: Session, anonymous_id: str, known_id: str, now: datetime) -> None:
    """Her anonymous conversations go on under her user's identity, the open one too: one of two open ones gives way, and at
    best the bot's. When people have both, the anonymous one stays where it is; agents see both, and can merge them."""
    both = select(Identity).where(Identity.id.in_((anonymous_id, known_id))).order_by(Identity.id)
    held = session.scalars(both.with_for_update(key_share=True)).all()
    if len({one.contact_id for one in held}) != 1 or len(held) != 2:
        return  # of two people, or erased
    session.execute(delete(VisitorSession).where(VisitorSession.identity_id == anonymous_id))
    theirs = (Conversation.identity_id == anonymous_id) | (Conversation.identity_id == known_id)
    ids = session.scalars(
        select(Conversation.id).where(theirs, Conversation.owner != "closed").order_by(Conversation.id)
    )
    opened = [conversations.lock(session, one) for one in ids]
    if len(opened) == 2:
        gives_way = min(opened, key=lambda one: (one.owner != "bot", one.identity_id == known_id))
        if gives_way.owner != "bot":
            return
        conversations.move(session, gives_way, "close", "desk", now)
    moved = update(Conversation).where(Conversation.identity_id == anonymous_id).values(identity_id=known_id)
    session.execute(moved.execution_options(synchronize_session=False))


def before_latest(session: Session, identity: Identity) -> list[str]:
    """The ids of her conversations before the latest one, the newest first; of a user those of all her browsers."""
    hers = Identity.id == identity.id
    if is_user(identity):
        hers |= (Identity.contact_id == identity.contact_id) & (Identity.channel == "web")
    latest = conversations.latest(session, identity.id)
    before = (
        select(Conversation.id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(hers, Conversation.id != (latest.id if latest else ""))
        .order_by(Conversation.created_at.desc())
        .limit(_EARLIER_CONVERSATIONS)
    )
    return list(session.scalars(before))


def earlier(session: Session, identity: Identity) -> Sequence[Event]:
    """What was said in them, the oldest first."""
    return events.messages_of(session, before_latest(session, identity), _EARLIER_MESSAGES)
