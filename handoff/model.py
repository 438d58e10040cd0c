"""The tables. Invariants that a constraint can carry are carried by one, so that no code path can break them."""

from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from handoff.whys import Why

Owner = Literal["bot", "queue", "agent", "closed"]
Author = Literal["shopper", "bot", "agent", "desk"]
TurnState = Literal["waiting", "running", "done", "dropped"]
OutboxState = Literal["queued", "sending", "sent", "dead"]
Role = Literal["admin", "lead", "agent"]
# How it ended, as its agent said; "merged" goes on elsewhere.
Resolution = Literal["solved", "no_reply", "not_ours", "spam", "other", "merged"]
OfferOutcome = Literal["accepted", "declined", "expired", "withdrawn"]
CallbackState = Literal["open", "done", "cancelled"]


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python, plain UTC in the database; a naive value is a mistake and refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[str]: JSON}


def one_of(column: str, values: Any) -> CheckConstraint:
    """That a column holds one of a Literal's values."""
    listed = ", ".join(f"'{value}'" for value in get_args(values))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Contact(Base):
    """A shopper, whatever the channel."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]


class Identity(Base):
    """One address of a contact: a Telegram chat, a browser. (channel, address) belongs to one contact."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(320))
    created_at: Mapped[datetime]
    wrote_at: Mapped[datetime | None]  # when its shopper wrote last, as the channel tells it (handoff/windows.py)
    time_zone: Mapped[str | None] = mapped_column(
        String(64)
    )  # of her browser, as it says itself (handoff/local_time.py)
    blocked_at: Mapped[datetime | None]  # since when the shopper lets nothing of the shop's through


class VisitorSession(Base):
    """A browser's right to read and write one web identity. Only the token's hash is kept."""

    __tablename__ = "visitor_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    identity_id: Mapped[str] = mapped_column(ForeignKey("identity.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Conversation(Base):
    """One thread with one shopper on one channel. Who may speak is `owner`, and nothing else."""

    __tablename__ = "conversation"
    __table_args__ = (
        one_of("owner", Owner),
        one_of("resolution", Resolution),
        # An agent's conversation has its agent, and no other has one.
        CheckConstraint("(owner = 'agent') = (agent_id IS NOT NULL)", name="agent_owns"),
        CheckConstraint("owner <> 'queue' OR queued_at IS NOT NULL", name="queued"),
        # Only what an agent has can rest; everything else waits for nobody's clock.
        CheckConstraint("snoozed_until IS NULL OR owner = 'agent'", name="snoozed"),
        # A shopper who writes has one place to be answered.
        Index("uq_conversation_open", "identity_id", unique=True, sqlite_where=text("owner <> 'closed'"),
              postgresql_where=text("owner <> 'closed'")),
        Index("ix_conversation_queue", "priority", "queued_at", sqlite_where=text("owner = 'queue'"),
              postgresql_where=text("owner = 'queue'")),
        Index("ix_conversation_agent", "agent_id", sqlite_where=text("owner = 'agent'"),
              postgresql_where=text("owner = 'agent'")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    identity_id: Mapped[str] = mapped_column(ForeignKey("identity.id"), index=True)
    owner: Mapped[Owner] = mapped_column(String(10))
    epoch: Mapped[int] = mapped_column(default=0)  # grows with every change of owner
    bot_session: Mapped[int] = mapped_column(default=1)  # grows when the bot gets the conversation anew
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    queued_at: Mapped[
        datetime | None
    ]  # since when it waits for a person; kept while an agent has it, so that going back keeps its age
    reason: Mapped[str | None] = mapped_column(String(30))  # why a person is or was needed
    snoozed_until: Mapped[datetime | None]  # it rests with its agent until then, or until the shopper writes
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"))  # whose queue; None: everybody's
    skills: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]"
    )  # what its agent must know, beside its language
    priority: Mapped[int] = mapped_column(default=0, server_default="0")  # the higher is served first
    waiting_since: Mapped[datetime | None]  # the shopper's oldest word that no person has answered, once people have it
    resolution: Mapped[Resolution | None] = mapped_column(String(20))
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"))  # its story goes on there
    packet: Mapped[dict[str, Any] | None]
    language: Mapped[str] = mapped_column(String(5), default="")
    language_chosen: Mapped[bool] = mapped_column(default=False)
    introduced: Mapped[bool] = mapped_column(default=False)  # the bot has said that it is one
    last_seq: Mapped[int] = mapped_column(default=0)
    shopper_read_seq: Mapped[int] = mapped_column(default=0)
    shopper_seen_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]


