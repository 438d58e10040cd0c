"""How far a mailbox was read. The offset moves after a mail was taken in or deliberately left, never before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handoff.mail_model import MailFolder, MailLeft

LEASE = timedelta(seconds=90)


class ReadElsewhere(Exception):
    """Another desk reads this mailbox."""


def hold(session: Session, name: str, reader: str, now: datetime) -> MailFolder | None:
    """The folder, for this reader alone until its lease ends; None when it was never read. Raises ReadElsewhere."""
    folder = session.scalar(select(MailFolder).where(MailFolder.name == name).with_for_update())
    if folder is None:
        return None
    # A lease from the future was given before the clock was set back.
    if folder.reader != reader and now < folder.lease_until <= now + LEASE:
        raise ReadElsewhere(name)
    folder.reader, folder.lease_until = reader, now + LEASE
    session.flush()
    return folder


def begin(session: Session, name: str, reader: str, uid_validity: int, last_uid: int, now: datetime) -> MailFolder:
    """Read a folder from here on. Raises ReadElsewhere."""
    folder = MailFolder(
        name=name, uid_validity=uid_validity, last_uid=last_uid, read_at=now, reader=reader, lease_until=now + LEASE
    )
    try:
        with session.begin_nested():
            session.add(folder)
            session.flush()
    except IntegrityError:
        raise ReadElsewhere(name) from None
    return folder


def renumber(session: Session, name: str, reader: str, uid_validity: int, last_uid: int, now: datetime) -> None:
    """The server numbers its mails anew; of the new numbers those up to `last_uid` were read. Raises ReadElsewhere."""
    folder = _own(session, name, reader, now)
    folder.uid_validity, folder.last_uid = uid_validity, last_uid
    session.flush()


def passed(session: Session, name: str, reader: str, uid: int, now: datetime, left: str = "") -> None:
    """Everything up to this mail is done with; `left` is why it was not taken in. Raises ReadElsewhere."""
    folder = _own(session, name, reader, now)
    folder.last_uid, folder.read_at = max(uid, folder.last_uid), now
    if left:
        note_left(session, name, folder.uid_validity, uid, left, now)
    session.flush()


def note_left(session: Session, name: str, uid_validity: int, uid: int, cause: str, now: datetime) -> None:
    """A mail stays in the mailbox, and why; the same one is noted once."""
    known = select(MailLeft.id).filter_by(folder=name, uid_validity=uid_validity, uid=uid)
    if session.scalar(known) is None:
        session.add(MailLeft(folder=name, uid_validity=uid_validity, uid=uid, cause=cause, at=now))


def left_since(session: Session, causes: Sequence[str], since: datetime) -> int:
    """How many mails were left for one of these reasons."""
    query = select(func.count()).select_from(MailLeft).where(MailLeft.cause.in_(causes), MailLeft.at >= since)
    return session.scalar(query) or 0


def _own(session: Session, name: str, reader: str, now: datetime) -> MailFolder:
    folder = session.scalar(select(MailFolder).where(MailFolder.name == name).with_for_update())
    if folder is None or folder.reader != reader:
        raise ReadElsewhere(name)
    folder.lease_until = now + LEASE
    return folder
