"""The table of links that lead from a public place into a private chat."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base


class PrivateLink(Base):
    """A link that an agent made, for one shopper to go on in the web chat. Only the token's hash is kept; it binds once."""

    __tablename__ = "private_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    # What it goes on from; None: a talk somewhere that the desk does not see.
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    note: Mapped[str] = mapped_column(Text)  # for the team, in the new conversation
    language: Mapped[str] = mapped_column(String(5))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