class Message(Base):
    """What somebody said. `content` is channel-neutral (bot/messages.py); a note is seen by agents only."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("author", Author),
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("id", "conversation_id"),
        Index("uq_message_client_id", "conversation_id", "author", "client_id", unique=True,
              sqlite_where=text("client_id IS NOT NULL"), postgresql_where=text("client_id IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    author: Mapped[Author] = mapped_column(String(10))
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turn.id"))
    client_id: Mapped[str | None] = mapped_column(String(64))  # the sender's own id: a double submit stores once
    note: Mapped[bool] = mapped_column(default=False)
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Inbound(Base):
    """Every update a channel ever delivered, once; the row commits with what it caused."""

    __tablename__ = "inbound"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"))
    received_at: Mapped[datetime] = mapped_column(index=True)


class Event(Base):
    """What happened in a conversation, numbered without gaps. Screens are built from these and from nothing else."""

    __tablename__ = "event"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    public: Mapped[bool]  # whether the shopper may see it
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Turn(Base):
    """One shopper message that the bot owes an answer to. Durable: a crash in between goes on after the restart."""

    __tablename__ = "turn"
    __table_args__ = (
        one_of("state", TurnState),
        Index("uq_turn_running", "conversation_id", unique=True, sqlite_where=text("state = 'running'"),
              postgresql_where=text("state = 'running'")),
        Index("ix_turn_waiting", "not_before", sqlite_where=text("state IN ('waiting', 'running')"),
              postgresql_where=text("state IN ('waiting', 'running')")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    epoch: Mapped[int]  # of the conversation when the message came: an answer computed for another epoch is dropped
    seq: Mapped[int]  # of the shopper's (last) message; turns of a conversation are answered in this order
    state: Mapped[TurnState] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)  # of a burst: all its messages, a line each
    messages: Mapped[int] = mapped_column(
        default=1, server_default="1"
    )  # so many of the shopper's messages are answered by it
    button: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    understanding: Mapped[dict[str, Any] | None]
    decision: Mapped[str | None] = mapped_column(String(20))
    article_id: Mapped[str | None] = mapped_column(String(100))
    engine_ms: Mapped[float | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Outbox(Base):
    """A message on its way to a shopper. Written with the message, delivered in order, at most one in flight."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", OutboxState),
        ForeignKeyConstraint(["message_id", "conversation_id"], ["message.id", "message.conversation_id"]),
        Index("uq_outbox_in_flight", "conversation_id", unique=True, sqlite_where=text("state = 'sending'"),
              postgresql_where=text("state = 'sending'")),
        Index("ix_outbox_due", "not_before", sqlite_where=text("state IN ('queued', 'sending')"),
              postgresql_where=text("state IN ('queued', 'sending')")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[str] = mapped_column(String(32), unique=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(320))
    state: Mapped[OutboxState] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(200))
    why: Mapped[Why | None] = mapped_column(String(20))  # what agents are told in their language
    error: Mapped[str | None] = mapped_column(Text)  # what the provider said
    # An attempt ended without an answer, so the provider may have it already: it was or will be sent again, and may be there
    # twice. Said openly, because no provider here takes a message only once by a key of ours.
    uncertain: Mapped[bool] = mapped_column(default=False, server_default=false())
    # So often the provider could not deliver what it had taken: what was sent of the message before that counts no more, and
    # what is said of it is old news.
    anew: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]  # as the provider said, where it says
    read_at: Mapped[datetime | None]


