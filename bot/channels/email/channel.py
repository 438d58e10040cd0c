"""The e-mail channel: one mailbox, read by IMAP, answered by SMTP.

A mail is taken in before the offset passes it, and the gateway's dedupe row makes a second reading harmless. Whatever is
left is noted with its cause and stays in the mailbox, which is never changed.
"""

import asyncio
import uuid
from datetime import timedelta
from hashlib import sha256

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.channels.base import Kind, Surroundings
from bot.channels.email import letters
from bot.channels.email.imap import Mailbox, MailboxTrouble, day_before
from bot.channels.email.intake import Intake, Origin
from bot.channels.email.mime import Unreadable, normal_address
from bot.channels.email.oauth import OAuthTrouble, Tokens
from bot.channels.email.setup import EmailSetup
from bot.channels.email.smtp import EmailTransport, Sender
from bot.mail import ShopMailer
from bot.workers import Transport
from handoff import clamd, mail_folders
from handoff.clamd import ScannerAway
from handoff.mail_folders import ReadElsewhere
from handoff.mail_threads import Reply
from handoff.model import Team
from handoff.outbox import TransportError
from handoff.wording import LANGUAGES

log = structlog.get_logger()

MOST_TRIES = 5  # with a mail that makes us stumble although the database is there
_WAIT_SECONDS = 25.0  # for news at a time; the lease is renewed in between
_SCANNER_SECONDS = 2.0  # for its word that it is there, within what a look at the channel may take
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 300.0  # between tries, twice as long every time
_FORGED_SHOWN = timedelta(days=7)


