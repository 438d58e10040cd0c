"""Why a message was not delivered, as agents read it in their language."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('why', sa.String(length=20), nullable=True))
