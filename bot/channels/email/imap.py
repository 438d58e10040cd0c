"""Reading a mailbox by IMAP. Blocking: every call belongs into a thread. The mailbox is only read, and stays as it is."""

import contextlib
import imaplib
import io
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import cast

import imap_tools
from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from bot.channels.email.setup import EmailSetup

_TIMEOUT_SECONDS = 30.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,18})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class MailboxTrouble(Exception):
    """The mailbox cannot be read just now; `refused` says that the server does not accept the account."""

    def __init__(self, words: str, *, refused: bool = False) -> None:
        super().__init__(words)
        self.refused = refused


class Mailbox:
    """One connection, signed in, with the folder open."""

    def __init__(self, setup: EmailSetup, token: str = "") -> None:
        """Connect and open. Raises MailboxTrouble."""
        self._setup = setup
        with _told():
            self._box = _connected(setup)
        try:
            with _told():
                self._sign_in(token)
                self.uid_validity, self.next_uid = self._open()
        except BaseException:
            self.close()
            raise

    def uids_after(self, last: int) -> list[int]:
        """The UIDs above `last`, in order. Raises MailboxTrouble."""
        # A server answers "7:*" with its last mail even when that is older.
        return [uid for uid in self._search("UID", f"{last + 1}:*") if uid > last]

    def uids_since(self, day: date) -> list[int]:
        """The UIDs of what arrived on this day or later, in order. Raises MailboxTrouble."""
        return self._search("SINCE", f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year}")

    def size(self, uid: int) -> int | None:
        """Bytes of a mail; None when it is no longer there. Raises MailboxTrouble."""
        with _told():
            answer = self._box.client.uid("FETCH", str(uid), "(RFC822.SIZE)")
        found = _SIZE.search(b" ".join(one if isinstance(one, bytes) else one[0] for one in _data(answer) if one))
        return int(found[1]) if found else None

    def fetch(self, uid: int) -> bytes | None:
        """A mail as it came, without marking it as read; None when it is no longer there. Raises MailboxTrouble."""
        with _told():
            answer = self._box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        return next((one[1] for one in _data(answer) if isinstance(one, tuple)), None)

    def wait(self, seconds: float) -> bool:
        """Wait until something comes, or for so long. False: the server cannot say so, and nothing was waited for."""
        if "IDLE" not in self._box.client.capabilities:
            return False
        with _told(), self._box.idle as idle:
            if not self._is_told_already():
                idle.poll(timeout=seconds)
        return True

    def _is_told_already(self) -> bool:
        """Whether news came in one piece with the server's "go on": it is read already, and no socket will tell of it."""
        client = self._box.client
        client.sock.settimeout(0)
        try:
            return bool(cast(io.BufferedReader, client.file).peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            client.sock.settimeout(_TIMEOUT_SECONDS)

    def interrupt(self) -> None:
        """End whatever a thread waits for on this connection; may be called from another."""
        with contextlib.suppress(OSError):
            self._box.client.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Leave, without waiting for a farewell."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._box.client.shutdown()

    def _sign_in(self, token: str) -> None:
        setup, client = self._setup, self._box.client
        if not setup.by_oauth:
            self._box.login(setup.user, setup.password.get_secret_value(), initial_folder=None)
            return
        said = [f"user={setup.user}\1auth=Bearer {token}\1\1".encode()]
        try:
            # A server that refuses tells why in a second challenge, which is answered by nothing.
            client.authenticate("XOAUTH2", lambda _: said.pop() if said else b"")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise MailboxTrouble(f"the mail server does not accept the token: {error}", refused=True) from None

    def _open(self) -> tuple[int, int]:
        """UIDVALIDITY and UIDNEXT."""
        status = self._box.folder.status(self._setup.folder, ("UIDVALIDITY", "UIDNEXT"))
        self._box.folder.set(self._setup.folder, readonly=True)
        return status["UIDVALIDITY"], status["UIDNEXT"]

    def _search(self, *criteria: str) -> list[int]:
        with _told():
            answer = self._box.client.uid("SEARCH", *criteria)
        return sorted(
            {int(one) for line in _data(answer) if isinstance(line, bytes) for one in line.split() if one.isdigit()}
        )


def _connected(setup: EmailSetup) -> imap_tools.BaseMailBox:
    host, port = setup.imap_host, setup.imap_port
    if setup.imap_security == "none":
        return MailBoxUnencrypted(host, port, timeout=_TIMEOUT_SECONDS)
    kind = MailBox if setup.imap_security == "tls" else MailBoxStartTls
    return kind(host, port, timeout=_TIMEOUT_SECONDS, ssl_context=ssl.create_default_context())


def _data(answer: tuple[str, Sequence[bytes | tuple[bytes, bytes] | None]]) -> list[bytes | tuple[bytes, bytes] | None]:
    kind, data = answer
    if kind != "OK":
        raise MailboxTrouble(f"the mail server says {kind}")
    return list(data)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """The libraries' errors as ours."""
    try:
        yield
    except MailboxLoginError:
        words = "the mail server does not accept the account; check user and password of the e-mail channel"
        raise MailboxTrouble(words, refused=True) from None
    except (OSError, imaplib.IMAP4.error, ImapToolsError, EOFError, ValueError, KeyError) as error:
        raise MailboxTrouble(f"the mailbox cannot be read: {str(error)[:200] or type(error).__name__}") from None


def day_before(at: datetime) -> date:
    """A day from which on nothing is missed, whatever the server's time zone."""
    return date.fromordinal(at.date().toordinal() - 1)
