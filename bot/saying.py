"""The bot's words: stored, and promised to the shopper, in one transaction."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.messages import Content
from handoff import conversations, outbox
from handoff.model import Conversation, Turn
from handoff.windows import Windows


def say(
    session: Session, conversation: Conversation, turn: Turn | None, content: Content, windows: Windows, now: datetime
) -> None:
    """Say something as the bot, for a turn or of its own accord. The caller holds the conversation."""
    message_id = conversations.new_id()
    stored = content.stored(message_id)
    message = conversations.add_message(
        session, conversation, "bot", stored, now, turn_id=turn.id if turn else None, message_id=message_id
    )
    outbox.enqueue_within(session, conversation, message, windows, now)
