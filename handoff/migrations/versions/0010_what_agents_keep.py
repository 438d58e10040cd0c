"""Canned answers that are an agent's own; in which time zone a shopper's browser is."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('canned_answer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner_id', sa.String(length=32), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_canned_answer_shortcut_language'), type_='unique')
        batch_op.create_check_constraint('own', 'owner_id IS NULL OR team_id IS NULL')
        batch_op.create_foreign_key(batch_op.f('fk_canned_answer_owner_id'), 'agent', ['owner_id'], ['id'])
        batch_op.create_index('uq_canned_answer_own', ['owner_id', 'shortcut', 'language'], unique=True)
        batch_op.create_index('uq_canned_answer_shared', ['shortcut', 'language'], unique=True,
                              sqlite_where=sa.text('owner_id IS NULL'), postgresql_where=sa.text('owner_id IS NULL'))
    op.add_column('identity', sa.Column('time_zone', sa.String(length=64), nullable=True))
