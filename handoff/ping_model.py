"""The tables of what agents are told by Telegram: whom, about what, and how a chat comes to be hers."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base, one_of

# It waits and she may serve it; it became hers; the shopper wrote in hers; a call in hers is due.
PingKind = Literal["queue", "assigned", "wrote", "call"]


class Ping(Base):
    """An agent without an open console is or was told of a conversation; told once until she has been there again."""

    __tablename__ = "ping"
    __table_args__ = (one_of("kind", PingKind), UniqueConstraint("agent_id", "conversation_id"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    kind: Mapped[PingKind] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class ChatLink(Base):
    """Who sends this code to the shop's bot is this agent. It works once, and only its hash is kept."""

    __tablename__ = "chat_link"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
