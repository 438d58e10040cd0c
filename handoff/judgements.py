"""Judgements: which articles shoppers found right for what they had written. Only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from handoff.model import Conversation, Feedback, Turn
from handoff.turns import QUESTION_INTENTS

NEWEST = 5_000  # older ones tell of articles and phrasings that have changed since


@dataclass(frozen=True)
class Judgement:
    """The shopper's words, the language of the conversation ("" when unknown), the article shown, whether it helped."""

    text: str
    language: str
    article_id: str
    helpful: bool


def judgements(session: Session, newest: int = NEWEST) -> Iterator[Judgement]:
    """What shoppers said of answers to their own words, the newest first.

    A thumb judges the latest turn of its conversation that showed the article. An article that was chosen from several,
    by a button or in words, says nothing about the bot's guess and is left out. One shopper has one voice for the same
    words and article, the latest; every other shopper has one too.
    """
    heard: set[tuple[str, str, str]] = set()
    # Read as a stream: a shopper who presses the same thumb ten thousand times must not push the others out.
    thumbs = session.execute(_thumbs(), execution_options={"yield_per": 500})
    for helpful, article_id, text, button, understanding, language, identity in thumbs:
        if button is not None or (understanding or {}).get("intent") not in QUESTION_INTENTS:
            continue
        voice = (identity, " ".join(text.split()).casefold(), article_id)
        if voice in heard:
            continue
        heard.add(voice)
        yield Judgement(text, language, article_id, helpful)
        if len(heard) == newest:
            return


def _thumbs() -> Select[bool, str, str, str | None, dict[str, Any] | None, str, str]:
    judged = (
        select(Turn.id)
        .where(
            Turn.conversation_id == Feedback.conversation_id,
            Turn.article_id == Feedback.article_id,
            Turn.state == "done",
            Turn.finished_at < Feedback.at,
        )
        .order_by(Turn.seq.desc())
        .limit(1)
        .correlate(Feedback)
        .scalar_subquery()
    )
    return (
        select(
            Feedback.helpful,
            Feedback.article_id,
            Turn.text,
            Turn.button,
            Turn.understanding,
            Conversation.language,
            Conversation.identity_id,
        )
        .join(Turn, Turn.id == judged)
        .join(Conversation, Conversation.id == Feedback.conversation_id)
        .order_by(Feedback.id.desc())
    )
