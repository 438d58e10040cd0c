"""The tables of e-mail: threads, what each mail was called, how far a mailbox was read, and what was left in it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base


class MailThread(Base):
    """One thread with one sender, which is an identity of its own: what is not proven to be hers never enters what is."""

    __tablename__ = "mail_thread"

    identity_id: Mapped[str] = mapped_column(ForeignKey("identity.id"), primary_key=True)
    sender: Mapped[str] = mapped_column(String(254), index=True)
    ours: Mapped[str] = mapped_column(String(254))  # the shop's address that was written to; answers come from there
    subject: Mapped[str] = mapped_column(String(200))
    secret: Mapped[str] = mapped_column(String(64))  # signs our mails' ids and the links in them
    proven: Mapped[bool]  # the receiving server vouched for the sender, once at least
    created_at: Mapped[datetime]


class MailLetter(Base):
    """A mail that a shopper sent, by its own id. Ours carry theirs in themselves (handoff/mail_threads.py)."""

    __tablename__ = "mail_letter"

    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    mail_id: Mapped[str] = mapped_column(String(255), index=True)
    earlier: Mapped[list[str]]  # the ids it refers to, the latest last
    at: Mapped[datetime]


class MailFolder(Base):
    """How far a mailbox was read (RFC 9051: UIDs grow while UIDVALIDITY stays). One desk at a time reads it."""

    __tablename__ = "mail_folder"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of server, account and folder
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)  # everything up to it was taken in, or deliberately left
    read_at: Mapped[datetime]
    reader: Mapped[str] = mapped_column(String(32))
    lease_until: Mapped[datetime]


class MailLeft(Base):
    """A mail that was not taken in, and why. It stays in the mailbox; nothing of its content is kept here."""

    __tablename__ = "mail_left"
    __table_args__ = (UniqueConstraint("folder", "uid_validity", "uid"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    folder: Mapped[str] = mapped_column(String(64))
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    cause: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(index=True)
