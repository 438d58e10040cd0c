"""The tables of channels that admins set up, and of the passes that providers lend them. Everything secret is sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base


class ChannelSetup(Base):
    """What an admin entered for a channel. `version` grows with every change, so that other desks notice."""

    __tablename__ = "channel_setup"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    switched_on: Mapped[bool]
    sealed: Mapped[str] = mapped_column(Text)  # JSON of the values by field
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(ForeignKey("agent.id"))


class ChannelPass(Base):
    """The pair of tokens with which a channel speaks to its provider, where the second is good for one exchange only.

    `lease` is who exchanges it just now, until `lease_until`; `generation` grows with every pair, and `begun_with` is the
    hash of the token that the first pair was got with: another one in the setup begins anew.
    """

    __tablename__ = "channel_pass"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    begun_with: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(Text)  # JSON of both tokens: they are never stored apart
    expires_at: Mapped[datetime]  # the first one's
    generation: Mapped[int]
    lease: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(40))  # why the last exchange failed for good
