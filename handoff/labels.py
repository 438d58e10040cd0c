"""Labels: words of the shop's own that agents put on conversations. Leads make them; what is taken away stays where it is."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from handoff import conversations, events
from handoff.conversations import new_id
from handoff.desk_model import Label, Labelled
from handoff.model import Agent, Audit, Conversation

Colour = Literal["grey", "teal", "blue", "violet", "amber", "red"]
COLOURS: tuple[Colour, ...] = get_args(Colour)
LONGEST_NAME = 40
_MOST = 200  # labels of a shop; more are no longer found by anybody


class LabelError(Exception):
    """What cannot be done with a label, in words for the person who asked."""


class UnknownLabel(Exception):
    """There is no such label, or no longer."""


def add(session: Session, name: str, colour: Colour, agent: Agent, now: datetime) -> Label:
    """A new label, or one that was taken away and comes back. Raises LabelError for a name that is empty, long or taken."""
    wanted = " ".join(name.split())
    if not 0 < len(wanted) <= LONGEST_NAME:
        raise LabelError(f"A label has 1 to {LONGEST_NAME} characters.")
    known = session.scalar(select(Label).where(func.lower(Label.name) == wanted.lower()))
    if known is not None and known.disabled_at is None:
        raise LabelError(f"There is already a label '{known.name}'.")
    if len(all_open(session)) >= _MOST:
        raise LabelError(f"There are {_MOST} labels already. Take one away first.")
    if known is None:
        known = Label(id=new_id(), name=wanted, colour=colour, created_at=now)
        session.add(known)
    known.colour, known.disabled_at = colour, None
    session.flush()
    _record(session, "add label", agent, now, label=known.name)
    return known


def close(session: Session, label_id: str, agent: Agent, now: datetime) -> None:
    """Nobody puts it on any longer; where it is, it stays. Raises UnknownLabel."""
    label = session.get(Label, label_id)
    if label is None or label.disabled_at is not None:
        raise UnknownLabel(label_id)
    label.disabled_at = now
    _record(session, "close label", agent, now, label=label.name)


def all_open(session: Session) -> list[Label]:
    """By name."""
    return list(session.scalars(select(Label).where(Label.disabled_at.is_(None)).order_by(Label.name)))


def of(session: Session, conversation_id: str) -> list[Label]:
    """A conversation's labels, by name; those that were taken away included."""
    hers = select(Label).join(Labelled, Labelled.label_id == Label.id)
    return list(session.scalars(hers.where(Labelled.conversation_id == conversation_id).order_by(Label.name)))


def put(session: Session, conversation_id: str, label_id: str, on: bool, agent: Agent, now: datetime) -> None:
    """Put a label on a conversation or take it off; what is so already stays so. Raises UnknownLabel, UnknownConversation."""
    conversation = conversations.lock(session, conversation_id)
    label = session.get(Label, label_id)
    if label is None or (on and label.disabled_at is not None):
        raise UnknownLabel(label_id)
    there = session.get(Labelled, (conversation.id, label.id)) is not None
    if there == on:
        return
    if on:
        session.add(Labelled(conversation_id=conversation.id, label_id=label.id, agent_id=agent.id, at=now))
    else:
        session.execute(delete(Labelled).filter_by(conversation_id=conversation.id, label_id=label.id))
    _tell(session, conversation, agent, now)
    _record(session, "label" if on else "unlabel", agent, now, conversation.id, label=label.name)


def copy(session: Session, source: Conversation, target: Conversation, agent: Agent, now: datetime) -> None:
    """The target, which the caller holds, gets the source's labels too."""
    has = {label.id for label in of(session, target.id)}
    missing = [label.id for label in of(session, source.id) if label.id not in has]
    for label_id in missing:
        session.add(Labelled(conversation_id=target.id, label_id=label_id, agent_id=agent.id, at=now))
    if missing:
        _tell(session, target, agent, now)


def _tell(session: Session, conversation: Conversation, agent: Agent, now: datetime) -> None:
    session.flush()
    shown = [events.LabelShown(id=one.id, name=one.name, colour=one.colour) for one in of(session, conversation.id)]
    changed = events.LabelsChanged(labels=shown, agent_id=agent.id, agent_name=agent.name)
    events.append(session, conversation, changed, now, public=False)


def _record(
    session: Session, act: str, agent: Agent, now: datetime, conversation_id: str | None = None, **details: str
) -> None:
    row = Audit(at=now, actor=f"agent:{agent.id}", act=act, agent_id=agent.id, conversation_id=conversation_id)
    row.details = details
    session.add(row)
