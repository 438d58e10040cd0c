"""Messages left in the chat: who does not want to wait writes what it is about, and where she wants the answer.

The conversation keeps its place among those who wait. With a mail address, what people answer goes there as well; an answer to
such a mail comes back into this conversation, because the ids of our mails are signed and nobody else has them.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff import events
from handoff.left_model import LeftMessage
from handoff.mail_model import MailLetter
from handoff.mail_threads import CHANNEL, Letter, Reply, signature
from handoff.model import Audit, Conversation, Identity, Message, Outbox
from handoff.notices import NoticeButton, tell
from handoff.windows import Windows
from handoff.wording import Wording

ONLY_HERE = "desk:only_here"
_OURS = re.compile(r"(?P<message>[0-9a-f]{32})\.(?P<mark>[0-9a-f]{24})@.+")
_PURPOSE = "left"  # a signature for this is none for a thread of e-mail
_REFERENCES_KEPT = 10


@dataclass(frozen=True)
class Leaving:
    """How a shopper leaves a message. `email` is normalised, and empty where the chat is enough; `by_mail` says that she has
    answered a mail of ours, and knows all that the desk would say to it."""

    email: str
    by_mail: bool = False


def of(session: Session, conversation_id: str) -> LeftMessage | None:
    """The message that was left in a conversation, while it counts."""
    found = session.get(LeftMessage, conversation_id)
    return found if found is not None and found.ended_at is None else None


def keep(
    session: Session,
    conversation: Conversation,
    message: Message,
    leaving: Leaving,
    wording: Wording,
    windows: Windows,
    now: datetime,
) -> None:
    """Note where the answer goes, and say so. The caller holds the conversation and has stored the message."""
    row = session.get(LeftMessage, conversation.id)
    known = row is not None and row.ended_at is None and row.email == leaving.email
    if row is None:
        row = LeftMessage(conversation_id=conversation.id, secret=secrets.token_hex(32))
        session.add(row)
    row.message_id, row.email, row.left_at, row.ended_at = message.id, leaving.email, now, None
    session.flush()
    if not (known and leaving.by_mail):
        _record(session, conversation, row, "leave message", now)
    if not leaving.by_mail:
        _confirm(session, conversation, leaving, wording, windows, now)


def _confirm(
    session: Session, conversation: Conversation, leaving: Leaving, wording: Wording, windows: Windows, now: datetime
) -> None:
    language = conversation.language
    where = "left_by_mail" if leaving.email else "left_here"
    text = f"{wording.say(language, 'shopper.left')} {wording.say(language, f'shopper.{where}', email=leaving.email)}"
    button = NoticeButton(wording.say(language, "shopper.only_here"), ONLY_HERE)
    tell(session, conversation, text, windows, now, buttons=[button] if leaving.email else [])


def only_here(session: Session, conversation: Conversation, wording: Wording, windows: Windows, now: datetime) -> None:
    """She wants no mail any more: the chat is enough. The caller holds the conversation."""
    row = of(session, conversation.id)
    if row is None or not row.email:
        return
    end(session, conversation, now)
    tell(session, conversation, wording.say(conversation.language, "shopper.left_here_now"), windows, now)


def end(session: Session, conversation: Conversation, now: datetime, *, actor: str = "shopper") -> None:
    """It was settled, or she is answered in the chat alone. Nothing when no message was left."""
    row = of(session, conversation.id)
    if row is None:
        return
    row.ended_at = now
    session.flush()
    _record(session, conversation, row, "leave message over", now, actor)


def _record(
    session: Session, conversation: Conversation, row: LeftMessage, act: str, now: datetime, actor: str = "shopper"
) -> None:
    changed = events.MessageLeft(email=row.email, ended=row.ended_at is not None)
    events.append(session, conversation, changed, now, public=False)
    # Not the address: the audit outlives a shopper's data.
    details = {"by_mail": bool(row.email)}
    session.add(Audit(at=now, actor=actor, act=act, conversation_id=conversation.id, details=details))


# ---- mails about it -------------------------------------------------------------------------------------------------


def reply_to(session: Session, conversation_id: str, message_id: str, ours: str, subject: str) -> Reply | None:
    """What the mail with this message needs; None when nobody left a message with an address there. Whether that still
    counts does not matter: the mail was promised while it did."""
    row = session.get(LeftMessage, conversation_id)
    if row is None or not row.email:
        return None
    domain = ours.rpartition("@")[2]
    latest = select(MailLetter).where(MailLetter.conversation_id == conversation_id)
    last = session.scalar(latest.order_by(MailLetter.at.desc(), MailLetter.message_id).limit(1))
    # All mails of one conversation have this ancestor, by which programs put them together.
    root = f"left.{conversation_id}@{domain}"
    before = [root, *last.earlier, last.mail_id] if last is not None else [root]
    return Reply(
        to=row.email, ours=ours, subject=subject, ticket="", own_id=f"{message_id}.{_mark(row, message_id)}@{domain}",
        in_reply_to=last.mail_id if last is not None else root,
        references=tuple(dict.fromkeys(one for one in before if one)), secret=row.secret,
    )  # fmt: skip


def answered_by(session: Session, letter: Letter) -> str | None:
    """The web address of the shopper who answers a mail of ours about a message she left; None for any other mail."""
    for reference in reversed(letter.references):
        row = _signed(session, reference)
        if row is None or row.email != letter.sender:
            continue
        hers = select(Identity.address).join(Conversation, Conversation.identity_id == Identity.id)
        return session.scalar(hers.where(Conversation.id == row.conversation_id))
    return None


def own_mail(session: Session, mail_ids: Sequence[str], addresses: Collection[str]) -> tuple[str, str] | None:
    """Of these ids the first that is a mail of ours about a message left, to one of these addresses: that address, and the
    message's id. She may have given another address since; what comes back is of the one that the mail went to."""
    for mail_id in mail_ids:
        if _signed(session, mail_id) is None:
            continue
        message_id = mail_id.partition(".")[0]
        went = select(Outbox.address).where(Outbox.channel == CHANNEL, Outbox.message_id == message_id)
        address = session.scalar(went.where(Outbox.address.in_(addresses)))
        if address is not None:
            return address, message_id
    return None


def keep_letter(session: Session, conversation: Conversation, message: Message, letter: Letter, now: datetime) -> None:
    """Note a mail of hers with the message that it became."""
    earlier = list(letter.references[-_REFERENCES_KEPT:])
    row = MailLetter(
        message_id=message.id, conversation_id=conversation.id, mail_id=letter.mail_id, earlier=earlier, at=now
    )
    session.add(row)
    session.flush()


def mails_since(session: Session, sender: str, span: timedelta, now: datetime) -> int:
    """How many mails of this address came into chats within `span`."""
    hers = (
        select(func.count())
        .select_from(MailLetter)
        .join(LeftMessage, LeftMessage.conversation_id == MailLetter.conversation_id)
        .where(LeftMessage.email == sender, MailLetter.at > now - span)
    )
    return session.scalar(hers) or 0


def _signed(session: Session, mail_id: str) -> LeftMessage | None:
    """The message left about which we sent the mail of this id; None for an id that is not ours."""
    ours = _OURS.fullmatch(mail_id)
    if ours is None:
        return None
    of_message = select(LeftMessage).join(Message, Message.conversation_id == LeftMessage.conversation_id)
    row = session.scalar(of_message.where(Message.id == ours["message"]))
    return row if row is not None and hmac.compare_digest(_mark(row, ours["message"]), ours["mark"]) else None


def _mark(row: LeftMessage, message_id: str) -> str:
    return signature(row.secret, _PURPOSE, message_id)[:24]
