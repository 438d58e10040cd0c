"""Threads of e-mail: which mail belongs to which, and by what our own mails are known again.

A thread is an identity, with its sender's address and a ticket that nobody can guess: "lan@home.example#7K3M9QX2". So each
thread has its own open conversation, and threads whose sender was proven share a contact.

The id of a mail of ours holds the message's id and a signature of the thread's: whoever answers to it has received it.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff.mail_model import MailLetter, MailThread
from handoff.model import Conversation, Identity, Message

CHANNEL = "email"
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is taken for another
_TICKET_LENGTH = 8  # 40 bits
_TICKET = re.compile(rf"\[#([{_SIGNS}]{{4}})-?([{_SIGNS}]{{4}})\]")
_OURS = re.compile(r"(?P<message>[0-9a-f]{32})\.(?P<mark>[0-9a-f]{24})@.+")
_REFERENCES_KEPT = 10
_LATER_MAILS = 20  # of one sender, among which the answer to a mail is looked for that comes after it


@dataclass(frozen=True)
class Letter:
    """What of a shopper's mail tells where it belongs. `subject` is decoded, one line."""

    sender: str
    ours: str
    subject: str
    mail_id: str
    references: tuple[str, ...]
    proven: bool


@dataclass(frozen=True)
class Reply:
    """What an answer of ours needs. `own_id` is the same however often the message is sent."""

    to: str
    ours: str
    subject: str
    ticket: str
    own_id: str
    in_reply_to: str
    references: tuple[str, ...]
    secret: str


def sender_of(address: str) -> str:
    """The mail address of a thread's address; a domain holds no "#"."""
    return address.rpartition("#")[0] or address


def ticket_of(address: str) -> str:
    """A thread's number as people read it: "#7K3M-9QX2"."""
    ticket = address.rpartition("#")[2]
    return f"#{ticket[:4]}-{ticket[4:]}"


def place(session: Session, letter: Letter) -> str:
    """The address of the thread to which a mail belongs: a known one, or a new one."""
    found = _by_our_ids(session, letter) or _by_ticket(session, letter)
    if found is None and letter.proven:
        found = _by_her_ids(session, letter) or _by_later_mail(session, letter)
    return found or f"{letter.sender}#{''.join(secrets.choice(_SIGNS) for _ in range(_TICKET_LENGTH))}"


def keep(session: Session, conversation: Conversation, message: Message, letter: Letter, now: datetime) -> MailThread:
    """Note a mail with the message that it became; the thread too, when it is new. The caller holds the conversation."""
    thread = session.get(MailThread, conversation.identity_id)
    if thread is None:
        thread = MailThread(
            identity_id=conversation.identity_id, sender=letter.sender, ours=letter.ours,
            subject=letter.subject, secret=secrets.token_hex(32), proven=letter.proven, created_at=now,
        )  # fmt: skip
        session.add(thread)
    thread.proven = thread.proven or letter.proven
    earlier = list(letter.references[-_REFERENCES_KEPT:])
    session.add(
        MailLetter(
            message_id=message.id, conversation_id=conversation.id, mail_id=letter.mail_id, earlier=earlier, at=now
        )
    )
    session.flush()
    return thread


