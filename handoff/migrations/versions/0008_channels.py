"""Channels that admins set up on a page, the passes that providers lend us, both sealed; and who has blocked the shop."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('channel_setup',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('switched_on', sa.Boolean(), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.Column('changed_by', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['agent.id'], name=op.f('fk_channel_setup_changed_by')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_channel_setup'))
    )
    op.create_table('channel_pass',
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('begun_with', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('lease_until', sa.DateTime(), nullable=True),
    sa.Column('trouble', sa.String(length=40), nullable=True),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_channel_pass'))
    )
    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.add_column(sa.Column('blocked_at', sa.DateTime(), nullable=True))
