"""Conversations and messages: the only code that writes them. Callers open the transaction and pass `now`."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from handoff import events, search
from handoff.model import (
    Agent,
    Assignment,
    Audit,
    Author,
    Contact,
    Conversation,
    Identity,
    Inbound,
    Message,
    Offer,
    Owner,
    Resolution,
)
from handoff.outside import kept_id, usable_address
from handoff.reasons import Reason
from handoff.transitions import IllegalMove, Move, Ownership, apply

_OWNERSHIP = (
    "owner", "epoch", "bot_session", "agent_id", "queued_at", "reason", "closed_at", "snoozed_until", "waiting_since",
    "resolution",
)  # fmt: skip
_AT_ONCE = 500  # ids in one question


class UnknownConversation(Exception):
    """There is no such conversation, or the asker may not know that there is."""


def new_id() -> str:
    """An id that cannot be guessed: 122 random bits as 32 hexadecimal digits."""
    return uuid.uuid4().hex


def known_identity(session: Session, channel: str, address: str) -> Identity | None:
    """The identity behind a channel's address, when there is one.

    It is held until the transaction ends, and before its conversation is: what one shopper writes is taken in one by one, or
    two first messages would begin two conversations.

    Raises:
        UnusableAddress: no shopper can have it.
    """
    by_address = select(Identity).where(Identity.channel == channel, Identity.address == usable_address(address))
    return session.scalar(by_address.with_for_update(key_share=True))


def ensure_identity(session: Session, channel: str, address: str, name: str, now: datetime) -> Identity:
    """The identity behind a channel's address, with its contact, held; both are created at the first message.

    Raises:
        UnusableAddress: no shopper can have it.
    """
    found = known_identity(session, channel, address)
    if found is not None:
        return found
    contact = Contact(id=new_id(), name=name[:120], created_at=now)
    identity = Identity(id=new_id(), contact_id=contact.id, channel=channel, address=address, created_at=now)
    try:
        with session.begin_nested():
            session.add(contact)
            session.flush()
            session.add(identity)
            session.flush()
    except IntegrityError:  # another desk made it since, and at worst erased it again
        return ensure_identity(session, channel, address, name, now)
    return identity


def readdress(session: Session, channel: str, former: str, address: str) -> None:
    """Whoever had the former address has this one now; nothing when somebody has it already.

    Raises:
        UnusableAddress: no shopper can have it.
    """
    found = known_identity(session, channel, former)
    if found is None:
        return
    try:
        with session.begin_nested():
            found.address = usable_address(address)
            session.flush()
    except IntegrityError:  # another desk heard from her since
        session.expire(found)


def take_in(session: Session, channel: str, external_id: str, now: datetime) -> Inbound | None:
    """A row for an update that is new, to be completed in the transaction of all that it causes; None for a repeated one."""
    row = Inbound(channel=channel, external_id=kept_id(external_id), received_at=now)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return None
    return row


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation, held until the transaction ends.

    Raises:
        UnknownConversation: there is none.
    """
    found = find_and_lock(session, conversation_id)
    if found is None:
        raise UnknownConversation(conversation_id)
    return found


def taken_in(session: Session, channel: str, external_id: str) -> Inbound:
    """The row of an update that had been taken in before."""
    return session.get_one(Inbound, (channel, kept_id(external_id)))


def find_and_lock(session: Session, conversation_id: str) -> Conversation | None:
    """As `lock`, for those whom it does not surprise that a conversation was erased since they saw it."""
    return session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def existing(session: Session, ids: Collection[str]) -> set[str]:
    """Those of these conversations that there are."""
    wanted, found = sorted(ids), set[str]()
    for begin in range(0, len(wanted), _AT_ONCE):
        some = Conversation.id.in_(wanted[begin : begin + _AT_ONCE])
        found.update(session.scalars(select(Conversation.id).where(some)))
    return found


def lock_both(session: Session, one_id: str, other_id: str) -> tuple[Conversation, Conversation]:
    """Two conversations, held. Everybody who holds several takes them in the order of their ids, or two would wait for each
    other for ever.

    Raises:
        UnknownConversation: one of them is not there.
    """
    held = {conversation_id: lock(session, conversation_id) for conversation_id in sorted((one_id, other_id))}
    return held[one_id], held[other_id]


def hold_identity(session: Session, identity_id: str) -> Identity:
    """A shopper's address, held until the transaction ends: she begins and reopens nothing meanwhile. Before conversations."""
    return session.scalars(select(Identity).where(Identity.id == identity_id).with_for_update(key_share=True)).one()


def current(session: Session, identity_id: str) -> Conversation | None:
    """The identity's open conversation, else its latest closed one; held until the transaction ends."""
    found = session.scalar(_of_identity(identity_id).with_only_columns(Conversation.id))
    return find_and_lock(session, found) if found is not None else None


def latest(session: Session, identity_id: str) -> Conversation | None:
    """The identity's open conversation, else its latest closed one; not held, for those who only look."""
    return session.scalar(_of_identity(identity_id))


def _of_identity(identity_id: str) -> Select[Conversation]:
    found = select(Conversation).where(Conversation.identity_id == identity_id)
    return found.order_by(Conversation.owner == "closed", Conversation.created_at.desc()).limit(1)


