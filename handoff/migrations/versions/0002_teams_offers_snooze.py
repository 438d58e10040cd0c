"""Teams, offers, callbacks, rest; what agents can take on; deliveries as providers tell of them."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('team',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('hours', sa.JSON(), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('name', name=op.f('uq_team_name'))
    )
    op.create_table('team_member',
    sa.Column('team_id', sa.String(length=32), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_team_member_agent_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_member_team_id')),
    sa.PrimaryKeyConstraint('team_id', 'agent_id', name=op.f('pk_team_member'))
    )
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_team_member_agent_id'), ['agent_id'], unique=False)

    op.create_table('callback',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('wish', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('agent_id', sa.String(length=32), nullable=True),
    sa.CheckConstraint("state IN ('open', 'done', 'cancelled')", name=op.f('ck_callback_state')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_callback_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_callback_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback'))
    )
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_callback_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index('uq_callback_open', ['conversation_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('offer',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('offered_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=True),
    sa.CheckConstraint("outcome IN ('accepted', 'declined', 'expired', 'withdrawn')", name=op.f('ck_offer_outcome')),
    sa.CheckConstraint('(outcome IS NULL) = (ended_at IS NULL)', name=op.f('ck_offer_ended')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_offer_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_offer_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer'))
    )
    with op.batch_alter_table('offer', schema=None) as batch_op:
        batch_op.create_index('ix_offer_agent', ['agent_id'], unique=False, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_offer_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index('uq_offer_open', ['conversation_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    with op.batch_alter_table('agent', schema=None) as batch_op:
        batch_op.add_column(sa.Column('languages', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('skills', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('capacity', sa.Integer(), nullable=False, server_default='5'))
        batch_op.add_column(sa.Column('available', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('served_at', sa.DateTime(), nullable=True))
        batch_op.create_check_constraint('capacity', 'capacity >= 0')

    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('snoozed_until', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('team_id', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('skills', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('priority', sa.Integer(), nullable=False, server_default='0'))
        batch_op.drop_index(batch_op.f('ix_conversation_queue'), sqlite_where=sa.text("owner = 'queue'"))
        batch_op.create_index('ix_conversation_queue', ['priority', 'queued_at'], unique=False, sqlite_where=sa.text("owner = 'queue'"), postgresql_where=sa.text("owner = 'queue'"))
        batch_op.create_check_constraint('snoozed', "snoozed_until IS NULL OR owner = 'agent'")
        batch_op.create_foreign_key(batch_op.f('fk_conversation_team_id'), 'team', ['team_id'], ['id'])

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('uncertain', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('delivered_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('read_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('turn', schema=None) as batch_op:
        batch_op.add_column(sa.Column('messages', sa.Integer(), nullable=False, server_default='1'))

