"""How fast anybody may try to sign in. Tries are rows, so that a restart or another desk forgets none.

Whoever guesses is slowed down, and nobody can be locked out by others: an address that failed waits longer every time, a
browser on which the account was signed in before is counted by itself, and so many failures as lock an account to strange
browsers cannot come from one address.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from handoff.accounts import hash_token
from handoff.model import Agent
from handoff.people_model import KnownDevice, SignInTry

KEPT = timedelta(hours=1)
# So many failures cost nothing; each further one doubles the wait, which is counted from the last of them.
FREE_ON_ACCOUNT, FREE_BY_ADDRESS, FREE_BY_DEVICE = 5, 30, 10
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=5)
# By strange browsers at all addresses together, within KEPT. With the waits above one address makes 22.
MOST_ON_ACCOUNT = 100
DEVICE_KNOWN = timedelta(days=180)


class TooSoon(Exception):
    """Nothing was looked at; the next try may come after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"wait {wait}")
        self.wait = wait


@dataclass(frozen=True)
class Trying:
    """Who tries: from which address, for which account as it was typed, with which browser's token ("": none)."""

    address: str
    account: str
    device: str = ""

    @property
    def account_hash(self) -> str:
        """However it is written, the account is the same."""
        return sha256(self.account.strip().casefold().encode("utf-8", "replace")).hexdigest()


def begin(session: Session, trying: Trying, now: datetime) -> int:
    """Note a try before anything is looked at, so that tries at the same moment count too; returns its id.

    Raises:
        TooSoon: it has to wait; it is not counted.
    """
    _one_at_a_time(session, trying)
    known = _known(session, trying, now)
    wait = _wait(session, trying, known, now)
    if wait > timedelta():
        raise TooSoon(wait)
    row = SignInTry(at=now, address=trying.address[:64], account_hash=trying.account_hash, device_hash=known)
    session.add(row)
    session.flush()
    return row.id


def forget(session: Session, trying: Trying) -> None:
    """What failed from here for this account."""
    mine = SignInTry.address == trying.address[:64]
    if trying.device:
        mine |= SignInTry.device_hash == hash_token(trying.device)
    session.execute(delete(SignInTry).where(SignInTry.account_hash == trying.account_hash, mine))


def succeeded(session: Session, trying: Trying, agent: Agent, now: datetime) -> str:
    """Forget what failed from here, and know this browser for a while; returns the token by which it is known."""
    forget(session, trying)
    token = trying.device
    # Several people may share a browser: its token stays the same, as long as it is one of ours.
    if (
        not token
        or session.scalar(select(KnownDevice.agent_id).where(KnownDevice.token_hash == hash_token(token))) is None
    ):
        token = secrets.token_urlsafe(32)
    session.merge(KnownDevice(token_hash=hash_token(token), agent_id=agent.id, expires_at=now + DEVICE_KNOWN))
    return token


def _wait(session: Session, trying: Trying, known: str | None, now: datetime) -> timedelta:
    """How long this one still has to wait."""
    account, address = SignInTry.account_hash == trying.account_hash, SignInTry.address == trying.address[:64]
    if known is not None:
        return _back_off(session, account & (SignInTry.device_hash == known), FREE_BY_DEVICE, now)
    strange = SignInTry.device_hash.is_(None)
    count, _, oldest = _failures(session, account & strange, now)
    crowd = oldest + KEPT - now if oldest is not None and count >= MOST_ON_ACCOUNT else timedelta()
    own = _back_off(session, account & address & strange, FREE_ON_ACCOUNT, now)
    return max(crowd, own, _back_off(session, address & strange, FREE_BY_ADDRESS, now))


def _back_off(session: Session, which: ColumnElement[bool], free: int, now: datetime) -> timedelta:
    count, latest, _ = _failures(session, which, now)
    if count < free or latest is None:
        return timedelta()
    wait: timedelta = min(_FIRST_WAIT * (1 << min(count - free, 20)), _LONGEST_WAIT)
    return max(latest + wait - now, timedelta())


def _failures(
    session: Session, which: ColumnElement[bool], now: datetime
) -> tuple[int, datetime | None, datetime | None]:
    """How many there are, and when the latest and the oldest of them were. What lies ahead of a clock set back counts not."""
    lately = (SignInTry.at > now - KEPT) & (SignInTry.at <= now)
    query = select(func.count(), func.max(SignInTry.at), func.min(SignInTry.at)).where(which, lately)
    count, latest, oldest = session.execute(query).one()
    return count, latest, oldest


def _known(session: Session, trying: Trying, now: datetime) -> str | None:
    """The hash of the browser's token, when this account was signed in with it."""
    if not trying.device:
        return None
    query = (
        select(KnownDevice.token_hash, Agent.email)
        .join(Agent, Agent.id == KnownDevice.agent_id)
        .where(KnownDevice.token_hash == hash_token(trying.device), KnownDevice.expires_at > now)
    )
    for token_hash, email in session.execute(query):
        if Trying(trying.address, email).account_hash == trying.account_hash:
            return str(token_hash)
    return None


def _one_at_a_time(session: Session, trying: Trying) -> None:
    """SQLite's writers are; on PostgreSQL two tries for one account would not see each other."""
    if session.get_bind().dialect.name == "postgresql":
        number = int(trying.account_hash[:15], 16)
        session.execute(select(func.pg_advisory_xact_lock(number)))
