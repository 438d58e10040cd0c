"""The tables of who a shopper is over all channels, and of what she thought of the help she got."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base, one_of

# What proves that two addresses are one person's: an address of hers that a channel has checked, or her account at the shop.
KeyKind = Literal["email", "phone", "user"]


class ContactKey(Base):
    """Something that belongs to one shopper alone, as somebody trustworthy has checked."""

    __tablename__ = "contact_key"
    __table_args__ = (one_of("kind", KeyKind),)

    kind: Mapped[KeyKind] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(254), primary_key=True)  # normalised by handoff.contacts
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), index=True)
    verified_at: Mapped[datetime]


class Rating(Base):
    """A shopper was asked how good the help of an agent was. Without a score she has not said."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("(score IS NULL) = (rated_at IS NULL)", name="rated"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), unique=True)  # the question, with its buttons
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)  # who had settled it
    score: Mapped[int | None]  # 1 to 5, the higher the better
    comment: Mapped[str] = mapped_column(Text, default="", server_default="")
    asked_at: Mapped[datetime]
    rated_at: Mapped[datetime | None]
