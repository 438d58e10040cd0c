"""E-mail: threads, what mails were called, how far mailboxes were read; when a call is due; links into a private chat.

A mail address has up to 254 characters, and a thread's has some more."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mail_folder',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('uid_validity', sa.BigInteger(), nullable=False),
    sa.Column('last_uid', sa.BigInteger(), nullable=False),
    sa.Column('read_at', sa.DateTime(), nullable=False),
    sa.Column('reader', sa.String(length=32), nullable=False),
    sa.Column('lease_until', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_mail_folder'))
    )
    op.create_table('mail_left',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('folder', sa.String(length=64), nullable=False),
    sa.Column('uid_validity', sa.BigInteger(), nullable=False),
    sa.Column('uid', sa.BigInteger(), nullable=False),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_left')),
    sa.UniqueConstraint('folder', 'uid_validity', 'uid', name=op.f('uq_mail_left_folder_uid_validity_uid'))
    )
    with op.batch_alter_table('mail_left', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mail_left_at'), ['at'], unique=False)

    op.create_table('mail_thread',
    sa.Column('identity_id', sa.String(length=32), nullable=False),
    sa.Column('sender', sa.String(length=254), nullable=False),
    sa.Column('ours', sa.String(length=254), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('proven', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['identity_id'], ['identity.id'], name=op.f('fk_mail_thread_identity_id')),
    sa.PrimaryKeyConstraint('identity_id', name=op.f('pk_mail_thread'))
    )
    with op.batch_alter_table('mail_thread', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mail_thread_sender'), ['sender'], unique=False)

    op.create_table('private_link',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=True),
    sa.Column('agent_id', sa.String(length=32), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=5), nullable=False),
    sa.Column('created_at', sa.DateTime(), nullable=False),
    sa.Column('expires_at', sa.DateTime(), nullable=False),
    sa.Column('used_at', sa.DateTime(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_private_link_agent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_private_link_conversation_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_private_link'))
    )
    with op.batch_alter_table('private_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_private_link_conversation_id'), ['conversation_id'], unique=False)

    op.create_table('mail_letter',
    sa.Column('message_id', sa.String(length=32), nullable=False),
    sa.Column('conversation_id', sa.String(length=32), nullable=False),
    sa.Column('mail_id', sa.String(length=255), nullable=False),
    sa.Column('earlier', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_mail_letter_conversation_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_mail_letter_message_id')),
    sa.PrimaryKeyConstraint('message_id', name=op.f('pk_mail_letter'))
    )
    with op.batch_alter_table('mail_letter', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mail_letter_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_mail_letter_mail_id'), ['mail_id'], unique=False)

    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.add_column(sa.Column('due_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('reminded_at', sa.DateTime(), nullable=True))

    with op.batch_alter_table('identity', schema=None) as batch_op:
        batch_op.alter_column('address',
               existing_type=sa.VARCHAR(length=200),
               type_=sa.String(length=320),
               existing_nullable=False)

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.alter_column('address',
               existing_type=sa.VARCHAR(length=200),
               type_=sa.String(length=320),
               existing_nullable=False)
