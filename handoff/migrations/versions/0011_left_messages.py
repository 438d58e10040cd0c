"""Messages left instead of waiting; calls that are overdue, and agents reminded of calls."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('left_message',
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('left_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_left_message_conversation_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_left_message_message_id')),
    sa.PrimaryKeyConstraint('conversation_id', name=op.f('pk_left_message'))
    )
    with op.batch_alter_table('left_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_left_message_email'), ['email'], unique=False)

    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.add_column(sa.Column('overdue_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('ping', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_ping_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_ping_kind'), "kind IN ('queue', 'assigned', 'wrote', 'call')")
