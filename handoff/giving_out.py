"""A shopper's data, given out on request: everything that is kept of her, whoever wrote it down."""

import base64
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff import contacts, labels
from handoff.contact_model import Rating
from handoff.desk_model import Attachment, AttachmentContent, Suggestion
from handoff.left_model import LeftMessage
from handoff.mail_model import MailLetter, MailThread
from handoff.media_model import FileFetch
from handoff.model import Agent, Base, Callback, Contact, Conversation, Feedback, Identity, Message, OrderLookup, Turn


def export(session: Session, contact: Contact) -> dict[str, Any]:
    """Everything that is kept of a shopper, as plain JSON: times are ISO 8601 in UTC."""
    identities = list(session.scalars(select(Identity).where(Identity.contact_id == contact.id)))
    hers = Conversation.identity_id.in_([identity.id for identity in identities])
    conversations = session.scalars(select(Conversation).where(hers).order_by(Conversation.created_at))
    return {
        "name": contact.name,
        "known_since": contact.created_at.isoformat(),
        "addresses": [
            {
                "channel": one.channel,
                "address": one.address,
                "since": one.created_at.isoformat(),
                "time_zone": one.time_zone,
            }
            for one in identities
        ],
        "mail_threads": [
            {"from": one.sender, "to": one.ours, "subject": one.subject, "since": one.created_at.isoformat()}
            for one in session.scalars(
                select(MailThread).where(MailThread.identity_id.in_([identity.id for identity in identities]))
            )
        ],
        "proved": [
            {"kind": one.kind, "value": one.value, "since": one.verified_at.isoformat()}
            for one in contacts.keys_of(session, contact.id)
        ],
        "conversations": [_exported(session, conversation) for conversation in conversations],
    }


def _exported_file(session: Session, file: Attachment) -> dict[str, Any]:
    data = session.get_one(AttachmentContent, file.id).data
    return {
        "at": file.created_at.isoformat(),
        "by": "shopper" if file.agent_id is None else "agent",
        "sent": file.message_id is not None,
        "name": file.name,
        "media_type": file.media_type,
        "content_base64": base64.b64encode(data).decode(),
    }


def _exported(session: Session, conversation: Conversation) -> dict[str, Any]:
    def rows(table: type[Base], order: Any) -> list[Any]:
        return list(
            session.scalars(select(table).where(table.__table__.c.conversation_id == conversation.id).order_by(order))
        )

    return {
        "id": conversation.id,
        "began": conversation.created_at.isoformat(),
        "closed": conversation.closed_at.isoformat() if conversation.closed_at else None,
        "language": conversation.language,
        "reason_for_a_person": conversation.reason,
        "told_to_agents": conversation.packet,
        "ended_as": conversation.resolution,
        "labels": [label.name for label in labels.of(session, conversation.id)],
        "mails": [{"at": row.at.isoformat(), "id": row.mail_id} for row in rows(MailLetter, MailLetter.at)],
        "answers_wanted_at": [
            {"at": row.left_at.isoformat(), "email": row.email} for row in rows(LeftMessage, LeftMessage.left_at)
        ],
        "messages": [
            {
                "at": message.created_at.isoformat(),
                "by": message.author,
                "note": message.note,
                "text": message.content.get("text", ""),
            }
            for message in rows(Message, Message.seq)
        ],
        "files": [_exported_file(session, file) for file in rows(Attachment, Attachment.created_at)],
        "files_to_come": [
            {"at": row.created_at.isoformat(), "name": row.name} for row in rows(FileFetch, FileFetch.created_at)
        ],
        "order_lookups": [
            {"at": row.at.isoformat(), "order": row.order_number, "found": row.found}
            for row in rows(OrderLookup, OrderLookup.id)
        ],
        "feedback": [
            {"at": row.at.isoformat(), "article": row.article_id, "helpful": row.helpful}
            for row in rows(Feedback, Feedback.id)
        ],
        "ratings": [
            {
                "at": row.rated_at.isoformat() if row.rated_at else None,
                "asked": row.asked_at.isoformat(),
                "about": session.get_one(Agent, row.agent_id).name,
                "score": row.score,
                "comment": row.comment,
            }
            for row in rows(Rating, Rating.id)
        ],
        "calls_asked_for": [
            {
                "at": row.asked_at.isoformat(),
                "phone": row.phone,
                "wish": row.wish,
                "due": row.due_at.isoformat() if row.due_at else None,
                "state": row.state,
            }
            for row in rows(Callback, Callback.id)
        ],
        "articles_suggested": [
            {"at": row.at.isoformat(), "article": row.article_id, "to": row.question, "used": row.used}
            for row in rows(Suggestion, Suggestion.id)
        ],
        "understood_as": [
            {
                "text": turn.text,
                "decision": turn.decision,
                "article": turn.article_id,
                "understanding": turn.understanding,
            }
            for turn in rows(Turn, Turn.seq)
        ],
    }
