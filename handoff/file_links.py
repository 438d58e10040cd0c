"""Links to files for shoppers whose channel takes text only: signed, and good for a while.

The signature needs no secret of the setup: its key is made with the first link, and is the same for every desk of a database.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handoff.media_model import SigningKey

GOOD_FOR = timedelta(days=7)
PATH = "/files"
_NAME = "file links"


def path(session: Session, file_id: str, now: datetime) -> str:
    """Where the file is found, below the desk's public address."""
    until = int((now + GOOD_FOR).timestamp())
    return f"{PATH}/{file_id}?until={until}&signature={_sign(_key(session, now), file_id, until)}"


def is_good(session: Session, file_id: str, until: int, signature: str, now: datetime) -> bool:
    """Whether we signed this, and not too long ago."""
    row = session.get(SigningKey, _NAME)
    if row is None or not hmac.compare_digest(signature.encode(), _sign(row.key, file_id, until).encode()):
        return False
    return now < datetime.fromtimestamp(until, UTC)  # only what we signed is a time that a calendar has


def _key(session: Session, now: datetime) -> bytes:
    row = session.get(SigningKey, _NAME)
    if row is not None:
        return row.key
    made = SigningKey(name=_NAME, key=secrets.token_bytes(32), created_at=now)
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:  # another desk made it since
        return _key(session, now)
    return made.key


def _sign(key: bytes, file_id: str, until: int) -> str:
    return hmac.new(key, f"{file_id} {until}".encode(), sha256).hexdigest()
