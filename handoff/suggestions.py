"""What agents did with the articles that the desk suggested: evidence for the lead, on what the shopper had asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.desk_model import Suggestion, SuggestionUse
from handoff.model import Conversation, Message


@dataclass(frozen=True)
class Suggested:
    """An article that the desk suggested for the shopper's message number `seq`: as the `rank`th, with probability `p`."""

    seq: int
    article_id: str
    language: str
    rank: int
    p: float


class NotSuggested(Exception):
    """The shopper said nothing where something is said to have been suggested."""


def question(session: Session, conversation_id: str) -> Message | None:
    """The shopper's latest words."""
    hers = select(Message).where(Message.conversation_id == conversation_id, Message.author == "shopper")
    return session.scalar(hers.order_by(Message.seq.desc()).limit(1))


def dismissed(session: Session, conversation_id: str, words: str) -> set[str]:
    """The articles that somebody found of no use for these words."""
    rows = select(Suggestion.article_id).filter_by(conversation_id=conversation_id, question=words, used="dismissed")
    return set(session.scalars(rows))


def use(
    session: Session,
    conversation_id: str,
    agent_id: str,
    suggested: Suggested,
    used: Literal["inserted", "dismissed"],
    now: datetime,
) -> int:
    """Note what the agent did with an article that was suggested; the same is noted once. Returns the row's id.

    Raises:
        NotSuggested: the shopper said nothing there.
        UnknownConversation
    """
    conversation = conversations.lock(session, conversation_id)
    words = _words(session, conversation, suggested)
    # What went out was inserted before, whichever of the two was heard first.
    same: Sequence[SuggestionUse] = ("inserted", "sent") if used == "inserted" else (used,)
    known = _noted(session, conversation, agent_id, suggested, words, same)
    return (known or _note(session, conversation, agent_id, suggested, words, used, now)).id


def went_out(
    session: Session, conversation: Conversation, agent_id: str, suggested: Iterable[Suggested], now: datetime
) -> None:
    """What the caller stores in this transaction for the shopper holds these articles. The caller holds the conversation.

    Raises:
        NotSuggested: the shopper said nothing there; nothing goes out with a wrong evidence.
    """
    for one in suggested:
        words = _words(session, conversation, one)
        known = _noted(session, conversation, agent_id, one, words, ("inserted", "sent"))
        if known is None:
            _note(session, conversation, agent_id, one, words, "sent", now)
        elif known.used == "inserted":
            known.used, known.at = "sent", now


def may_be_suggested(conversation: Conversation, agent_id: str) -> bool:
    """Articles are suggested to whoever may answer: its agent, and everybody while it waits."""
    return conversation.owner == "queue" or (conversation.owner == "agent" and conversation.agent_id == agent_id)


def _words(session: Session, conversation: Conversation, suggested: Suggested) -> str:
    """What it was suggested for."""
    hers = select(Message).filter_by(conversation_id=conversation.id, seq=suggested.seq, author="shopper")
    asked = session.scalar(hers)
    if asked is None:
        raise NotSuggested(conversation.id)
    return str(asked.content.get("text", ""))


def _noted(
    session: Session,
    conversation: Conversation,
    agent_id: str,
    suggested: Suggested,
    words: str,
    used: Sequence[SuggestionUse],
) -> Suggestion | None:
    same = select(Suggestion).where(Suggestion.conversation_id == conversation.id, Suggestion.agent_id == agent_id)
    same = same.where(Suggestion.article_id == suggested.article_id, Suggestion.question == words)
    return session.scalar(same.where(Suggestion.used.in_(used)).order_by(Suggestion.id).limit(1))


def _note(
    session: Session,
    conversation: Conversation,
    agent_id: str,
    suggested: Suggested,
    words: str,
    used: SuggestionUse,
    now: datetime,
) -> Suggestion:
    row = Suggestion(conversation_id=conversation.id, agent_id=agent_id, article_id=suggested.article_id)
    row.language, row.rank, row.p = suggested.language, suggested.rank, suggested.p
    row.question, row.used, row.at = words, used, now
    session.add(row)
    session.flush()
    return row
