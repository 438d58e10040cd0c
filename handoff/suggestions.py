"""What agents did with the articles that the desk suggested: evidence for the lead, on what the shopper had asked."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.desk_model import Suggestion, SuggestionUse
from handoff.model import Conversation, Message


class NotSuggested(Exception):
    """There is no such suggestion of this agent's, or no such question."""


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
    seq: int,
    article_id: str,
    language: str,
    rank: int,
    p: float,
    used: SuggestionUse,
    now: datetime,
) -> int:
    """Note what the agent did with an article that was suggested for the shopper's message number `seq`; the same is noted
    once. Returns the row's id.

    Raises:
        NotSuggested: the shopper said nothing there.
        UnknownConversation
    """
    conversation = conversations.lock(session, conversation_id)
    asked = session.scalar(select(Message).filter_by(conversation_id=conversation.id, seq=seq, author="shopper"))
    if asked is None:
        raise NotSuggested(conversation_id)
    words = str(asked.content.get("text", ""))
    same = select(Suggestion).filter_by(
        conversation_id=conversation.id, agent_id=agent_id, article_id=article_id, question=words, used=used
    )
    known = session.scalar(same)
    if known is not None:
        return known.id
    row = Suggestion(conversation_id=conversation.id, agent_id=agent_id, article_id=article_id, language=language)
    row.question, row.rank, row.p, row.used, row.at = words, rank, p, used, now
    session.add(row)
    session.flush()
    return row.id


def went_out(session: Session, suggestion_id: int, agent_id: str, now: datetime) -> None:
    """A reply with the inserted article was sent. Raises NotSuggested."""
    row = session.get(Suggestion, suggestion_id, with_for_update={"key_share": True})
    if row is None or row.agent_id != agent_id or row.used == "dismissed":
        raise NotSuggested(suggestion_id)
    row.used, row.at = "sent", now


def may_be_suggested(conversation: Conversation, agent_id: str) -> bool:
    """Articles are suggested to whoever may answer: its agent, and everybody while it waits."""
    return conversation.owner == "queue" or (conversation.owner == "agent" and conversation.agent_id == agent_id)
