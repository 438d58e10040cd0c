"""Shoppers who block the shop where they write to it, and those who let it write again."""

from datetime import datetime

from sqlalchemy.orm import Session

from handoff import conversations, events


def note(session: Session, channel: str, address: str, now: datetime, *, blocked: bool) -> bool:
    """The provider says that nothing reaches this address any more, or that it does again; returns whether that was new.

    Agents are told in the conversation that is open. Of whom nothing is known, nothing is kept.
    """
    identity = conversations.known_identity(session, channel, address)
    if identity is None or (identity.blocked_at is not None) == blocked:
        return False
    identity.blocked_at = now if blocked else None
    latest = conversations.current(session, identity.id)
    if latest is not None and latest.owner != "closed":
        conversation = conversations.lock(session, latest.id)
        events.append(session, conversation, events.ReachChanged(channel=channel, blocked=blocked), now, public=False)
    return True
