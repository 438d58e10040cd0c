"""Follow-ups: whoever passed a conversation on looks later whether it was solved.

Due is what the stored time says; nothing has to run for it. A conversation that is settled makes its follow-ups due at once.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from handoff import conversations, events
from handoff.desk_model import FollowUp
from handoff.model import Agent, Audit, Conversation


class UnknownFollowUp(Exception):
    """There is no such follow-up of this agent's, or it is done already."""


def ask(session: Session, conversation: Conversation, agent: Agent, after: timedelta, now: datetime) -> None:
    """The agent passes the conversation on: she is to check it after that time. Once, however often she passes it on."""
    known = _open(session, conversation.id, agent.id)
    if known is not None:
        known.due_at = now + after
        return
    session.add(FollowUp(conversation_id=conversation.id, agent_id=agent.id, created_at=now, due_at=now + after))
    _tell(session, conversation, agent, "open", now)


def settled(session: Session, conversation: Conversation, agent: Agent, now: datetime) -> None:
    """The agent settles the conversation: her own follow-up is done, all others are due."""
    own = _open(session, conversation.id, agent.id)
    if own is not None:
        _end(session, conversation, own, agent, now)
    others = (FollowUp.conversation_id == conversation.id) & FollowUp.done_at.is_(None) & (FollowUp.due_at > now)
    session.execute(update(FollowUp).where(others).values(due_at=now).execution_options(synchronize_session="fetch"))


def go_on_in(session: Session, source: Conversation, target: Conversation, now: datetime) -> None:
    """The source is merged: who was to check it checks the target."""
    for one in session.scalars(
        select(FollowUp).where(FollowUp.conversation_id == source.id, FollowUp.done_at.is_(None))
    ):
        if _open(session, target.id, one.agent_id) is not None:
            one.done_at = now
        else:
            one.conversation_id = target.id
            session.flush()


def take(session: Session, follow_up_id: int, agent: Agent) -> tuple[FollowUp, Conversation]:
    """An agent's own open follow-up with its conversation, held: address, then conversation. Raises UnknownFollowUp."""
    seen = session.get(FollowUp, follow_up_id)
    conversation = session.get(Conversation, seen.conversation_id) if seen is not None else None
    if conversation is None:
        raise UnknownFollowUp(follow_up_id)
    conversations.hold_identity(session, conversation.identity_id)
    conversation = conversations.lock(session, conversation.id)
    held = session.get(FollowUp, follow_up_id, populate_existing=True)
    if held is None or held.agent_id != agent.id or held.done_at or held.conversation_id != conversation.id:
        raise UnknownFollowUp(follow_up_id)
    return held, conversation


def finish(
    session: Session, follow_up: FollowUp, conversation: Conversation, agent: Agent, now: datetime, *, solved: bool
) -> None:
    """The agent has looked; `solved` says what she found."""
    _end(session, conversation, follow_up, agent, now)
    row = Audit(at=now, actor=f"agent:{agent.id}", act="follow up", conversation_id=conversation.id, agent_id=agent.id)
    row.details = {"solved": solved}
    session.add(row)


def of_agent(session: Session, agent_id: str) -> list[tuple[FollowUp, Conversation]]:
    """All that she has not checked yet, the first due first; without those that came back to her meanwhile."""
    hers = (
        select(FollowUp, Conversation)
        .join(Conversation, Conversation.id == FollowUp.conversation_id)
        .where(
            FollowUp.agent_id == agent_id,
            FollowUp.done_at.is_(None),
            Conversation.agent_id.is_distinct_from(agent_id),
        )
        .order_by(FollowUp.due_at, FollowUp.id)
        .limit(200)
    )
    return [(follow_up, conversation) for follow_up, conversation in session.execute(hers)]


def _open(session: Session, conversation_id: str, agent_id: str) -> FollowUp | None:
    return session.scalar(
        select(FollowUp).where(
            FollowUp.conversation_id == conversation_id, FollowUp.agent_id == agent_id, FollowUp.done_at.is_(None)
        )
    )


def _end(session: Session, conversation: Conversation, follow_up: FollowUp, agent: Agent, now: datetime) -> None:
    follow_up.done_at = now
    _tell(session, conversation, agent, "done", now)


def _tell(session: Session, conversation: Conversation, agent: Agent, state: str, now: datetime) -> None:
    changed = events.FollowUpChanged.model_validate({"state": state, "agent_id": agent.id, "agent_name": agent.name})
    events.append(session, conversation, changed, now, public=False)
