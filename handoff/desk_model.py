"""The tables of what agents work with: labels, views, read marks, canned answers, files, suggestions, follow-ups."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base, one_of

# What an agent did with an article that the desk suggested; evidence for the lead.
SuggestionUse = Literal["inserted", "sent", "dismissed"]


class Label(Base):
    """A word of the shop's own that agents put on conversations."""

    __tablename__ = "label"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    colour: Mapped[str] = mapped_column(String(10))  # the name of a token: grey, teal, blue, violet, amber, red
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Labelled(Base):
    """A conversation has a label."""

    __tablename__ = "labelled"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    label_id: Mapped[str] = mapped_column(ForeignKey("label.id"), primary_key=True, index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    at: Mapped[datetime]


class SavedView(Base):
    """A choice of filters with a name; without an agent it is everybody's."""

    __tablename__ = "saved_view"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Reading(Base):
    """How far an agent has read a conversation."""

    __tablename__ = "reading"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True, index=True)
    seq: Mapped[int]


class CannedAnswer(Base):
    """Words that are often needed, found by a shortcut; an agent's own, of a team, or everybody's. `text` names variables in
    braces."""

    __tablename__ = "canned_answer"
    __table_args__ = (
        CheckConstraint("owner_id IS NULL OR team_id IS NULL", name="own"),
        # An agent's own may be called as everybody's is; nobody else sees it.
        Index("uq_canned_answer_shared", "shortcut", "language", unique=True, sqlite_where=text("owner_id IS NULL"),
              postgresql_where=text("owner_id IS NULL")),
        Index("uq_canned_answer_own", "owner_id", "shortcut", "language", unique=True),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    shortcut: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(5))
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))  # who alone sees it; None: it is shared
    created_by: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Attachment(Base):
    """A file in a conversation. Its id is a secret that nobody guesses; without a message it was never sent."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("ix_attachment_unsent", "created_at", sqlite_where=text("message_id IS NULL"),
              postgresql_where=text("message_id IS NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"), index=True)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))  # who put it here; None: the shopper
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))  # as its bytes say, not as the sender says
    size: Mapped[int]  # in bytes
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int | None]  # of pictures, in pixels
    height: Mapped[int | None]
    created_at: Mapped[datetime]


class AttachmentContent(Base):
    """The bytes of a file, apart from what lists need. In the database, so that a backup has them too."""

    __tablename__ = "attachment_content"

    attachment_id: Mapped[str] = mapped_column(ForeignKey("attachment.id", ondelete="CASCADE"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Suggestion(Base):
    """What an agent did with a suggested article: evidence for the lead, and never seen by the shopper."""

    __tablename__ = "suggestion"
    __table_args__ = (one_of("used", SuggestionUse),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    article_id: Mapped[str] = mapped_column(String(100), index=True)
    language: Mapped[str] = mapped_column(String(5))
    question: Mapped[str] = mapped_column(Text)  # the shopper's words that it was suggested for
    rank: Mapped[int]  # 1 is the first
    p: Mapped[float]
    used: Mapped[SuggestionUse] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(index=True)


class FollowUp(Base):
    """Somebody passed a conversation on, and looks later whether it was solved."""

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("uq_follow_up_open", "conversation_id", "agent_id", unique=True, sqlite_where=text("done_at IS NULL"),
              postgresql_where=text("done_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]  # or when it is resolved, whichever is first
    done_at: Mapped[datetime | None]
