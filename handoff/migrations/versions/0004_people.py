"""How people get in: invitations, second steps, sign-in tries, known browsers, a provider; the shop's hours."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('provider_sign_in',
    sa.Column('state_hash', sa.String(length=64), nullable=False),
    sa.Column('browser_hash', sa.String(length=64), nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('verifier', sa.String(length=128), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('state_hash', name=op.f('pk_provider_sign_in'))
    )
    op.create_table('shop_hours',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('hours', sa.JSON(), nullable=True),
    sa.Column('changed_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_shop_hours_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shop_hours'))
    )
    op.create_table('sign_in_try',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('account_hash', sa.String(length=64), nullable=False),
    sa.Column('device_hash', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_try'))
    )
    with op.batch_alter_table('sign_in_try', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_try_account', ['account_hash', 'at'], unique=False)
        batch_op.create_index('ix_sign_in_try_address', ['address', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_sign_in_try_at'), ['at'], unique=False)

    op.create_table('access_link',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=10), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=True),
    sa.Column('team_ids', sa.JSON(), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=True),
    sa.Column('made_by', sa.String(length=32), nullable=True),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.CheckConstraint("(purpose = 'invitation') = (role IS NOT NULL)", name=op.f('ck_access_link_invited')),
    sa.CheckConstraint("(purpose = 'password') = (agent_id IS NOT NULL)", name=op.f('ck_access_link_known')),
    sa.CheckConstraint("purpose IN ('invitation', 'password')", name=op.f('ck_access_link_purpose')),
    sa.CheckConstraint("role IN ('admin', 'lead', 'agent')", name=op.f('ck_access_link_role')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_access_link_agent_id')),
    sa.ForeignKeyConstraint(['made_by'], ['agent.id'], name=op.f('fk_access_link_made_by')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_access_link')),
    sa.UniqueConstraint('purpose', 'email', name=op.f('uq_access_link_purpose_email'))
    )
    op.create_table('half_sign_in',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_half_sign_in_agent_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_half_sign_in'))
    )
    with op.batch_alter_table('half_sign_in', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_half_sign_in_agent_id'), ['agent_id'], unique=False)

    op.create_table('known_device',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_known_device_agent_id')),
    sa.PrimaryKeyConstraint('token_hash', 'agent_id', name=op.f('pk_known_device'))
    )
    with op.batch_alter_table('known_device', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_known_device_agent_id'), ['agent_id'], unique=False)

    op.create_table('provider_identity',
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_provider_identity_agent_id')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_provider_identity'))
    )
    with op.batch_alter_table('provider_identity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provider_identity_agent_id'), ['agent_id'], unique=False)

    op.create_table('recovery_code',
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_recovery_code_agent_id')),
    sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_recovery_code'))
    )
    with op.batch_alter_table('recovery_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_code_agent_id'), ['agent_id'], unique=False)

    op.create_table('second_step',
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(), nullable=True),
    sa.Column('last_used', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_second_step_agent_id')),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_second_step'))
    )
    with op.batch_alter_table('agent_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('used_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('device', sa.String(length=300), server_default='', nullable=False))
