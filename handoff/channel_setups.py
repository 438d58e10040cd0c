"""What admins entered for channels: kept sealed, with an audit row for every change that names fields and never values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff.channel_model import ChannelSetup
from handoff.model import Agent, Audit
from handoff.sealing import Sealer


@dataclass(frozen=True)
class Entered:
    """A channel as an admin left it."""

    name: str
    switched_on: bool
    sealed: str
    version: int

    def values(self, sealer: Sealer) -> dict[str, str]:
        """By field, as they were typed. Raises KeyTrouble."""
        found: dict[str, str] = json.loads(sealer.open(self.sealed))
        return found


def all_entered(session: Session) -> dict[str, Entered]:
    """By name of the channel."""
    rows = session.scalars(select(ChannelSetup))
    return {row.name: Entered(row.name, row.switched_on, row.sealed, row.version) for row in rows}


def save(
    session: Session, name: str, values: Mapping[str, str], changed: list[str], sealer: Sealer, by: Agent, now: datetime
) -> None:
    """Keep all values of a channel and switch it on. Raises KeyTrouble."""
    row = _held(session, name)
    sealed = sealer.seal(json.dumps(dict(values)))
    if row is None:
        row = ChannelSetup(name=name, version=0)
        session.add(row)
    row.sealed, row.switched_on = sealed, True
    _changed(session, row, "set up channel", by, now, {"channel": name, "fields": changed})


def switch(session: Session, name: str, on: bool, by: Agent, now: datetime) -> bool:
    """On or off, with the values that were entered; returns whether that changed anything."""
    row = _held(session, name)
    if row is None or row.switched_on == on:
        return False
    row.switched_on = on
    _changed(session, row, "switch channel", by, now, {"channel": name, "on": on})
    return True


def forget(session: Session, name: str, by: Agent, now: datetime) -> bool:
    """Delete what was entered; returns whether there was anything."""
    row = _held(session, name)
    if row is None:
        return False
    session.delete(row)
    details = {"channel": name}
    session.add(Audit(at=now, actor=f"agent:{by.id}", act="forget channel", agent_id=by.id, details=details))
    return True


def _held(session: Session, name: str) -> ChannelSetup | None:
    return session.scalar(select(ChannelSetup).where(ChannelSetup.name == name).with_for_update())


def _changed(
    session: Session, row: ChannelSetup, act: str, by: Agent, now: datetime, details: dict[str, object]
) -> None:
    row.version, row.changed_at, row.changed_by = row.version + 1, now, by.id
    session.add(Audit(at=now, actor=f"agent:{by.id}", act=act, agent_id=by.id, details=details))
