"""The table of shoppers who need not wait: where a message was left, and where its answer goes."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base


class LeftMessage(Base):
    """A shopper left a message instead of waiting; of a conversation the latest counts, until she is answered in the chat
    alone again."""

    __tablename__ = "left_message"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"))
    email: Mapped[str] = mapped_column(String(254), index=True)  # where answers go, too; empty: the chat is enough
    secret: Mapped[str] = mapped_column(String(64))  # signs the ids of our mails
    left_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
