"""Ratings: when a person has settled a conversation, its shopper is asked how good the help was, from 1 to 5.

The question is a notice of the desk with five ordinary buttons, so it works on every channel that has buttons, and where they
become numbered text. An answer to it opens nothing again. A button under the thanks asks for a few words; then the next
message is taken for them, if it comes soon.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import events
from handoff.contact_model import Rating
from handoff.model import Agent, Audit, Conversation, Message
from handoff.notices import NoticeButton, tell
from handoff.windows import Windows
from handoff.wording import Wording

SCORES = range(1, 6)  # the higher the better
ASKED_FOR = "rating"  # in the notice that asks for a comment: what the next words hold
LONGEST_COMMENT = 5_000  # characters, as one message has them
COMMENTS_WITHIN = timedelta(hours=1)  # of the question for one; later words are a new matter
_RATE, _COMMENT = "desk:rate:", "desk:rate_comment"


@dataclass(frozen=True)
class Given:
    """What a shopper thought of the help she got, the last time; and what she gave before that on average, of how many."""

    score: int  # 1 to 5
    comment: str
    of: str  # the name of the agent whom she rated
    conversation_id: str
    at: datetime
    earlier: int
    mean: float | None  # of the earlier scores; None: there are none


def is_about(payload: str) -> bool:
    """Whether a button's payload is an answer to the question for a rating."""
    return payload == _COMMENT or payload.removeprefix(_RATE) in {str(score) for score in SCORES}


def ask(
    session: Session, conversation: Conversation, agent: Agent, wording: Wording, windows: Windows, now: datetime
) -> None:
    """Say that the agent has settled it, and ask how that was; before the conversation is closed."""

    def say(key: str) -> str:
        return wording.say(conversation.language, f"shopper.{key}", name=agent.name)

    buttons = [NoticeButton(say(f"rate_{score}"), f"{_RATE}{score}") for score in SCORES]
    text = f"{say('resolved')} {say('rate')}"
    question = tell(session, conversation, text, windows, now, buttons=buttons, rating="question")
    row = Rating(conversation_id=conversation.id, message_id=question.id, agent_id=agent.id, asked_at=now)
    session.add(row)
    session.flush()


def press(
    session: Session,
    conversation: Conversation,
    message: Message,
    payload: str,
    wording: Wording,
    windows: Windows,
    now: datetime,
) -> None:
    """The shopper pressed a button of the question, or the one under the thanks; her press is stored. The last score counts.

    The caller holds the conversation, to which `message`, the one with the button, belongs.
    """
    say = wording.say
    if payload == _COMMENT:
        tell(session, conversation, say(conversation.language, "shopper.rate_words"), windows, now, asks=ASKED_FOR)
        return
    row = session.scalar(select(Rating).where(Rating.message_id == message.id).with_for_update())
    if row is None:
        return
    row.score, row.rated_at = int(payload.removeprefix(_RATE)), now
    _tell_agents(session, conversation, row, now)
    button = NoticeButton(say(conversation.language, "shopper.rate_add"), _COMMENT)
    thanks = say(conversation.language, "shopper.rate_thanks")
    tell(session, conversation, thanks, windows, now, buttons=[] if row.comment else [button], rating="thanks")


def given(session: Session, conversation_ids: Collection[str]) -> Given | None:
    """What was rated in these conversations of one shopper; None when she never said."""
    rated = select(Rating, Agent.name).join(Agent, Agent.id == Rating.agent_id)
    rated = rated.where(Rating.conversation_id.in_(conversation_ids), Rating.score.is_not(None))
    rows = session.execute(rated.order_by(Rating.rated_at.desc(), Rating.id.desc())).tuples().all()
    if not rows:
        return None
    (last, name), *before = rows
    scores = [row.score for row, _ in before if row.score is not None]
    mean = round(fmean(scores), 1) if scores else None
    at = last.rated_at or last.asked_at
    return Given(last.score or 0, last.comment, name, last.conversation_id, at, len(scores), mean)


def awaits_comment(session: Session, conversation: Conversation, now: datetime) -> bool:
    """Whether the shopper's next words are a comment: she was just asked for it, has said nothing since, and it is closed."""
    if conversation.owner != "closed":
        return False
    latest = select(Message).where(Message.conversation_id == conversation.id, Message.note.is_(False))
    last = session.scalar(latest.order_by(Message.seq.desc()).limit(1))
    asked = last is not None and last.author == "desk" and last.content.get("asks") == ASKED_FOR
    return asked and last is not None and now - last.created_at <= COMMENTS_WITHIN


def comment(
    session: Session, conversation: Conversation, words: str, wording: Wording, windows: Windows, now: datetime
) -> None:
    """Keep her words with her latest score; they are stored as a message, too."""
    rated = select(Rating).where(Rating.conversation_id == conversation.id, Rating.score.is_not(None))
    row = session.scalar(rated.order_by(Rating.rated_at.desc(), Rating.id.desc()).limit(1).with_for_update())
    if row is not None:
        row.comment = words[:LONGEST_COMMENT]
        _tell_agents(session, conversation, row, now)
    tell(session, conversation, wording.say(conversation.language, "shopper.rate_noted"), windows, now)


def _tell_agents(session: Session, conversation: Conversation, row: Rating, now: datetime) -> None:
    session.flush()
    rated = events.Rated(id=row.id, score=row.score or 0, comment=row.comment)
    events.append(session, conversation, rated, now, public=False)
    # Not her words: the audit outlives a shopper's data.
    audit = Audit(at=now, actor="shopper", act="rate", conversation_id=conversation.id, agent_id=row.agent_id)
    audit.details = {"score": row.score}
    session.add(audit)
