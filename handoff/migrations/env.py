"""Alembic's environment: always on the connection that `handoff.migrate` hands over."""

from alembic import context

import handoff.people_model  # noqa: F401 - its tables
from handoff.model import Base, UtcDateTime


def render_item(kind, item, _):  # type: ignore[no-untyped-def]
    """Migrations name the column type of the database, not ours: it may change its code."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    render_item=render_item,
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