def begin(session: Session, identity_id: str, language: str, now: datetime) -> Conversation:
    """A new conversation, owned by the bot."""
    conversation = Conversation(
        id=new_id(), identity_id=identity_id, owner="bot", language=language, created_at=now, updated_at=now, last_seq=0
    )
    session.add(conversation)
    session.flush()
    search.know(session, conversation.id)
    return lock(session, conversation.id)


def add_message(
    session: Session,
    conversation: Conversation,
    author: Author,
    content: dict[str, Any],
    now: datetime,
    *,
    agent: Agent | None = None,
    turn_id: str | None = None,
    client_id: str | None = None,
    note: bool = False,
    message_id: str | None = None,
) -> Message:
    """Store a message with its event. `content` always has a "text", which stands for it where nothing richer fits."""
    message = Message(
        id=message_id or new_id(),
        conversation_id=conversation.id,
        seq=conversation.last_seq + 1,
        author=author,
        agent_id=agent.id if agent else None,
        turn_id=turn_id,
        client_id=client_id,
        note=note,
        content=content,
        created_at=now,
    )
    session.add(message)
    _keep_waiting(conversation, author, now, note=note)
    added = events.MessageAdded(
        id=message.id,
        author=author,
        agent_id=message.agent_id,
        agent_name=agent.name if agent else None,
        note=note,
        content=content,
        client_id=client_id,
    )
    events.append(session, conversation, added, now, public=not note)
    session.flush()  # before anything that points to the message
    search.add_message(session, message)
    return message


def of_client(session: Session, conversation: Conversation, client_id: str | None) -> Message | None:
    """The shopper's message with her browser's own id for it."""
    if client_id is None:
        return None
    return session.scalar(
        select(Message).filter_by(conversation_id=conversation.id, author="shopper", client_id=client_id)
    )


def _keep_waiting(conversation: Conversation, author: Author, now: datetime, *, note: bool) -> None:
    """The shopper's clock runs from her first word that people have not answered; only a person's word to her stops it."""
    if author == "agent" and not note:
        conversation.waiting_since = None
    elif author == "shopper" and conversation.owner in ("queue", "agent") and conversation.waiting_since is None:
        conversation.waiting_since = now


def move(
    session: Session,
    conversation: Conversation,
    how: Move,
    actor: str,
    now: datetime,
    *,
    agent: Agent | None = None,
    reason: Reason | None = None,
    until: datetime | None = None,
    resolution: Resolution | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Change the owner: a guarded compare-and-set, with event, assignment and audit row.

    `agent` is whom the conversation goes to, or who moved it; `until` ends a snooze; `resolution` is how it was settled.

    Raises:
        IllegalMove: the table does not allow it, or somebody else moved the conversation since it was read.
    """
    before = ownership(conversation)
    after = apply(
        before, how, now, agent_id=agent.id if agent else None, reason=reason, until=until, resolution=resolution
    )
    changed = session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation.id, Conversation.owner == before.owner, Conversation.epoch == before.epoch
        )
        .values({name: getattr(after, name) for name in _OWNERSHIP})
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]  # somebody else was here first
        raise IllegalMove(how, before.owner)
    for name in _OWNERSHIP:  # as they now are in the row, which this transaction holds; no need to ask for them
        set_committed_value(conversation, name, getattr(after, name))
    if before.owner == "queue":
        _end_offer(session, conversation.id, after.agent_id, now)
    _keep_assignment(session, conversation.id, before.agent_id, after.agent_id, now)
    changed_owner = events.OwnerChanged(
        owner=after.owner, agent_id=after.agent_id, agent_name=agent.name if agent and after.agent_id else None,
        reason=after.reason, snoozed_until=after.snoozed_until, resolution=after.resolution,
    )  # fmt: skip
    # That a conversation rests is the agents' business: to the shopper it is in the same hands.
    events.append(session, conversation, changed_owner, now, public=how not in ("snooze", "wake"))
    ended = {"resolution": after.resolution} if after.resolution else {}
    session.add(
        Audit(
            at=now,
            actor=actor,
            act=how,
            conversation_id=conversation.id,
            agent_id=agent.id if agent else None,
            details={"from": before.owner, "to": after.owner, "reason": after.reason, **ended, **(details or {})},
        )
    )


def ownership(conversation: Conversation) -> Ownership:
    """The part of a conversation that `handoff.transitions` knows."""
    return Ownership(**{name: getattr(conversation, name) for name in _OWNERSHIP})


def _keep_assignment(
    session: Session, conversation_id: str, before: str | None, after: str | None, now: datetime
) -> None:
    if before == after:
        return
    if before is not None:
        session.execute(
            update(Assignment)
            .where(Assignment.conversation_id == conversation_id, Assignment.ended_at.is_(None))
            .values(ended_at=now)
        )
    if after is not None:
        session.add(Assignment(conversation_id=conversation_id, agent_id=after, began_at=now))


def _end_offer(session: Session, conversation_id: str, taken_by: str | None, now: datetime) -> None:
    """What leaves the queue is on offer to nobody: its agent accepted, or the offer is withdrawn."""
    outcome = case((Offer.agent_id == taken_by, "accepted"), else_="withdrawn")
    session.execute(
        update(Offer)
        .where(Offer.conversation_id == conversation_id, Offer.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome)
        .execution_options(synchronize_session=False)
    )


def owner_of(session: Session, conversation_id: str) -> Owner | None:
    """Who owns it now, without locking; None when there is no such conversation."""
    return session.scalar(select(Conversation.owner).where(Conversation.id == conversation_id))