def reply_to(session: Session, conversation_id: str, message_id: str) -> Reply | None:
    """What the mail with this message needs; None when the conversation is no thread of e-mail."""
    found = session.execute(
        select(MailThread, Identity.address)
        .join(Identity, Identity.id == MailThread.identity_id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .where(Conversation.id == conversation_id)
    ).first()
    if found is None:
        return None
    thread, address = found.tuple()
    latest = select(MailLetter).where(MailLetter.conversation_id == conversation_id)
    last = session.scalar(latest.order_by(MailLetter.at.desc(), MailLetter.message_id).limit(1))
    before = [*last.earlier, last.mail_id] if last is not None else []
    return Reply(
        to=sender_of(address), ours=thread.ours, subject=thread.subject, ticket=ticket_of(address),
        own_id=own_id(thread, message_id), in_reply_to=last.mail_id if last else "",
        references=tuple(one for one in before if one), secret=thread.secret,
    )  # fmt: skip


def own_mail(session: Session, mail_ids: Sequence[str], addresses: Collection[str]) -> tuple[str, str] | None:
    """Of these ids the first that is one of our mails to one of these addresses: its thread's address, and the message's id."""
    for mail_id in mail_ids:
        found = _ours(session, mail_id)
        if found is not None and found[0].sender in addresses:
            return found[1], mail_id.partition(".")[0]
    return None


def own_id(thread: MailThread, message_id: str) -> str:
    """The Message-ID of a mail of ours, without angle brackets."""
    return f"{message_id}.{signature(thread.secret, 'mail', message_id)[:24]}@{thread.ours.rpartition('@')[2]}"


def signature(secret: str, purpose: str, of: str) -> str:
    """HMAC-SHA-256 in hexadecimal digits; one for one purpose is none for another."""
    return hmac.new(secret.encode(), f"{purpose} {of}".encode(), sha256).hexdigest()


def is_signed(secret: str, purpose: str, of: str, given: str) -> bool:
    """Whether `given` is the signature, compared in constant time."""
    return hmac.compare_digest(signature(secret, purpose, of), given)


def mails_since(session: Session, sender: str, span: timedelta, now: datetime) -> int:
    """How many mails of this address were taken in within `span`, over all its threads."""
    hers = (
        select(func.count())
        .select_from(MailLetter)
        .join(Conversation, Conversation.id == MailLetter.conversation_id)
        .join(MailThread, MailThread.identity_id == Conversation.identity_id)
        .where(MailThread.sender == sender, MailLetter.at > now - span)
    )
    return session.scalar(hers) or 0


def _by_our_ids(session: Session, letter: Letter) -> str | None:
    """By an id that only who received our mail can know; from another address it is somebody else's talk."""
    for reference in reversed(letter.references):
        found = _ours(session, reference)
        if found is not None and found[0].sender == letter.sender:
            return found[1]
    return None


def _ours(session: Session, mail_id: str) -> tuple[MailThread, str] | None:
    """The thread in which we sent the mail of this id, and its address; None for an id that is not ours."""
    ours = _OURS.fullmatch(mail_id)
    if ours is None:
        return None
    found = session.execute(
        select(MailThread, Identity.address)
        .join(Identity, Identity.id == MailThread.identity_id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.id == ours["message"])
    ).first()
    if found is None:
        return None
    thread, address = found.tuple()
    signed = hmac.compare_digest(signature(thread.secret, "mail", ours["message"])[:24], ours["mark"])
    return (thread, address) if signed else None


def _by_ticket(session: Session, letter: Letter) -> str | None:
    """By the number in the subject, which was told to the thread's sender only."""
    for given in _TICKET.finditer(letter.subject.upper()):
        address = f"{letter.sender}#{given[1]}{given[2]}"
        known = select(Identity.address).where(Identity.channel == CHANNEL, Identity.address == address)
        if session.scalar(known) is not None:
            return address
    return None


def _by_her_ids(session: Session, letter: Letter) -> str | None:
    """By an earlier mail of her own, which she answers herself."""
    if not letter.references:
        return None
    query = (
        select(Identity.address)
        .join(MailThread, MailThread.identity_id == Identity.id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .join(MailLetter, MailLetter.conversation_id == Conversation.id)
        .where(MailLetter.mail_id.in_(letter.references), MailThread.sender == letter.sender, MailThread.proven)
        .order_by(MailLetter.at.desc())
    )
    return session.scalar(query.limit(1))


def _by_later_mail(session: Session, letter: Letter) -> str | None:
    """By a mail of hers that answers this one and was faster."""
    if not letter.mail_id:
        return None
    query = (
        select(Identity.address, MailLetter.earlier)
        .join(MailThread, MailThread.identity_id == Identity.id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .join(MailLetter, MailLetter.conversation_id == Conversation.id)
        .where(MailThread.sender == letter.sender, MailThread.proven)
        .order_by(MailLetter.at.desc())
    )
    latest = session.execute(query.limit(_LATER_MAILS)).tuples()
    return next((address for address, earlier in latest if letter.mail_id in earlier), None)
