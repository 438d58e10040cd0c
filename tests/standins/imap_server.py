"""A stand-in for a mailbox: speaks IMAP4rev1 (RFC 3501, 2177 and SASL XOAUTH2) over a real socket, and can be made to fail.

As much of it as a reader of one folder needs; what it does not know is answered with BAD, as a real server does.
"""

import base64
import contextlib
import re
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

USER, PASSWORD, TOKEN = "help@shop.example", "mailbox password", "ya29.token"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Kept:
    uid: int
    raw: bytes
    arrived: datetime


class ImapStandin:
    """One account with one folder, INBOX. `commands` are what readers said, without their passwords."""

    def __init__(self) -> None:
        self.mails: list[Kept] = []
        self.uid_validity = 7001
        self.next_uid = 1
        self.idle = True  # whether it can say that something came
        self.fails: Callable[[str], str] = lambda command: ""  # "drop" or "no" for a command
        self.commands: list[str] = []
        self.lock = threading.Condition()
        self._lines: set[_Line] = set()
        standin = self

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        class Handler(_Line):
            at = standin

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]

    def start(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.drop_all()

    def deliver(self, raw: bytes, arrived: datetime | None = None) -> int:
        """A mail arrives; its UID."""
        with self.lock:
            uid, self.next_uid = self.next_uid, self.next_uid + 1
            self.mails.append(Kept(uid, raw, arrived or datetime.now(UTC)))
            self.lock.notify_all()
        return uid

    def renumber(self) -> None:
        """All mails get new UIDs, as after a restored backup."""
        with self.lock:
            self.uid_validity += 1
            for number, mail in enumerate(self.mails, start=1):
                mail.uid = number
            self.next_uid = len(self.mails) + 1
        self.drop_all()

    def drop_all(self) -> None:
        """Every connection breaks."""
        with self.lock:
            lines, self._lines = self._lines, set()
            self.lock.notify_all()
        for line in lines:
            line.drop()


class _Dropped(Exception):
    pass


class _Line(socketserver.StreamRequestHandler):
    at: ImapStandin

    def handle(self) -> None:
        self._selected = self._gone = False
        self._told = 0
        with self.at.lock:
            self.at._lines.add(self)
        try:
            self._say("* OK ready")
            while line := self.rfile.readline(65_536):
                self._command(line.decode("utf-8", "replace").rstrip("\r\n"))
        except (_Dropped, OSError, ValueError):
            pass
        finally:
            with self.at.lock:
                self.at._lines.discard(self)

    def drop(self) -> None:
        self._gone = True
        with contextlib.suppress(OSError):
            self.request.shutdown(2)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def _command(self, line: str) -> None:
        tag, _, rest = line.partition(" ")
        name, _, arguments = rest.partition(" ")
        name = name.upper()
        if name == "UID":
            second, _, arguments = arguments.partition(" ")
            name = f"UID {second.upper()}"
        self.at.commands.append(name if name in ("LOGIN", "AUTHENTICATE") else f"{name} {arguments}".strip())
        fate = self.at.fails(name)
        if fate == "drop":
            raise _Dropped
        if fate == "no":
            return self._say(f"{tag} NO not now")
        handler = getattr(self, f"_{name.lower().replace(' ', '_')}", None)
        if handler is None:
            return self._say(f"{tag} BAD unknown command")
        handler(tag, arguments)
        return None

    def _capability(self, tag: str, _: str) -> None:
        self._say(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2{' IDLE' if self.at.idle else ''}")
        self._say(f"{tag} OK done")

    def _login(self, tag: str, arguments: str) -> None:
        said = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
        given = [quoted or bare for quoted, bare in said]
        right = given == [USER, PASSWORD]
        self._say(f"{tag} OK done" if right else f"{tag} NO [AUTHENTICATIONFAILED] wrong")

    def _authenticate(self, tag: str, _: str) -> None:
        self._say("+ ")
        given = base64.b64decode(self.rfile.readline(65_536)).decode()
        if given == f"user={USER}\1auth=Bearer {TOKEN}\1\1":
            return self._say(f"{tag} OK done")
        self._say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        self.rfile.readline(65_536)
        return self._say(f"{tag} NO [AUTHENTICATIONFAILED] wrong")

    def _status(self, tag: str, _: str) -> None:
        self._say(f'* STATUS "INBOX" (UIDVALIDITY {self.at.uid_validity} UIDNEXT {self.at.next_uid})')
        self._say(f"{tag} OK done")

    def _examine(self, tag: str, _: str) -> None:
        self._selected = True
        self._told = len(self.at.mails)
        self._say(f"* {self._told} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.at.uid_validity}]")
        self._say(f"{tag} OK [READ-ONLY]")

    def _uid_search(self, tag: str, arguments: str) -> None:
        by_uid = re.fullmatch(r"UID (\d+):\*", arguments)
        since = re.fullmatch(r"SINCE (\d\d)-(\w{3})-(\d{4})", arguments)
        with self.at.lock:
            mails = list(self.at.mails)
        if by_uid is not None:
            # "*" is the last one, also when that is before the first.
            first = min(int(by_uid[1]), max((mail.uid for mail in mails), default=0))
            found = [mail.uid for mail in mails if mail.uid >= first]
        elif since is not None:
            day = datetime(int(since[3]), _MONTHS.index(since[2]) + 1, int(since[1]), tzinfo=UTC)
            found = [mail.uid for mail in mails if mail.arrived >= day]
        else:
            return self._say(f"{tag} BAD criteria")
        self._say(f"* SEARCH {' '.join(map(str, found))}".rstrip())
        return self._say(f"{tag} OK done")

    def _uid_fetch(self, tag: str, arguments: str) -> None:
        wanted, _, items = arguments.partition(" ")
        with self.at.lock:
            found = [(n, mail) for n, mail in enumerate(self.at.mails, start=1) if mail.uid == int(wanted)]
        for number, mail in found:
            if "BODY.PEEK[]" in items:
                self._say(f"* {number} FETCH (UID {mail.uid} BODY[] {{{len(mail.raw)}}}")
                self.wfile.write(mail.raw)
                self._say(")")
            else:
                self._say(f"* {number} FETCH (UID {mail.uid} RFC822.SIZE {len(mail.raw)})")
        self._say(f"{tag} OK done")

    def _idle(self, tag: str, _: str) -> None:
        self._say("+ idling")
        told = threading.Event()

        def tell() -> None:
            with self.at.lock:
                # What came since this line was last told, and not since it idles: nothing falls in between.
                self.at.lock.wait_for(lambda: self._gone or told.is_set() or len(self.at.mails) != self._told)
                if not self._gone and not told.is_set():
                    self._told = len(self.at.mails)
                    self._say(f"* {self._told} EXISTS")

        telling = threading.Thread(target=tell, daemon=True)
        telling.start()
        self.rfile.readline(100)
        told.set()
        with self.at.lock:
            self.at.lock.notify_all()
        telling.join()
        self._say(f"{tag} OK done")

    def _noop(self, tag: str, _: str) -> None:
        self._say(f"{tag} OK done")

    def _logout(self, tag: str, _: str) -> None:
        self._say("* BYE")
        self._say(f"{tag} OK done")
        raise _Dropped
