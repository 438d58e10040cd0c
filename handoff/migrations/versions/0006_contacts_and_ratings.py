"""Who a shopper is over all channels, and what she thought of the help she got."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contact_key',
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('value', sa.String(length=254), nullable=False),
    sa.Column('contact_id', sa.String(length=32), nullable=False),
    sa.Column('verified_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("kind IN ('email', 'phone', 'user')", name=op.f('ck_contact_key_kind')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_contact_key_contact_id')),
    sa.PrimaryKeyConstraint('kind', 'value', name=op.f('pk_contact_key'))
    )
    with op.batch_alter_table('contact_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_key_contact_id'), ['contact_id'], unique=False)

    op.create_table('rating',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('rated_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('(score IS NULL) = (rated_at IS NULL)', name=op.f('ck_rating_rated')),
    sa.CheckConstraint('score BETWEEN 1 AND 5', name=op.f('ck_rating_score')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_rating_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_rating_conversation_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_rating_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rating')),
    sa.UniqueConstraint('message_id', name=op.f('uq_rating_message_id'))
    )
    with op.batch_alter_table('rating', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rating_agent_id'), ['agent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rating_conversation_id'), ['conversation_id'], unique=False)
