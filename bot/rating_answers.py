"""What a shopper answers when she is asked how good the help was: taken in without opening her conversation again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.messages import Button, Inbound, find_button, message_of
from handoff import conversations, ratings
from handoff.model import Conversation, Identity, Message
from handoff.windows import Windows
from handoff.wording import Wording


@dataclass(frozen=True)
class RatingAnswer:
    """A pressed button of the question, or with None the words that were asked for. The conversation is held."""

    conversation: Conversation
    under: Message | None
    button: Button | None

    def take(self, session: Session, words: str, wording: Wording, windows: Windows, now: datetime) -> None:
        """After her message was stored."""
        if self.button is not None and self.under is not None:
            ratings.press(session, self.conversation, self.under, self.button.payload, wording, windows, now)
        else:
            ratings.comment(session, self.conversation, words, wording, windows, now)


def answer_to_rating(session: Session, identity: Identity, inbound: Inbound, now: datetime) -> RatingAnswer | None:
    """What `inbound` answers to a question for a rating; None when it is anything else. The identity is held."""
    if inbound.button_id is not None:
        return _pressed(session, identity, inbound.button_id)
    if inbound.files or not inbound.text.strip():
        return None
    latest = conversations.current(session, identity.id)
    if latest is not None and ratings.awaits_comment(session, latest, now):
        return RatingAnswer(latest, None, None)
    return None


def _pressed(session: Session, identity: Identity, button_id: str) -> RatingAnswer | None:
    under = session.get(Message, message_of(button_id))
    button = find_button(under.content, button_id) if under is not None else None
    if under is None or button is None or not ratings.is_about(button.payload):
        return None
    conversation = conversations.lock(session, under.conversation_id)
    return RatingAnswer(conversation, under, button) if conversation.identity_id == identity.id else None
