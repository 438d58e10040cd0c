"""Presence: who is at the desk, said by heartbeats, and what happens to the conversations of who is gone.

online: an open console lately gave a sign of life. away: she switched herself off for new conversations. gone: no sign of
life for the grace; what she had goes back to the queue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from handoff import conversations
from handoff.model import Agent, Assignment, Audit, Conversation
from handoff.notices import tell
from handoff.windows import Windows
from handoff.wording import Wording


def is_online(seen_at: datetime | None, now: datetime, within: timedelta) -> bool:
    """Whether a sign of life is fresh. One from the future, after a clock was set back, says nothing."""
    return seen_at is not None and now - within < seen_at <= now + within


def online(now: datetime, within: timedelta) -> ColumnElement[bool]:
    """The same, as a condition on `Agent`."""
    return (Agent.seen_at > now - within) & (Agent.seen_at <= now + within)


def beat(session: Session, agent_id: str, now: datetime, within: timedelta) -> bool:
    """A sign of life; returns whether she has only now come back, and can be given what waits."""
    before = session.scalar(select(Agent.seen_at).where(Agent.id == agent_id))
    session.execute(
        update(Agent).where(Agent.id == agent_id).values(seen_at=now).execution_options(synchronize_session=False)
    )
    return not is_online(before, now, within)


def set_available(session: Session, agent_id: str, available: bool, now: datetime) -> None:
    """The agent's own switch: whether she takes new conversations."""
    agent = session.scalars(select(Agent).where(Agent.id == agent_id).with_for_update(key_share=True)).one()
    if agent.available != available:
        agent.available = available
        act = "available" if available else "away"
        session.add(Audit(at=now, actor=f"agent:{agent_id}", act=act, agent_id=agent_id, details={}))


@dataclass
class Watch:
    """Since when this desk has watched without a break.

    While a desk is down, its database out of reach, or the machine asleep, no heartbeat can arrive, and silence proves
    nothing. A grace is counted from the end of such a gap at the earliest; so is one after the clock was changed.
    """

    longest_gap: timedelta
    since: datetime | None = None
    looked_at: datetime | None = None

    def look(self, now: datetime) -> datetime:
        """Note that the desk is awake at `now`; returns since when it has been."""
        steady = self.looked_at is not None and timedelta() <= now - self.looked_at <= self.longest_gap
        if self.since is None or not steady:
            self.since = now
        self.looked_at = now
        return self.since

    def interrupt(self) -> None:
        """Something could not be written: a heartbeat that came meanwhile was lost as well."""
        self.since = None


def left_behind(session: Session, now: datetime, grace: timedelta, within: timedelta) -> list[str]:
    """Conversations, those at rest excepted, whose agent has given no sign of life for `grace`."""
    hers = (
        select(Conversation.id)
        .join(Agent, Agent.id == Conversation.agent_id)
        .join(Assignment, (Assignment.conversation_id == Conversation.id) & Assignment.ended_at.is_(None))
        .where(Conversation.owner == "agent", Conversation.snoozed_until.is_(None), _gone(now, grace, within))
    )
    return list(session.scalars(hers.order_by(Conversation.queued_at)))


def take_back(
    session: Session,
    conversation_id: str,
    wording: Wording,
    windows: Windows,
    now: datetime,
    grace: timedelta,
    within: timedelta,
) -> bool:
    """Put one such conversation back into the queue, with its age, and tell the shopper. False: its agent is back, or it
    has moved on."""
    conversation = conversations.lock(session, conversation_id)
    if conversation.owner != "agent" or conversation.snoozed_until is not None:
        return False
    still = select(Agent).join(Assignment, Assignment.agent_id == Agent.id).where(
        Agent.id == conversation.agent_id,
        Assignment.conversation_id == conversation.id,
        Assignment.ended_at.is_(None),
        _gone(now, grace, within),
    )  # fmt: skip
    # Her row is held too: a heartbeat that comes now waits, and finds the conversation gone, or was first.
    agent = session.scalar(still.with_for_update(of=Agent, key_share=True))
    if agent is None:
        return False
    details = {"seen_at": agent.seen_at.isoformat() if agent.seen_at else None, "agent": agent.id}
    conversations.move(session, conversation, "release", "desk", now, reason="agent_gone", details=details)
    text = wording.say(conversation.language, "shopper.agent_gone", name=agent.name)
    tell(session, conversation, text, windows, now)
    return True


def _gone(now: datetime, grace: timedelta, within: timedelta) -> ColumnElement[bool]:
    """On Agent and her open Assignment: what began within the grace was a sign of life too."""
    silent = Agent.seen_at.is_(None) | (Agent.seen_at <= now - grace) | (Agent.seen_at > now + within)
    return silent & ((Assignment.began_at <= now - grace) | (Assignment.began_at > now + within))
