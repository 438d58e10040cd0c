"""The tables of files that providers have: which are still to be fetched, and with what links to files are signed."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base


class FileFetch(Base):
    """A file that a shopper sent and that a provider still has. Its row is here until it came, or was given up."""

    __tablename__ = "file_fetch"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)  # and of the attachment that it becomes
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(Text)  # what the channel fetches it by
    name: Mapped[str] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(index=True)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SigningKey(Base):
    """Made when it is first needed, and the same for all desks of this database."""

    __tablename__ = "signing_key"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
