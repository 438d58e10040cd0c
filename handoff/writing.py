"""What agents write: replies, which are promised to the shopper, and notes, which only the team sees."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import attachments, canned, conversations, markdown, outbox
from handoff.model import Agent, Conversation, Message

LONGEST_REPLY = 5_000  # characters; every channel splits what it cannot show at once
_PLACEHOLDER = re.compile(r"\{(" + "|".join(canned.VARIABLES) + r")\}")


class Unsendable(Exception):
    """The text is empty or too long, or holds what no shopper should read. `reason` is for pages that say it themselves."""

    def __init__(self, words: str, reason: str = "", **values: Any) -> None:
        super().__init__(words)
        self.reason, self.values = reason, values


def reply(
    session: Session,
    conversation: Conversation,
    agent: Agent,
    text: str,
    client_id: str | None,
    now: datetime,
    files: Sequence[str] = (),
) -> str:
    """Say something to the shopper; returns the message's id. The caller holds the conversation, which is the agent's.

    Raises:
        Unsendable, RefusedFile.
    """
    known = sent_before(session, conversation, client_id)
    if known is not None:
        return known
    words = sendable(text, empty=bool(files))
    if left := unfilled(words):
        names = ", ".join(left)
        raise Unsendable(f"Fill in {names} first; the shopper would read the braces.", "unfilled", names=names)
    content = _content(words)
    message = _say(session, conversation, agent, content, client_id, now, files, note=False)
    outbox.enqueue(session, conversation, message, now)
    return message.id


def send(
    session: Session,
    conversation: Conversation,
    agent: Agent,
    content: dict[str, Any],
    client_id: str | None,
    now: datetime,
) -> str:
    """Send content that is ready, a template or an article; returns the message's id. The caller holds the conversation,
    which is the agent's."""
    known = sent_before(session, conversation, client_id)
    if known is not None:
        return known
    message = _say(session, conversation, agent, content, client_id, now, (), note=False)
    outbox.enqueue(session, conversation, message, now)
    return message.id


def note(
    session: Session,
    conversation: Conversation,
    agent: Agent,
    text: str,
    client_id: str | None,
    now: datetime,
    files: Sequence[str] = (),
) -> str:
    """Leave a note for the team; returns the message's id. The caller holds the conversation. Raises as `reply`."""
    known = sent_before(session, conversation, client_id)
    if known is not None:
        return known
    words = sendable(text, empty=bool(files))
    return _say(session, conversation, agent, _content(words), client_id, now, files, note=True).id


def unfilled(text: str) -> list[str]:
    """The variables that still stand in a text, each once."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def sendable(text: str, *, empty: bool = False) -> str:
    """The text without spaces around it. Raises Unsendable when it is too long or, unless `empty`, empty."""
    words = text.strip()
    if not words and not empty:
        raise Unsendable("There is nothing to send.", "empty")
    if len(words) > LONGEST_REPLY:
        raise Unsendable(
            f"The text has {len(words)} characters; at most {LONGEST_REPLY} can be sent at once.",
            "too_long",
            count=len(words),
            most=LONGEST_REPLY,
        )
    return words


def _content(words: str) -> dict[str, Any]:
    """Plain text, and what the agent marked up as HTML beside it where that says more."""
    html = markdown.to_html(words)
    if not markdown.is_marked_up(html):
        return {"type": "text", "text": words}
    return {"type": "text", "text": markdown.to_text(words), "html": html}


def _say(
    session: Session,
    conversation: Conversation,
    agent: Agent,
    content: dict[str, Any],
    client_id: str | None,
    now: datetime,
    files: Sequence[str],
    *,
    note: bool,
) -> Message:
    held = attachments.unsent(session, conversation, agent.id, files) if files else []
    if held:
        content["attachments"] = [attachments.shown(file) for file in held]
    message = conversations.add_message(
        session, conversation, "agent", content, now, agent=agent, client_id=client_id, note=note
    )
    attachments.send_with(message.id, held)
    return message


def sent_before(session: Session, conversation: Conversation, client_id: str | None) -> str | None:
    """The message that was stored for this client id, when it is sent a second time."""
    if client_id is None:
        return None
    same = select(Message.id).filter_by(conversation_id=conversation.id, author="agent", client_id=client_id)
    return session.scalar(same)
