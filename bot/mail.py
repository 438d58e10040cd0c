"""Mails in the shop's name that belong to no conversation: the transcript that a shopper asked for."""

import asyncio
from hashlib import sha256

from babel.dates import format_datetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.email import letters
from bot.channels.email.mime import Unreadable, normal_address
from bot.channels.email.setup import EmailSetup
from bot.channels.email.smtp import Sender
from bot.rendering import LOCALES
from handoff import attachments
from handoff.clock import utc_now
from handoff.database import Database
from handoff.mail_threads import Reply
from handoff.model import Agent, Conversation, Message
from handoff.outbox import TransportError
from handoff.wording import Wording, known_language

_MOST_MESSAGES = 2_000
_LONGEST_MESSAGE = 10_000  # characters


class ShopMailer:
    """Sends through the e-mail channel's server, from the shop's first address."""

    def __init__(self, setup: EmailSetup, sender: Sender, database: Database, words: Wording, shop: str) -> None:
        self._ours = setup.addresses[0].address
        self._sender, self._database, self._words, self._shop = sender, database, words, shop

    async def send_transcript(self, to: str, conversation_id: str, language: str) -> None:
        """Mail what shopper, bot and people said to each other; notes of the team are not in it.

        The same words to the same address are the same mail, so that a second click sends no second one.

        Raises:
            TransportError: the address is none, there is nothing to send, or the server does not take it.
        """
        try:
            receiver = normal_address(to)
        except Unreadable:
            raise TransportError("no_address", permanent=True) from None
        spoken = known_language(language)
        text = await asyncio.to_thread(self._transcript, conversation_id, spoken)
        ours = self._ours
        same = sha256(f"{receiver}\n{conversation_id}\n{text}".encode()).hexdigest()[:40]
        subject = self._words.say(spoken, "email.transcript_subject", shop=self._shop)
        reply = Reply(receiver, ours, subject, "", f"transcript.{same}@{ours.rpartition('@')[2]}", "", (), "")
        written = letters.body({"type": "text", "text": text}, (), "")
        await self._sender.send(letters.mail(reply, self._shop, written, (), True, utc_now()), receiver)

    def _transcript(self, conversation_id: str, language: str) -> str:
        with self._database.read() as session:
            if session.get(Conversation, conversation_id) is None:
                raise TransportError("empty", "there is no such conversation", permanent=True)
            said = select(Message).where(Message.conversation_id == conversation_id, Message.note.is_(False))
            found = session.scalars(said.order_by(Message.seq).limit(_MOST_MESSAGES)).all()
            lines = [self._line(session, message, language) for message in found]
        if not lines:
            raise TransportError("empty", permanent=True)
        return "\n\n".join([self._words.say(language, "email.transcript", shop=self._shop), *lines])

    def _line(self, session: Session, message: Message, language: str) -> str:
        """Who said it and when (UTC, as everything that leaves without a place), then what."""
        agent = session.get(Agent, message.agent_id) if message.agent_id else None
        author = agent.name if agent is not None else self._words.say(language, f"email.by_{message.author}")
        at = format_datetime(message.created_at, "medium", locale=LOCALES[language])
        words = attachments.in_words(message.content)[:_LONGEST_MESSAGE]
        return f"{author} · {at} UTC\n{words}"
