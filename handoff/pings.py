"""Telling agents who have no console open, through the shop's bot, that somebody asks for them; and whose chat is whose.

What an agent has to be told follows from how things stand, not from the moment in which they came to stand so: whatever
crashes when, the next look finds it. She is told of a conversation once, until she has been at the desk again.
"""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from handoff import preferences, routing
from handoff.model import Agent, Assignment, Audit, Callback, Contact, Conversation, Identity
from handoff.ping_model import ChatLink, Ping, PingKind
from handoff.presence import is_online

CODE_LASTS = timedelta(minutes=15)
LEASE = timedelta(minutes=2)  # so long is one being sent before somebody else tries
MOST_ATTEMPTS = 8
_MOST_AT_ONCE = 5  # of one agent; what more waits she sees when she comes


@dataclass(frozen=True)
class Due:
    """What to say to whom."""

    id: int
    chat: str
    agent_id: str
    language: str
    kind: PingKind
    conversation_id: str
    name: str  # the shopper's
    reason: str
    attempts: int


def begin_link(session: Session, agent_id: str, now: datetime) -> str:
    """A code that makes whoever sends it to the bot this agent; an earlier one no longer works."""
    code = secrets.token_hex(5)
    session.execute(delete(ChatLink).where((ChatLink.agent_id == agent_id) | (ChatLink.expires_at <= now)))
    session.add(ChatLink(agent_id=agent_id, code_hash=_hash(code), expires_at=now + CODE_LASTS))
    return code


def link(session: Session, code: str, chat: str, now: datetime) -> Agent | None:
    """Whoever writes from `chat` has the code: the agent whose chat it is from now on. None: the code is no good."""
    held = session.execute(
        delete(ChatLink)
        .where(ChatLink.code_hash == _hash(code), ChatLink.expires_at > now)
        .returning(ChatLink.agent_id)
    ).scalar()
    if held is None:
        return None
    session.execute(update(Agent).where(Agent.telegram_chat == chat).values(telegram_chat=None))
    agent = session.get_one(Agent, held)
    agent.telegram_chat = chat
    session.add(Audit(at=now, actor=f"agent:{agent.id}", act="link telegram", agent_id=agent.id, details={}))
    return agent


def anybody(session: Session) -> bool:
    """Whether any agent has a chat: most shops need look no further."""
    return session.scalar(select(Agent.id).where(Agent.telegram_chat.is_not(None)).limit(1)) is not None


def take(session: Session, count: int, now: datetime, online_within: timedelta) -> list[Due]:
    """What agents are to be told now; each is this caller's for LEASE."""
    found: list[Due] = []
    for agent in _reachable(session, now, online_within):
        for conversation, name, kind in _asks_for(session, agent)[:_MOST_AT_ONCE]:
            if len(found) < count and (row := _lease(session, agent, conversation.id, kind, now)) is not None:
                ping_id, attempts = row
                reason = conversation.reason or "asked"
                found.append(
                    Due(ping_id, agent.telegram_chat or "", agent.id, agent.language, kind, conversation.id, name, reason,
                        attempts)
                )  # fmt: skip
    return found


def sent(session: Session, due: Due, now: datetime) -> None:
    """She has been told."""
    session.execute(update(Ping).where(Ping.id == due.id).values(sent_at=now))


def failed(session: Session, due: Due, now: datetime, *, permanent: bool, after: timedelta | None) -> None:
    """It did not arrive. A chat that takes nothing more is hers no longer; else it is tried again, ever more slowly."""
    if permanent:
        session.execute(update(Agent).where(Agent.id == due.agent_id, Agent.telegram_chat == due.chat)
                        .values(telegram_chat=None))  # fmt: skip
    if permanent or due.attempts >= MOST_ATTEMPTS:
        sent(session, due, now)  # she finds it when she comes
        return
    pause = after or timedelta(seconds=2**due.attempts)
    session.execute(update(Ping).where(Ping.id == due.id).values(not_before=now + pause))


def _reachable(session: Session, now: datetime, online_within: timedelta) -> Iterator[Agent]:
    """Agents with a chat and without a console."""
    linked = select(Agent).where(Agent.telegram_chat.is_not(None), Agent.disabled_at.is_(None)).order_by(Agent.id)
    for agent in session.scalars(linked):
        if not is_online(agent.seen_at, now, online_within) and preferences.of(agent).telegram:
            yield agent


def _asks_for(session: Session, agent: Agent) -> list[tuple[Conversation, str, PingKind]]:
    """What has come to ask for her since she was last there, the longest waiting first."""
    gone_since = agent.seen_at or agent.created_at
    mine = and_(Conversation.owner == "agent", Conversation.agent_id == agent.id, Conversation.snoozed_until.is_(None))
    assigned = and_(mine, Assignment.began_at > gone_since)
    wrote = and_(mine, Conversation.waiting_since > gone_since)
    # Of a call she is reminded once more, whatever she was told of before, and while the conversation rests.
    hers = and_(Conversation.owner == "agent", Conversation.agent_id == agent.id)
    reminded = and_(hers, Callback.reminded_at > gone_since)
    cases = [assigned, wrote, reminded]
    if agent.available:
        waits = and_(Conversation.owner == "queue", Conversation.queued_at > gone_since)
        cases.append(and_(waits, routing.may_serve(session, agent)))
    told = select(Ping.id).where(
        Ping.agent_id == agent.id,
        Ping.conversation_id == Conversation.id,
        Ping.sent_at > gone_since,
        or_(~func.coalesce(reminded, false()), Ping.sent_at >= Callback.reminded_at),
    )
    query = (
        select(Conversation, Contact.name, Assignment.began_at, Callback.reminded_at)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Contact, Contact.id == Identity.contact_id)
        .outerjoin(Assignment, (Assignment.conversation_id == Conversation.id) & Assignment.ended_at.is_(None))
        .outerjoin(Callback, (Callback.conversation_id == Conversation.id) & (Callback.state == "open"))
        .where(or_(*cases), ~told.exists())
        .order_by(func.coalesce(Conversation.waiting_since, Conversation.queued_at), Conversation.id)
    )

    def kind(conversation: Conversation, began_at: datetime | None, reminded_at: datetime | None) -> PingKind:
        if conversation.owner == "queue":
            return "queue"
        if reminded_at is not None and reminded_at > gone_since:
            return "call"
        return "assigned" if began_at is not None and began_at > gone_since else "wrote"

    return [(one, name, kind(one, *times)) for one, name, *times in session.execute(query)]


def _lease(
    session: Session, agent: Agent, conversation_id: str, kind: PingKind, now: datetime
) -> tuple[int, int] | None:
    """The row of this ping and how often it was tried, when nobody else is at it; two desks that ask at once get it once."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = insert(Ping).values(
        agent_id=agent.id,
        conversation_id=conversation_id,
        kind=kind,
        attempts=1,
        not_before=now + LEASE,
        created_at=now,
    )
    # One of an earlier absence begins anew.
    tried = case((Ping.sent_at.is_(None), Ping.attempts), else_=0)
    again = {"kind": kind, "attempts": tried + 1, "not_before": now + LEASE, "sent_at": None}
    row = new.on_conflict_do_update(
        index_elements=["agent_id", "conversation_id"], set_=again, where=Ping.not_before <= now
    ).returning(Ping.id, Ping.attempts)
    found = session.execute(row).first()
    return (found[0], found[1]) if found is not None else None


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()
