"""The tables of people's accounts: how they get in, stay in, and are kept out. Of every secret that is given out only the
hash is stored; the secret of a second step is the one that has to be known itself."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base, Role

LinkPurpose = Literal["invitation", "password"]


class AccessLink(Base):
    """A link that lets one person in once: to make her account, or to choose a new password. A newer one replaces it."""

    __tablename__ = "access_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('invitation', 'password')", name="purpose"),
        CheckConstraint("role IN ('admin', 'lead', 'agent')", name="role"),
        # An invitation says what the account will be; a new password is for an account that is there.
        CheckConstraint("(purpose = 'invitation') = (role IS NOT NULL)", name="invited"),
        CheckConstraint("(purpose = 'password') = (agent_id IS NOT NULL)", name="known"),
        UniqueConstraint("purpose", "email"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(String(10))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role | None] = mapped_column(String(10))
    team_ids: Mapped[list[str]] = mapped_column(default=list)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    made_by: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))  # None: the command line
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SecondStep(Base):
    """An agent's second step of signing in (TOTP, RFC 6238). It counts from its confirmation on."""

    __tablename__ = "second_step"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[datetime | None]
    last_used: Mapped[int] = mapped_column(default=0)  # the time step of the latest code; it and older ones are refused


class RecoveryCode(Base):
    """A code for the day on which the telephone is lost. It works once."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    used_at: Mapped[datetime | None]


class HalfSignIn(Base):
    """Somebody who gave the right password, or comes from the provider, and still owes the second step."""

    __tablename__ = "half_sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]


class SignInTry(Base):
    """A try to sign in that failed or is not over; a success deletes it. The account is hashed: people type passwords there."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_account", "account_hash", "at"),
        Index("ix_sign_in_try_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(64))
    account_hash: Mapped[str] = mapped_column(String(64))
    device_hash: Mapped[str | None] = mapped_column(String(64))  # of a browser that the account knows


class KnownDevice(Base):
    """A browser on which this account was signed in before: others who guess cannot keep it waiting."""

    __tablename__ = "known_device"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)
    expires_at: Mapped[datetime]


class ProviderSignIn(Base):
    """A sign-in that went to the OIDC provider and has not come back. Whoever comes back deletes it: it works once."""

    __tablename__ = "provider_sign_in"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[datetime]


class ProviderIdentity(Base):
    """Who somebody is at an OIDC provider; her e-mail address may change there, this does not."""

    __tablename__ = "provider_identity"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    created_at: Mapped[datetime]


class ShopHours(Base):
    """The shop's opening hours, in one row. Without it those of the settings file hold."""

    __tablename__ = "shop_hours"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hours: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # as handoff.hours.OpeningHours; None: always open
    changed_at: Mapped[datetime]
