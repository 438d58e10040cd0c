"""Passes that providers lend: a pair of tokens, of which the second may be exchanged for a new pair exactly once.

Who is going to exchange takes a lease in the row first and commits it, so no transaction stays open while the provider is
asked: on SQLite that would stop all other writers. The new pair is stored as one text, and only over the pair that it was
got for: neither a slow desk nor a dead one can bring an old pair back.
"""

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handoff.channel_model import ChannelPass
from handoff.sealing import Sealer

LEASE = timedelta(seconds=30)  # longer than any exchange may take


@dataclass(frozen=True)
class Pass:
    """One pair. `trouble` says why the last exchange was refused for good; nobody tries again before it is mended."""

    access: str
    refresh: str
    expires_at: datetime
    generation: int
    trouble: str | None


def current(session: Session, channel: str, begun_with: str, sealer: Sealer) -> Pass | None:
    """The pair that was got with the token `begun_with`; None when there is none yet. Raises KeyTrouble."""
    row = session.get(ChannelPass, channel, populate_existing=True)
    if row is None or row.begun_with != _hash(begun_with):
        return None
    access, refresh = json.loads(sealer.open(row.sealed))
    return Pass(access, refresh, row.expires_at, row.generation, row.trouble)


def begin(session: Session, channel: str, begun_with: str, sealer: Sealer, now: datetime) -> None:
    """Take up a token that an admin entered, unless it is known: the first exchange will make a pair of it."""
    first: dict[str, Any] = {
        "begun_with": _hash(begun_with),
        "sealed": sealer.seal(json.dumps(["", begun_with])),
        "expires_at": now,
    }
    row = session.scalar(select(ChannelPass).where(ChannelPass.channel == channel).with_for_update())
    if row is None:
        with contextlib.suppress(IntegrityError), session.begin_nested():  # another desk is as fast
            session.add(ChannelPass(channel=channel, generation=1, **first))
            session.flush()
    elif row.begun_with != first["begun_with"]:
        row.begun_with, row.sealed, row.expires_at = first["begun_with"], first["sealed"], now
        row.generation, row.lease, row.lease_until, row.trouble = row.generation + 1, None, None, None


def lease(session: Session, channel: str, generation: int, holder: str, now: datetime) -> bool:
    """Take the right to exchange this pair; False when another one has it, or there is a newer pair.

    A lease that ends much too late is from before the clock was set back. One that ends a little too late is not: whoever
    waited for the row read the clock before its holder did.
    """
    lost = ChannelPass.lease_until > now + 2 * LEASE
    free = ChannelPass.lease.is_(None) | (ChannelPass.lease_until < now) | lost
    taken = update(ChannelPass).where(ChannelPass.channel == channel, ChannelPass.generation == generation, free)
    return _one(session, taken.values(lease=holder, lease_until=now + LEASE))


def store(
    session: Session, channel: str, generation: int, pair: tuple[str, str], sealer: Sealer, expires_at: datetime
) -> bool:
    """Put a new pair in the place of the one that it was got for; False when that one is no longer there."""
    values = {
        "sealed": sealer.seal(json.dumps(list(pair))), "expires_at": expires_at, "generation": generation + 1,
        "lease": None, "lease_until": None, "trouble": None,
    }  # fmt: skip
    same = update(ChannelPass).where(ChannelPass.channel == channel, ChannelPass.generation == generation)
    return _one(session, same.values(values))


def give_back(session: Session, channel: str, generation: int, holder: str, trouble: str | None) -> None:
    """End a lease without a new pair; `trouble` keeps everybody from trying the same again."""
    mine = update(ChannelPass).where(
        ChannelPass.channel == channel, ChannelPass.generation == generation, ChannelPass.lease == holder
    )
    session.execute(mine.values(lease=None, lease_until=None, trouble=trouble))


def _one(session: Session, statement: object) -> bool:
    found = session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[attr-defined]
    assert isinstance(found, CursorResult)
    return found.rowcount == 1


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