class Assignment(Base):
    """Which agent had a conversation, and when."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("uq_assignment_open", "conversation_id", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Agent(Base):
    """A person of the shop's team."""

    __tablename__ = "agent"
    __table_args__ = (one_of("role", Role), CheckConstraint("capacity >= 0", name="capacity"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised by handoff.accounts
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(String(10))
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(5), default="en")  # of the console
    languages: Mapped[list[str]] = mapped_column(
        default=list, server_default="[]"
    )  # in which shoppers are answered; none: all
    skills: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    capacity: Mapped[int] = mapped_column(
        default=5, server_default="5"
    )  # conversations at once, those at rest not counted
    available: Mapped[bool] = mapped_column(
        default=True, server_default=true()
    )  # takes new ones; the agent's own switch
    preferences: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )  # of the console: sound, notices, shortcuts (handoff/preferences.py)
    telegram_chat: Mapped[str | None] = mapped_column(String(40))  # where the agent is told that somebody waits
    seen_at: Mapped[datetime | None]  # heartbeat of an open console
    served_at: Mapped[datetime | None]  # when one was last given or offered; who waited longest is offered the next
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Team(Base):
    """Agents with a queue of their own, and the hours in which they are there. Without any team, everybody is one."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    hours: Mapped[dict[str, Any] | None]  # as handoff.hours.OpeningHours; None: the shop's
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class TeamMember(Base):
    """An agent of a team. What belongs to no team is everybody's, members of teams included."""

    __tablename__ = "team_member"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)


class Offer(Base):
    """A waiting conversation was offered to an agent, who takes it, declines it, or lets the time pass."""

    __tablename__ = "offer"
    __table_args__ = (
        one_of("outcome", OfferOutcome),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
        # To one agent at a time.
        Index("uq_offer_open", "conversation_id", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
        Index("ix_offer_agent", "agent_id", sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[OfferOutcome | None] = mapped_column(String(10))


class Callback(Base):
    """A shopper asked to be called. `phone` is E.164."""

    __tablename__ = "callback"
    __table_args__ = (
        one_of("state", CallbackState),
        Index("uq_callback_open", "conversation_id", unique=True, sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    phone: Mapped[str] = mapped_column(String(20))
    wish: Mapped[str] = mapped_column(String(200), default="")  # when, in the shopper's words
    due_at: Mapped[datetime | None]  # when, as the desk read them, within opening hours; None: as soon as may be
    reminded_at: Mapped[datetime | None]  # the team was told that it is due
    overdue_at: Mapped[datetime | None]  # its time had passed, and it went to the top of the queue
    state: Mapped[CallbackState] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))


class AgentSession(Base):
    """A signed-in console. Only the token's hash is kept; a session that is deleted is over at once."""

    __tablename__ = "agent_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # lately; written every few minutes at most
    device: Mapped[str] = mapped_column(String(300), default="", server_default="")  # what the browser calls itself


class OrderLookup(Base):
    """An attempt to see an order; attempts are limited by conversation, by shopper and by order."""

    __tablename__ = "order_lookup"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), index=True)
    order_number: Mapped[str] = mapped_column(String(20), index=True)
    found: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


class Feedback(Base):
    """Whether an article helped, as the shopper said it."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    article_id: Mapped[str] = mapped_column(String(100), index=True)
    helpful: Mapped[bool]
    at: Mapped[datetime]


class Audit(Base):
    """Who did what, when and why. Written in the transaction of the act; never changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(60))  # "bot", "desk", "shopper", "agent:<id>", "command line"
    act: Mapped[str] = mapped_column(String(30))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    details: Mapped[dict[str, Any]]
