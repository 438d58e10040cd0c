"""What is done to a conversation: each act is one transaction that moves it, says so to the shopper, and records who did it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import conversations, outbox, queue
from handoff.database import Database
from handoff.model import Agent, Contact, Conversation, Identity, Message
from handoff.reasons import Reason
from handoff.settings import HandoffSettings
from handoff.wording import Wording

LONGEST_REPLY = 5_000  # characters; every channel splits what it cannot show at once


class NotYours(Exception):
    """The conversation is with somebody else, or with nobody: only its agent may do this."""


class Unsendable(Exception):
    """The text is empty or too long."""


@dataclass(frozen=True)
class Acts:
    """Bound to one database; safe to use from several threads."""

    database: Database
    settings: HandoffSettings
    wording: Wording
    shop: str

    def claim(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Take a waiting conversation, or one out of the bot's hands; the shopper is told who is there.

        Raises:
            IllegalMove: somebody else was faster. UnknownConversation.
        """
        with self.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            conversation = queue.claim(session, conversation_id, agent, now)
            self.notice(session, conversation, "agent_joined", now, name=agent.name)

    def reply(self, conversation_id: str, agent_id: str, text: str, client_id: str | None, now: datetime) -> str:
        """Say something to the shopper; returns the message's id. The same client id stores once.

        Raises:
            NotYours, Unsendable, UnknownConversation.
        """
        words = _sendable(text)
        with self.database.write() as session:
            agent, conversation = self._own(session, conversation_id, agent_id)
            known = _sent_before(session, conversation, client_id)
            if known is not None:
                return known
            content = {"type": "text", "text": words}
            message = conversations.add_message(
                session, conversation, "agent", content, now, agent=agent, client_id=client_id
            )
            outbox.enqueue(session, conversation, message, now)
            return message.id

    def note(self, conversation_id: str, agent_id: str, text: str, client_id: str | None, now: datetime) -> str:
        """Leave a note that only agents see; any agent may. Raises Unsendable, UnknownConversation."""
        words = _sendable(text)
        with self.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            conversation = conversations.lock(session, conversation_id)
            known = _sent_before(session, conversation, client_id)
            if known is not None:
                return known
            content = {"type": "text", "text": words}
            return conversations.add_message(
                session, conversation, "agent", content, now, agent=agent, client_id=client_id, note=True
            ).id

    def release(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Give a conversation back to the queue; it keeps its age. Raises NotYours, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self._own(session, conversation_id, agent_id)
            conversations.move(session, conversation, "release", f"agent:{agent.id}", now, reason="returned")
            self.notice(session, conversation, "agent_left", now, name=agent.name)

    def give_to_bot(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Hand back to the bot, which begins anew. Raises NotYours, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self._own(session, conversation_id, agent_id)
            conversations.move(session, conversation, "give_to_bot", f"agent:{agent.id}", now, agent=agent)
            self.notice(session, conversation, "back_to_bot", now)

    def resolve(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Close a conversation that is settled. Raises NotYours, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self._own(session, conversation_id, agent_id)
            self.notice(session, conversation, "resolved", now, name=agent.name)
            conversations.move(session, conversation, "resolve", f"agent:{agent.id}", now, agent=agent)

    def escalate(
        self, session: Session, conversation: Conversation, reason: Reason, packet: dict[str, Any], now: datetime
    ) -> None:
        """Move a conversation from the bot to the queue, in the caller's transaction, and tell the shopper what happens next.

        Raises:
            IllegalMove: the bot no longer has it.
        """
        if reason == "engine_unavailable":
            self.notice(session, conversation, "engine_unavailable", now)
        conversation.packet = packet
        session.flush()
        conversations.move(session, conversation, "escalate", "bot", now, reason=reason)
        place = queue.place(session, conversation, now, self.settings.online_within)
        key = "queued" if place.people_online else "queued_nobody"
        self.notice(session, conversation, key, now, position=place.position)

    def notice(self, session: Session, conversation: Conversation, key: str, now: datetime, **values: Any) -> None:
        """Tell the shopper something in the desk's own name, in her language."""
        text = self.wording.say(conversation.language, f"shopper.{key}", **values)
        message = conversations.add_message(session, conversation, "desk", {"type": "notice", "text": text}, now)
        outbox.enqueue(session, conversation, message, now)

    def _own(self, session: Session, conversation_id: str, agent_id: str) -> tuple[Agent, Conversation]:
        conversation = conversations.lock(session, conversation_id)
        if conversation.owner != "agent" or conversation.agent_id != agent_id:
            raise NotYours(conversation.owner)
        return session.get_one(Agent, agent_id), conversation


def shopper_name(session: Session, conversation: Conversation) -> str:
    """What the shopper is called; empty when nobody said."""
    identity = session.get(Identity, conversation.identity_id)
    contact = session.get(Contact, identity.contact_id) if identity else None
    return contact.name if contact else ""


def _sendable(text: str) -> str:
    words = text.strip()
    if not words:
        raise Unsendable("There is nothing to send.")
    if len(words) > LONGEST_REPLY:
        raise Unsendable(f"The text has {len(words)} characters; at most {LONGEST_REPLY} can be sent at once.")
    return words


def _sent_before(session: Session, conversation: Conversation, client_id: str | None) -> str | None:
    if client_id is None:
        return None
    same = select(Message.id).filter_by(conversation_id=conversation.id, author="agent", client_id=client_id)
    return session.scalar(same)
