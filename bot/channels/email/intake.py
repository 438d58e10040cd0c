"""From a mail to a message of the desk: whose it is, what is new in it, and to which thread it belongs."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.base import Surroundings
from bot.channels.email import bounces, trim, trust
from bot.channels.email.bounces import Bounce
from bot.channels.email.language import guess
from bot.channels.email.letters import bare_subject
from bot.channels.email.mime import EnclosedFile, Mail, Unreadable, opened, taken_apart
from bot.channels.email.setup import Address, EmailSetup
from bot.channels.email.welcome import Welcome
from bot.messages import LONGEST_TEXT, Inbound, UnknownSender, UnreadableMessage
from handoff import attachments, clamd, contacts, conversations, left_messages, mail_threads, receipts
from handoff.attachments import Examined, RefusedFile
from handoff.clamd import ScannerAway
from handoff.left_messages import Leaving
from handoff.mail_threads import Letter
from handoff.model import Conversation, Message
from handoff.model import Inbound as InboundRow
from handoff.outside import UnusableAddress, kept_id

log = structlog.get_logger()

_HOUR = timedelta(hours=1)
_LONGEST_FILE_NAME = 60


@dataclass(frozen=True)
class Origin:
    """Where a mail lies: the only name of one that has no Message-ID."""

    folder: str
    uid_validity: int
    uid: int


class Intake:
    """Blocking; for one mailbox."""

    def __init__(self, surroundings: Surroundings, setup: EmailSetup) -> None:
        self._at, self._setup = surroundings, setup
        self._welcome = Welcome(surroundings)

    def take_in(self, raw: bytes, origin: Origin) -> str:
        """Store a mail as a message; "" when it was, or had been, taken in, else why it is left in the mailbox.

        Raises ScannerAway when its files have to wait, and the mail with them; anything else: it is not stored; try again.
        """
        try:
            message = opened(raw)
            if bounce := bounces.read(message):
                return "" if self._came_back(bounce) else "bounce"
            mail = taken_apart(message)
            if cause := trust.automatic(mail, self._setup.own):
                return cause
            proof = trust.proof(mail, self._setup.authserv_id)
            if proof == "forged":
                return proof
            return self._store(mail, proof == "proven", origin)
        except Unreadable as error:
            return error.cause
        except (UnreadableMessage, UnusableAddress) as error:
            log.info("email.unreadable", reason=str(error), uid=origin.uid)
            return "empty"

    def _came_back(self, bounce: Bounce) -> bool:
        """Note at the mail of ours what became of it. False for a bounce of none of ours, whoever made it up."""
        now, own = self._at.now(), f"bounce {bounce.own_id}\n{bounce.said}\n{bounce.mail_ids}"
        with self._at.database.write() as session:
            ids, addresses = bounce.mail_ids, bounce.addresses
            ours = mail_threads.own_mail(session, ids, addresses) or left_messages.own_mail(session, ids, addresses)
            if ours is None:
                return False
            # The same bounce says nothing new of a message that an agent has sent again since.
            known = conversations.take_in(session, mail_threads.CHANNEL, sha256(own.encode()).hexdigest(), now)
            if known is not None:
                self._tell(session, *ours, bounce, now)
        return True

    @staticmethod
    def _tell(session: Session, address: str, message_id: str, bounce: Bounce, now: datetime) -> None:
        channel = mail_threads.CHANNEL
        if bounce.failed:
            receipts.failed(session, channel, address, "", message_id, bounce, now)
        else:
            receipts.delayed(session, channel, address, message_id, bounce, now)

    def _store(self, mail: Mail, proven: bool, origin: Origin) -> str:
        now, ours = self._at.now(), self._ours(mail)
        external_id = _external_id(mail, proven, origin)
        letter = Letter(mail.sender, ours.address, mail.subject, mail.mail_id, mail.references, proven)
        with self._at.database.read() as session:
            known = session.get(InboundRow, (mail_threads.CHANNEL, kept_id(external_id)))
            before = _identity_of(session, known.message_id) if known is not None else None
        if known is not None:
            self._vouch(letter, before)
            return ""
        with self._at.database.read() as session:
            lately = mail_threads.mails_since(session, mail.sender, _HOUR, now)
            if lately + left_messages.mails_since(session, mail.sender, _HOUR, now) >= self._setup.mails_per_hour:
                return "rate"
            chat = left_messages.answered_by(session, letter)
            address = "" if chat is not None else mail_threads.place(session, letter)
        if chat is not None:
            return self._to_chat(mail, ours, letter, chat, external_id)
        text, files = self._words(mail, ours, is_new=not letter.references)
        inbound = Inbound(
            channel=mail_threads.CHANNEL,
            external_id=external_id,
            address=address,
            text=text,
            sent_at=now,
            name=mail.name,
            language=ours.language or guess(text),
            enclosed=files,
            beside=self._beside(letter, ours, now),
        )
        received = self._at.gateway.receive(inbound, now)
        with self._at.database.read() as session:
            identity_id = _identity_of(session, received.message_id)
        self._vouch(letter, identity_id)
        return ""

    def _to_chat(self, mail: Mail, ours: Address, letter: Letter, chat: str, external_id: str) -> str:
        """She answers what people had answered to a message that she left in the chat: it goes on there, and by mail."""
        now = self._at.now()
        text, files = self._words(mail, ours, is_new=False)
        inbound = Inbound(
            channel="web",
            external_id=external_id,
            address=chat,
            text=text,
            sent_at=now,
            admitted=True,
            enclosed=files,
            beside=lambda session, conversation, message: left_messages.keep_letter(
                session, conversation, message, letter, now
            ),
            leaving=Leaving(mail.sender, by_mail=True),
        )
        with contextlib.suppress(UnknownSender):  # she was erased at this moment
            self._at.gateway.receive(inbound, now)
        return ""

    def _vouch(self, letter: Letter, identity_id: str | None) -> None:
        """The receiving server vouches for the sender: her threads, and whatever else was proved to be hers, are one contact's.

        In a transaction of its own, because whoever joins contacts holds nothing before. A crash in between is made good
        when the mail is read again.
        """
        if not letter.proven or identity_id is None:
            return
        with contextlib.suppress(contacts.UnknownIdentity), self._at.database.write() as session:
            contacts.verify(session, identity_id, "email", letter.sender, self._at.now())

    def _beside(self, letter: Letter, ours: Address, now: datetime) -> Callable[[Session, Conversation, Message], None]:
        def store(session: Session, conversation: Conversation, message: Message) -> None:
            mail_threads.keep(session, conversation, message, letter, now)
            if message.seq == 1:
                self._welcome.greet(session, conversation, ours, now)

        return store

    def _ours(self, mail: Mail) -> Address:
        """The address of the shop that was written to; the first one when the mail names none (a blind copy)."""
        by_address = {one.address: one for one in self._setup.addresses}
        found = (by_address[one] for one in mail.recipients if one in by_address)
        return next(found, self._setup.addresses[0])

    def _words(self, mail: Mail, ours: Address, *, is_new: bool) -> tuple[str, tuple[Examined, ...]]:
        """What she says, and her files. A new thread's subject is part of what she says; what is too long goes on in a file."""
        words = trim.new_words(mail.text, f"{mail.name} {mail.sender.partition('@')[0]}")
        subject = bare_subject(mail.subject)
        if subject and (is_new or not words) and subject.casefold() not in words.casefold():
            words = f"{subject}\n\n{words}".strip()
        files, refused = self._examined(mail.files)
        language = ours.language or guess(words)
        if len(words) > LONGEST_TEXT:
            whole = attachments.examine(words.encode(), "mail.txt", self._at.handoff.largest_file)
            files = [whole, *files][: attachments.MOST_IN_A_MESSAGE]
            words = words[: LONGEST_TEXT - 1] + "…"
        if refused:
            said = self._at.words.say(language, "email.files_left", names=", ".join(refused))
            words = f"{words[: LONGEST_TEXT - len(said) - 2]}\n\n{said}".strip()
        return words, tuple(files)

    def _examined(self, files: tuple[EnclosedFile, ...]) -> tuple[list[Examined], list[str]]:
        taken: list[Examined] = []
        refused: list[str] = []
        for file in files:
            try:
                taken.append(self._looked_at(file))
            except RefusedFile:
                refused.append(file.name[:_LONGEST_FILE_NAME])
        return taken, refused

    def _looked_at(self, file: EnclosedFile) -> Examined:
        """Raises RefusedFile; ScannerAway when no file can be looked at, which is no word about this one."""
        settings = self._at.handoff
        try:
            return attachments.examine(file.data, file.name, settings.largest_file, settings.clamd)
        except RefusedFile as error:
            if error.cause != "scanner":
                raise
            if not clamd.answers(settings.clamd):
                raise ScannerAway(str(error)) from None
        # It was away for a moment, or this file is more than it reads.
        return attachments.examine(file.data, file.name, settings.largest_file, settings.clamd)


def _identity_of(session: Session, message_id: str | None) -> str | None:
    """Whose message it is; None when she was erased."""
    hers = select(Conversation.identity_id).join(Message, Message.conversation_id == Conversation.id)
    return session.scalar(hers.where(Message.id == message_id)) if message_id else None


def _external_id(mail: Mail, proven: bool, origin: Origin) -> str:
    """The mail's own id, of this sender: nobody else's mail can be passed off as one that was taken in already."""
    own = mail.mail_id or f"{origin.folder} {origin.uid_validity} {origin.uid}"
    return sha256(f"{mail.sender}\n{proven}\n{own}".encode()).hexdigest()