class EmailChannel:
    """One mailbox of one shop."""

    name = "email"

    def __init__(self, surroundings: Surroundings, setup: EmailSetup) -> None:
        self._at, self._setup = surroundings, setup
        self._tokens = Tokens(setup, surroundings.database, surroundings.sealer, surroundings.now)
        self.sender = Sender(setup, self._tokens.get)
        settings = surroundings.settings
        self.transport: Transport | None = EmailTransport(
            self.sender, surroundings.database, surroundings.words, settings.shop, settings.base_url,
            setup.addresses[0].address,
        )  # fmt: skip
        self.mailer = ShopMailer(setup, self.sender, surroundings.database, surroundings.words, settings.shop)
        self.router = APIRouter()  # the links in mails work while the channel is off, too (bot/channels/host.py)
        self._intake = Intake(surroundings, setup)
        self._reader = uuid.uuid4().hex
        self._folder = sha256(f"{setup.imap_host}\n{setup.user}\n{setup.folder}".encode()).hexdigest()
        self._trouble, self._failures = "", 0  # how often in a row

    # ---- reading ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Read the mailbox until cancelled. Whatever goes wrong is said plainly and tried again."""
        try:
            while True:
                pause = await self._read_on()
                await asyncio.sleep(pause)
        finally:
            await self._tokens.settle()

    async def _read_on(self) -> float:
        """Read until something goes wrong; returns the seconds to wait before the next try."""
        try:
            await self._read()
        except ReadElsewhere:
            return self._setup.poll_seconds
        except (MailboxTrouble, OAuthTrouble) as error:
            self._note(str(error))
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            self._note(f"the database cannot be reached ({type(error).__name__})")
        except Exception:
            log.exception("email.failed")
        self._failures += 1
        return min(_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10), _LONGEST_PAUSE_SECONDS)

    async def _read(self) -> None:
        """One connection's life. Raises MailboxTrouble, OAuthTrouble, ReadElsewhere."""
        await asyncio.to_thread(self._hold)
        box = await self._open()
        try:
            last = await asyncio.to_thread(self._place, box)
            self._over()
            while True:
                for uid in await asyncio.to_thread(box.uids_after, last):
                    await self._deal_with(box, uid)
                    last = uid
                if not await asyncio.to_thread(box.wait, _WAIT_SECONDS):
                    await asyncio.sleep(self._setup.poll_seconds)
                await asyncio.to_thread(self._hold)
                self._failures = 0  # servers end lines now and then; that is no reason to wait longer each time
        finally:
            box.interrupt()
            box.close()

    async def _open(self) -> Mailbox:
        """A connection. Raises MailboxTrouble, OAuthTrouble."""
        token = await self._tokens.get()
        try:
            return await asyncio.to_thread(Mailbox, self._setup, token)
        except MailboxTrouble as error:
            if error.refused:  # it may have been taken back before its time
                self._tokens.doubt(token)
            raise

    def _hold(self) -> None:
        with self._at.database.write() as session:
            mail_folders.hold(session, self._folder, self._reader, self._at.now())

    def _place(self, box: Mailbox) -> int:
        """Up to which UID everything is done with. A mailbox that is new begins with what comes."""
        name, reader, now = self._folder, self._reader, self._at.now()
        with self._at.database.write() as session:
            folder = mail_folders.hold(session, name, reader, now)
            if folder is None:
                mail_folders.begin(session, name, reader, box.uid_validity, box.next_uid - 1, now)
                return box.next_uid - 1
            if folder.uid_validity == box.uid_validity:
                return folder.last_uid
            since = day_before(folder.read_at)
        # The server numbers its mails anew. What came since is read again, and known by its own ids.
        log.warning("email.renumbered", folder=self._setup.folder, since=since.isoformat())
        last = min([*box.uids_since(since), box.next_uid]) - 1
        with self._at.database.write() as session:
            mail_folders.renumber(session, name, reader, box.uid_validity, last, now)
        return last

    async def _deal_with(self, box: Mailbox, uid: int) -> None:
        """Returns when the mail is stored or deliberately left: the offset may pass nothing else."""
        origin, tries = Origin(self._folder, box.uid_validity, uid), 0
        while True:
            try:
                cause = await asyncio.to_thread(self._take, box, origin)
                break
            except (MailboxTrouble, OperationalError, InterfaceError, PoolTimeout):
                raise
            except ScannerAway as error:
                await self._wait_for_the_scanner(error)
                continue
            except Exception:
                tries += 1
                log.exception("email.mail_failed", uid=uid, tries=tries)
                if tries == MOST_TRIES:  # one mail must not keep everybody else from being heard
                    cause = "failed"
                    break
            await asyncio.sleep(_PAUSE_SECONDS * 2.0 ** (tries - 1))
        if cause:
            log.info("email.left", uid=uid, cause=cause)
        await asyncio.to_thread(self._pass, uid, cause)

    async def _wait_for_the_scanner(self, error: ScannerAway) -> None:
        """What is not scanned is not taken, and a mail is not taken without its files: it waits, as for the database."""
        self._note(str(error))
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            await asyncio.to_thread(self._hold)
            if await asyncio.to_thread(clamd.answers, self._at.handoff.clamd):
                return self._over()

    def _take(self, box: Mailbox, origin: Origin) -> str:
        size = box.size(origin.uid)
        if size is None:
            return ""  # somebody deleted it
        if size > self._setup.largest_mail:
            return "too_large"
        raw = box.fetch(origin.uid)
        return self._intake.take_in(raw, origin) if raw is not None else ""

    def _pass(self, uid: int, cause: str) -> None:
        with self._at.database.write() as session:
            mail_folders.passed(session, self._folder, self._reader, uid, self._at.now(), cause)

    def _note(self, what: str) -> None:
        if what != self._trouble:
            self._trouble = what
            log.error("email.trouble", what=what)

    def _over(self) -> None:
        if self._trouble:
            log.info("email.back", after=self._trouble)
        self._trouble = ""

    # ---- what the desk asks of every channel --------------------------------------------------------------------------

    async def webhook(self, request: Request) -> Response:
        """Nobody calls: mails are fetched."""
        raise HTTPException(404, "e-mail is not called; mails are fetched")

    async def check(self) -> list[str]:
        """What is wrong: asked of both servers and of the scanner at once, and of what was read lately."""
        found = await asyncio.gather(self._wrong_in(), self._wrong_out(), asyncio.to_thread(self._wrong_scanner))
        return [one for one in found if one] + await asyncio.to_thread(self._found_here)

    async def _wrong_in(self) -> str:
        try:
            (await self._open()).close()
        except MailboxTrouble as error:
            return "imap_account" if error.refused else "imap"
        except OAuthTrouble as error:
            return error.key
        return ""

    async def _wrong_out(self) -> str:
        try:
            await self.sender.greet()
        except TransportError:
            return "smtp"
        return ""

    def _wrong_scanner(self) -> str:
        scanner = self._at.handoff.clamd
        return "scanner" if scanner and not clamd.answers(scanner, _SCANNER_SECONDS) else ""

    def _found_here(self) -> list[str]:
        wrong: list[str] = []
        with self._at.database.read() as session:
            known = set(session.scalars(select(Team.name).where(Team.disabled_at.is_(None))))
            if any(one.team and one.team not in known for one in self._setup.addresses):
                wrong.append("team")
            if mail_folders.left_since(session, ("failed", "too_large"), self._at.now() - _FORGED_SHOWN):
                wrong.append("left")
        return [*wrong, *([] if self._setup.authserv_id else ["authserv_id"])]

    async def send_test(self, address: str) -> None:
        """Send a greeting. Raises TransportError."""
        try:
            to = normal_address(address)
        except Unreadable:
            raise TransportError("no_address", permanent=True) from None
        at, shop, say = self._at.now(), self._at.settings.shop, self._at.words.say
        ours = self._setup.addresses[0].address
        own_id = f"{uuid.uuid4().hex}@{ours.rpartition('@')[2]}"
        subject = say(LANGUAGES[0], "email.test_subject", shop=shop)
        reply = Reply(to, ours, subject, "", own_id, "", (), "")
        text = say(LANGUAGES[0], "email.test", shop=shop)
        written = letters.body({"type": "text", "text": text}, (), "")
        await self.sender.send(letters.mail(reply, shop, written, (), True, at), to)


KIND = Kind("email", EmailSetup, EmailChannel, called=False)
