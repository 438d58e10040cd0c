"""How often a message is sent anew, because the provider could not deliver what it had taken."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('anew', sa.Integer(), server_default='0', nullable=False))
