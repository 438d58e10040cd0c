"""Search over conversations: what people wrote, notes included, shoppers' names, order numbers, labels. For agents only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, text
from sqlalchemy.orm import Session

from handoff.desk_model import Label, Labelled
from handoff.model import Contact, Conversation, Identity, Message, OrderLookup
from handoff.search_model import WORDS, Searchable, SearchKind
from handoff.search_text import folded, snippet, terms

MOST_FOUND = 30  # conversations
_MOST_HITS = 300  # rows that are looked at, the latest first
_SEARCHED_AUTHORS = ("shopper", "agent")  # what the bot said is the same in a thousand conversations


@dataclass(frozen=True)
class Found:
    """A conversation, and its latest place that fits. `where` is a kind of row, or "label"."""

    conversation_id: str
    where: str
    pieces: list[dict[str, Any]]
    seq: int | None  # of the message


def add_message(session: Session, message: Message) -> None:
    """Let a message be found, from its own transaction on."""
    said = folded(str(message.content.get("text", ""))) if message.author in _SEARCHED_AUTHORS else ""
    if said:
        kind: SearchKind = "note" if message.note else "message"
        row = Searchable(conversation_id=message.conversation_id, message_id=message.id, kind=kind, folded=said)
        session.flush()  # the message comes first
        session.add(row)


def know(session: Session, conversation_id: str) -> None:
    """Write anew by which names and numbers a conversation is found; to be called when one of them has changed."""
    session.flush()
    words = folded(_about(session, conversation_id))
    row = session.scalar(
        select(Searchable).where(Searchable.conversation_id == conversation_id, Searchable.kind == "about")
    )
    if row is None:
        session.add(Searchable(conversation_id=conversation_id, message_id=None, kind="about", folded=words))
    elif row.folded != words:
        row.folded = words


def forget(session: Session) -> None:
    """What was deleted leaves SQLite's index with this: until then its words stand in old parts of it, which nobody finds but
    who reads the file. PostgreSQL sees to that itself."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO searchable_fts(searchable_fts) VALUES ('optimize')"))


def find(session: Session, query: str, conditions: Sequence[ColumnElement[bool]]) -> list[Found]:
    """The conversations that fit, the latest words first. Every word of the query is the beginning of one in the same place.

    `conditions` are on Conversation and Identity: what may be read, and what is asked for beside.
    """
    wanted = terms(query)
    if not wanted:
        return []
    hits = (
        select(Searchable)
        .join(Conversation, Conversation.id == Searchable.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(_fits(session, wanted), *conditions)
        .order_by(Searchable.id.desc())
        .limit(_MOST_HITS)
    )
    found: dict[str, Searchable | None] = {}
    for hit in session.scalars(hits):
        found.setdefault(hit.conversation_id, hit)
    for conversation_id in _labelled(session, wanted, conditions):
        found.setdefault(conversation_id, None)
    return [_shown(session, one, hit, wanted) for one, hit in list(found.items())[:MOST_FOUND]]


def _fits(session: Session, wanted: list[str]) -> ColumnElement[bool]:
    """The words are letters and digits alone: neither database's query language can be spoken with them."""
    if session.get_bind().dialect.name == "postgresql":
        asked, condition = " & ".join(f"'{word}':*" for word in wanted), f"{WORDS} @@ CAST(:asked AS tsquery)"
    else:
        asked = " ".join(f'"{word}"*' for word in wanted)
        condition = "searchable.id IN (SELECT rowid FROM searchable_fts WHERE searchable_fts MATCH :asked)"
    return text(condition).bindparams(bindparam("asked", asked))  # type: ignore[return-value]


def _labelled(session: Session, wanted: list[str], conditions: Sequence[ColumnElement[bool]]) -> list[str]:
    """Labels are few, and may be renamed: they are looked through as they are."""
    names = session.execute(select(Label.id, Label.name).where(Label.disabled_at.is_(None))).tuples()
    fitting = [one for one, name in names if all(_begins(name, word) for word in wanted)]
    if not fitting:
        return []
    query = (
        select(Labelled.conversation_id)
        .join(Conversation, Conversation.id == Labelled.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .where(Labelled.label_id.in_(fitting), *conditions)
        .order_by(Labelled.at.desc())
        .limit(MOST_FOUND)
    )
    return list(session.scalars(query))


def _begins(name: str, word: str) -> bool:
    return any(part.startswith(word) for part in folded(name).split())


def _shown(session: Session, conversation_id: str, hit: Searchable | None, wanted: list[str]) -> Found:
    if hit is None:
        names = select(Label.name).join(Labelled, Labelled.label_id == Label.id)
        labels = " · ".join(session.scalars(names.where(Labelled.conversation_id == conversation_id)))
        return Found(conversation_id, "label", _pieces(labels, wanted), None)
    if hit.message_id is None:
        return Found(conversation_id, hit.kind, _pieces(_about(session, conversation_id), wanted), None)
    message = session.get_one(Message, hit.message_id)
    return Found(conversation_id, hit.kind, _pieces(str(message.content.get("text", "")), wanted), message.seq)


def _pieces(said: str, wanted: list[str]) -> list[dict[str, Any]]:
    return [asdict(piece) for piece in snippet(said, wanted)]


def _about(session: Session, conversation_id: str) -> str:
    """The shopper's name, then the numbers of the orders that she asked about."""
    name = session.scalar(
        select(Contact.name)
        .join(Identity, Identity.contact_id == Contact.id)
        .join(Conversation, Conversation.identity_id == Identity.id)
        .where(Conversation.id == conversation_id)
    )
    orders = select(OrderLookup.order_number).where(OrderLookup.conversation_id == conversation_id)
    return " · ".join([name or "", *session.scalars(orders.distinct().order_by(OrderLookup.order_number))])
