"""The bot's sessions with a conversation: each has a tracker of its own in the engine, named after `bot_session`.

A session ends when people take the conversation over, and when the shopper was away for a while: what the bot had in mind then
means nothing to her any more. The language, and that the bot has introduced itself, are the conversation's and stay.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff.model import Audit, Conversation, Turn


def renew_after_pause(
    session: Session, conversation: Conversation, turn: Turn, pause: timedelta, now: datetime
) -> bool:
    """Begin a new session when the shopper was silent for `pause` before `turn`. Returns whether one began.

    The caller holds the conversation's lock. A turn that is tried again after a crash finds the same answer, because what
    counts is when it was asked: its session may be renewed twice, and never while somebody waits inside it.
    """
    before = select(func.max(Turn.finished_at)).where(
        Turn.conversation_id == conversation.id,
        Turn.epoch == conversation.epoch,  # an older one has ended its session already
        Turn.seq < turn.seq,
        Turn.state == "done",
    )
    last = session.scalar(before)
    if last is None or turn.created_at - last < pause:
        return False
    conversation.bot_session += 1
    details = {
        "session": conversation.bot_session,
        "silent_minutes": int((turn.created_at - last) / timedelta(minutes=1)),
    }
    session.add(Audit(at=now, actor="bot", act="new_session", conversation_id=conversation.id, details=details))
    session.flush()
    return True
