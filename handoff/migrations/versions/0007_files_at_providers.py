"""Files that are still to be fetched, the key that signs links to files, and when a shopper wrote last."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('file_fetch',
    sa.Column('id', sa.String(length=43), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(), nullable=False),
    sa.Column('lease_until', sa.DateTime(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_file_fetch_conversation_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_file_fetch_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_file_fetch'))
    )
    with op.batch_alter_table('file_fetch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_file_fetch_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_file_fetch_message_id'), ['message_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_file_fetch_not_before'), ['not_before'], unique=False)

    op.create_table('signing_key',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_signing_key'))
    )
    op.add_column('identity', sa.Column('wrote_at', sa.DateTime(), nullable=True))
