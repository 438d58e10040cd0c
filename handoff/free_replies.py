"""Free replies: a channel may take so many after each word of the shopper's for nothing; what follows costs the shop.

Nothing is counted beside the messages themselves, so the number outlives restarts and is the same on every desk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from handoff.model import Conversation, Identity, Message, Outbox


@dataclass(frozen=True)
class FreeReplies:
    """`most` are free after a word of the shopper's; `weigh` says as how many the provider counts one stored content.

    `paid_for` is for how long after that word the provider takes replies at all, if the shop pays for them.
    """

    most: int
    weigh: Callable[[Mapping[str, Any]], int]
    paid_for: timedelta


def left(session: Session, free: FreeReplies, identity: Identity) -> int:
    """How many may still be sent for nothing. What waits to be sent counts as sent, what did not arrive does not."""
    if identity.wrote_at is None:
        return 0
    on_its_way = Outbox.state.in_(("queued", "sending"))
    since = (
        select(Message.content)
        .join(Outbox, Outbox.message_id == Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.identity_id == identity.id, Outbox.channel == identity.channel)
        .where(or_(on_its_way, Outbox.sent_at >= identity.wrote_at))
    )
    return max(0, free.most - sum(free.weigh(content) for content in session.scalars(since)))
