"""Calls whose time is near, and calls that were not made in time.

A call is the business of whoever has its conversation: she is reminded in the console and on Telegram (handoff/pings.py). What
nobody has done in time is anybody's again, before all others.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.call_times import OVERDUE_AFTER, REMIND_BEFORE
from handoff.callbacks import ASKED_FOR, NOT_REACHED, OVERDUE, tell_agents, tries_of
from handoff.model import Audit, Callback, Conversation
from handoff.notices import tell
from handoff.routing import HIGHEST_PRIORITY
from handoff.windows import Windows
from handoff.wording import Wording


def to_remind_of(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """The conversations whose call is due soon, and of which the team was not told yet."""
    soon = select(Callback.conversation_id).where(_is_soon(now))
    return list(session.scalars(soon.order_by(Callback.due_at).limit(limit)))


def remind(session: Session, conversation_id: str, now: datetime) -> bool:
    """Tell the team that a call is due, once. False: it was settled meanwhile, or another desk was faster."""
    conversation = conversations.find_and_lock(session, conversation_id)
    callback = session.scalar(select(Callback).where(Callback.conversation_id == conversation_id, _is_soon(now)))
    if conversation is None or callback is None:
        return False
    callback.reminded_at = now
    session.flush()
    tries = tries_of(session, callback.id, conversation.id)
    tell_agents(session, conversation, callback, now, tries, reminder=True)
    return True


def overdue(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """The conversations in which a call was not made in time, as far as the team has them."""
    late = select(Callback.conversation_id).join(Conversation, Conversation.id == Callback.conversation_id)
    with_people = Conversation.owner.in_(("queue", "agent"))
    return list(session.scalars(late.where(_is_late(now), with_people).order_by(Callback.due_at).limit(limit)))


def give_back(session: Session, conversation_id: str, wording: Wording, windows: Windows, now: datetime) -> bool:
    """A call was not even tried in time: its conversation is anybody's now, before all others, and the shopper is told.
    Once; False: it was settled meanwhile, or another desk was faster."""
    conversation = conversations.find_and_lock(session, conversation_id)
    callback = session.scalar(select(Callback).where(Callback.conversation_id == conversation_id, _is_late(now)))
    if conversation is None or callback is None or conversation.owner not in ("queue", "agent"):
        return False
    before = conversation.priority
    callback.overdue_at, conversation.priority = now, HIGHEST_PRIORITY
    session.flush()
    if conversation.owner == "agent":
        conversations.move(session, conversation, "release", "desk", now, reason="call_overdue")
    tries = tries_of(session, callback.id, conversation.id)
    tell_agents(session, conversation, callback, now, tries, overdue=True)
    row = Audit(at=now, actor="desk", act=OVERDUE, conversation_id=conversation.id)
    row.details = {"callback": callback.id, "priority": before}
    session.add(row)
    late = wording.say(conversation.language, "shopper.call_late")
    tell(session, conversation, late, windows, now, asks=ASKED_FOR)  # she may name another time
    return True


def _is_soon(now: datetime) -> ColumnElement[bool]:
    open_ones = (Callback.state == "open") & Callback.reminded_at.is_(None)
    return open_ones & (Callback.due_at <= now + REMIND_BEFORE)


def _is_late(now: datetime) -> ColumnElement[bool]:
    open_ones = (Callback.state == "open") & Callback.overdue_at.is_(None)
    tried = select(Audit.id).where(
        Audit.conversation_id == Callback.conversation_id, Audit.act == NOT_REACHED, Audit.at >= Callback.reminded_at
    )
    return open_ones & (Callback.due_at <= now - OVERDUE_AFTER) & ~tried.exists()
