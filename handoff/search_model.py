"""The table that search looks into: a row for every message of people, and one for what is known of a conversation.

Each database indexes it in its own way: SQLite by an FTS5 table that triggers keep, PostgreSQL by a GIN index. Neither can be
declared as a table of ours, so both are made by the same statements here and in their migration.
"""

from typing import Literal

from sqlalchemy import DDL, ForeignKey, Index, String, Text, event, text
from sqlalchemy.orm import Mapped, mapped_column

from handoff.model import Base, one_of

# "note" is a message that only agents see; "about" is the shopper's name and order numbers.
SearchKind = Literal["message", "note", "about"]

# What makes a row found. A migration that copies the table on SQLite has to make the triggers anew.
SQLITE_INDEX = (
    "CREATE VIRTUAL TABLE searchable_fts USING fts5("
    "folded, content='searchable', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER searchable_added AFTER INSERT ON searchable BEGIN "
    "INSERT INTO searchable_fts(rowid, folded) VALUES (new.id, new.folded); END",
    "CREATE TRIGGER searchable_removed AFTER DELETE ON searchable BEGIN "
    "INSERT INTO searchable_fts(searchable_fts, rowid, folded) VALUES ('delete', old.id, old.folded); END",
    "CREATE TRIGGER searchable_changed AFTER UPDATE OF folded ON searchable BEGIN "
    "INSERT INTO searchable_fts(searchable_fts, rowid, folded) VALUES ('delete', old.id, old.folded); "
    "INSERT INTO searchable_fts(rowid, folded) VALUES (new.id, new.folded); END",
)
# The words are in their plainest form already: PostgreSQL's own parser, which knows addresses and numbers, is left out.
WORDS = "array_to_tsvector(string_to_array(folded, ' '))"
POSTGRES_INDEX = (f"CREATE INDEX ix_searchable_words ON searchable USING gin ({WORDS})",)
# Names that begin so are not compared with what is declared.
MADE_BY_HAND = ("searchable_fts", "ix_searchable_words")


class Searchable(Base):
    """Words in their plainest form (handoff.search_text), written with what they are of and erased with it."""

    __tablename__ = "searchable"
    __table_args__ = (
        one_of("kind", SearchKind),
        Index("uq_searchable_about", "conversation_id", unique=True, sqlite_where=text("kind = 'about'"),
              postgresql_where=text("kind = 'about'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"), index=True)
    kind: Mapped[SearchKind] = mapped_column(String(10))
    folded: Mapped[str] = mapped_column(Text)


for _dialect, _statements in (("sqlite", SQLITE_INDEX), ("postgresql", POSTGRES_INDEX)):
    for _statement in _statements:
        event.listen(Searchable.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
