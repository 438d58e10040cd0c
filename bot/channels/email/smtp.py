"""Sending mails by SMTP, and its answers in the outbox's terms."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import structlog
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
)
from sqlalchemy.orm import Session

from bot.channels.email import letters
from bot.channels.email.letters import Enclosed
from bot.channels.email.oauth import OAuthTrouble
from bot.channels.email.setup import EmailSetup
from handoff import attachments, left_messages, mail_threads
from handoff.clock import utc_now
from handoff.database import Database
from handoff.mail_threads import Reply
from handoff.outbox import Delivery, TransportError
from handoff.wording import Wording

log = structlog.get_logger()

_STEP_SECONDS = 20.0  # one command's answer
_LONGEST_SEND = timedelta(seconds=75)  # well before the worker breaks it off
Token = Callable[[], Awaitable[str]]


class Sender:
    """One connection per mail: shops send few, and a server's limits on idle ones are nobody's business."""

    def __init__(self, setup: EmailSetup, token: Token) -> None:
        self._setup, self._token = setup, token

    async def send(self, mail: EmailMessage, to: str) -> None:
        """Hand a mail to the server. Raises TransportError."""
        client, begun = self._client(), False
        try:
            async with asyncio.timeout(_LONGEST_SEND.total_seconds()):
                await self._begin(client, str(mail["From"].addresses[0].addr_spec), to)
                begun = True  # from here on it may be on its way, whatever is heard of it
                await client.data(mail.as_bytes(policy=SMTP), timeout=_LONGEST_SEND.total_seconds())
        except (SMTPException, OSError) as error:  # OSError: a line that broke, or the time that is over
            raise failure(error, uncertain=begun) from None
        finally:
            client.close()

    async def greet(self) -> None:
        """Sign in and leave. Raises TransportError."""
        client = self._client()
        try:
            await self._sign_in(client)
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        setup = self._setup
        return aiosmtplib.SMTP(
            hostname=setup.smtp_host,
            port=setup.smtp_port,
            use_tls=setup.smtp_security == "tls",
            start_tls=setup.smtp_security == "starttls",
            timeout=_STEP_SECONDS,
        )

    async def _begin(self, client: aiosmtplib.SMTP, sender: str, to: str) -> None:
        await self._sign_in(client)
        await client.mail(sender)
        await client.rcpt(to)

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        setup = self._setup
        try:
            await client.connect()
            if setup.by_oauth and not setup.smtp_user:
                await client.auth_xoauth2(setup.user, await self._token())
            else:
                await client.login(*setup.sender)
        except SMTPAuthenticationError:
            # Until somebody has mended the setup it is tried again; whoever waits for the mail has done nothing wrong.
            raise TransportError("setup", permanent=False) from None
        except OAuthTrouble as error:
            raise TransportError("setup", str(error), permanent=False) from None
        except (SMTPException, OSError, ValueError) as error:
            raise TransportError("unreachable", _said(error), permanent=False) from None


def failure(error: Exception, *, uncertain: bool) -> TransportError:
    """What an answer means: 5xx will be said again, 4xx may pass, and silence after the mail was sent is no answer."""
    if isinstance(error, SMTPResponseException) and 400 <= error.code < 600:
        return TransportError("refused", _said(error), permanent=error.code >= 500)
    refused = getattr(error, "recipients", None)
    if refused:
        return failure(refused[0], uncertain=uncertain)
    return TransportError("silent", _said(error), permanent=False, uncertain=uncertain)


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__


class EmailTransport:
    """Delivers the outbox's messages as mails of their threads."""

    sends_files = True

    def __init__(self, sender: Sender, database: Database, words: Wording, shop: str, base_url: str, ours: str) -> None:
        self._sender, self._database, self._words = sender, database, words
        self._shop, self._base_url = shop, base_url
        self._ours = ours  # the shop's first address, from which what belongs to no thread is answered

    async def send(self, delivery: Delivery) -> str | None:
        """Send; returns the Message-ID, which is the same at every try. Raises TransportError."""
        found = await asyncio.to_thread(self._written, delivery)
        if found is None:
            raise TransportError("no_mail", permanent=True)
        reply, mail = found
        await self._sender.send(mail, reply.to)
        return reply.own_id

    def _written(self, delivery: Delivery) -> tuple[Reply, EmailMessage] | None:
        content = delivery.content
        with self._database.read() as session:
            conversation_id, message_id = delivery.conversation_id, delivery.message_id
            reply = mail_threads.reply_to(session, conversation_id, message_id)
            in_chat = reply is None
            if reply is None:
                subject = self._words.say(delivery.language, "email.left_subject", shop=self._shop)
                reply = left_messages.reply_to(session, conversation_id, message_id, self._ours, subject)
            if reply is None:
                return None
            files = _files(session, content)
        shown = letters.links(content, reply.secret, self._base_url)
        below = self._words.say(delivery.language, "email.left", shop=self._shop) if in_chat else ""
        written = letters.body(content, shown, self._words.say(delivery.language, "email.suggestion"), below)
        automatic = delivery.author != "agent"
        try:
            return reply, letters.mail(reply, self._shop, written, files, automatic, utc_now())
        except ValueError as error:
            raise TransportError("fault", str(error), permanent=True) from None


def _files(session: Session, content: dict[str, object]) -> list[Enclosed]:
    found: list[Enclosed] = []
    listed = content.get("attachments", ())
    for one in listed if isinstance(listed, list) else ():
        kept = attachments.content(session, one["id"])
        if kept is not None:
            found.append(Enclosed(kept[0].name, kept[0].media_type, kept[1]))
    return found
