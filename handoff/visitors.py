"""Visitors: browsers that may read and write one web identity, by an opaque token."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff.accounts import hash_token
from handoff.conversations import ensure_identity, new_id
from handoff.model import Identity, VisitorSession

LASTS = timedelta(days=180)


def admit(session: Session, now: datetime) -> str:
    """A token for a new, anonymous visitor."""
    identity = ensure_identity(session, "web", new_id(), "", now)
    token = secrets.token_urlsafe(32)
    session.add(
        VisitorSession(token_hash=hash_token(token), identity_id=identity.id, created_at=now, expires_at=now + LASTS)
    )
    return token


def identify(session: Session, token: str, now: datetime) -> Identity | None:
    """The web identity behind a token, or None for an unknown or expired one."""
    return session.scalar(
        select(Identity)
        .join(VisitorSession, VisitorSession.identity_id == Identity.id)
        .where(VisitorSession.token_hash == hash_token(token), VisitorSession.expires_at > now)
    )
