"""Search over conversations, with what was said so far; and what agents are told by Telegram while no console is open."""

import json
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_AT_ONCE = 500  # rows


def upgrade() -> None:
    op.create_table('searchable',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.String(length=32), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('folded', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('message', 'note', 'about')", name=op.f('ck_searchable_kind')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_searchable_conversation_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_searchable_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_searchable'))
    )
    with op.batch_alter_table('searchable', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_searchable_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_searchable_message_id'), ['message_id'], unique=False)
        batch_op.create_index('uq_searchable_about', ['conversation_id'], unique=True, sqlite_where=sa.text("kind = 'about'"), postgresql_where=sa.text("kind = 'about'"))

    op.create_table('ping',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('sent_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint("kind IN ('queue', 'assigned', 'wrote')", name=op.f('ck_ping_kind')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_ping_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_ping_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ping')),
    sa.UniqueConstraint('agent_id', 'conversation_id', name=op.f('uq_ping_agent_id_conversation_id'))
    )
    with op.batch_alter_table('ping', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ping_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ping_not_before'), ['not_before'], unique=False)

    op.create_table('chat_link',
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_chat_link_agent_id')),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_chat_link')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_chat_link_code_hash'))
    )
    _index()
    _fill()


def _index() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute("CREATE INDEX ix_searchable_words ON searchable USING gin (array_to_tsvector(string_to_array(folded, ' ')))")
        return
    op.execute("CREATE VIRTUAL TABLE searchable_fts USING fts5(folded, content='searchable', content_rowid='id', tokenize='unicode61 remove_diacritics 0')")
    op.execute("CREATE TRIGGER searchable_added AFTER INSERT ON searchable BEGIN INSERT INTO searchable_fts(rowid, folded) VALUES (new.id, new.folded); END")
    op.execute("CREATE TRIGGER searchable_removed AFTER DELETE ON searchable BEGIN INSERT INTO searchable_fts(searchable_fts, rowid, folded) VALUES ('delete', old.id, old.folded); END")
    op.execute("CREATE TRIGGER searchable_changed AFTER UPDATE OF folded ON searchable BEGIN INSERT INTO searchable_fts(searchable_fts, rowid, folded) VALUES ('delete', old.id, old.folded); INSERT INTO searchable_fts(rowid, folded) VALUES (new.id, new.folded); END")


def _fill() -> None:
    """What was there before is found too."""
    said = sa.text(
        "SELECT conversation_id, id, note, content FROM message WHERE author IN ('shopper', 'agent') ORDER BY created_at"
    )
    rows = []
    for conversation_id, message_id, note, content in op.get_bind().execute(said):
        words = _folded(str((json.loads(content) if isinstance(content, str) else content).get('text', '')))
        if words:
            rows.append({'c': conversation_id, 'm': message_id, 'k': 'note' if note else 'message', 'f': words})
    about = sa.text(
        "SELECT c.id, p.name FROM conversation c JOIN identity i ON i.id = c.identity_id JOIN contact p ON p.id = i.contact_id"
    )
    orders: dict[str, list[str]] = {}
    for conversation_id, number in op.get_bind().execute(
        sa.text("SELECT DISTINCT conversation_id, order_number FROM order_lookup ORDER BY order_number")
    ):
        orders.setdefault(conversation_id, []).append(number)
    for conversation_id, name in op.get_bind().execute(about):
        words = _folded(' · '.join([name, *orders.get(conversation_id, ())]))
        rows.append({'c': conversation_id, 'm': None, 'k': 'about', 'f': words})
    insert = sa.text("INSERT INTO searchable (conversation_id, message_id, kind, folded) VALUES (:c, :m, :k, :f)")
    for begin in range(0, len(rows), _AT_ONCE):
        op.get_bind().execute(insert, rows[begin : begin + _AT_ONCE])


# As handoff.search_text was at the time of this migration.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
_PLAIN = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ħ": "h", "ı": "i"})


def _folded(text: str) -> str:
    words = (_fold(word) for word in _WORD.findall(unicodedata.normalize("NFC", text)))
    return " ".join([word for word in words if word][:4_000])


def _fold(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(one for one in apart if not unicodedata.combining(one)).translate(_PLAIN)
    return re.sub(r"[\W_]+", "", letters)[:64]
