"""The migrations lead from nothing to exactly the tables that the code declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from handoff.database import Database
from handoff.migrate import alembic_config, is_current, upgrade
from handoff.model import Base

MEND = "write a migration: handoff/migrations/versions/ must lead to what handoff/model.py declares"


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/migrated.sqlite")
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def declared(tmp_path: Path) -> Iterator[Database]:
    """The tables as the models would make them, without migrations."""
    database = Database(f"sqlite:///{tmp_path}/declared.sqlite")
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def schema(database: Database) -> dict[str, dict[str, Any]]:
    """Every table with its columns, keys, checks and indexes, conditions of partial indexes included."""
    found = inspect(database.engine)
    with database.read() as session:
        indexes = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
        conditions = {name: " ".join(sql.split()) for name, sql in indexes}
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table)},
            "primary key": found.get_pk_constraint(table),
            "foreign keys": _by_name(found.get_foreign_keys(table)),
            "unique": _by_name(found.get_unique_constraints(table)),
            "checks": {check["name"]: check["sqltext"] for check in found.get_check_constraints(table)},
            "indexes": {i["name"]: conditions.get(str(i["name"]), "") for i in found.get_indexes(table)},
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def _by_name(constraints: list[Any]) -> list[Any]:
    return sorted(constraints, key=lambda constraint: str(constraint["name"]))


def test_alembic_finds_nothing_left_to_do(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == [], MEND


def test_migrated_tables_are_the_declared_ones_down_to_every_constraint(migrated: Database, declared: Database) -> None:
    by_migration, by_model = schema(migrated), schema(declared)
    assert by_migration.keys() == by_model.keys(), MEND
    for table, parts in by_model.items():
        assert by_migration[table] == parts, f"table '{table}' differs; {MEND}"


def test_there_is_one_newest_migration_and_all_lead_to_it(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert len(scripts.get_heads()) == 1
    assert [script.revision for script in scripts.walk_revisions()][-1] == scripts.get_base()


def test_a_database_knows_whether_it_is_current(migrated: Database, declared: Database) -> None:
    with migrated.engine.connect() as connection:
        assert is_current(connection)
    with declared.engine.connect() as connection:
        assert not is_current(connection)


def test_bringing_a_database_up_to_date_twice_changes_nothing_and_loses_nothing(migrated: Database) -> None:
    with migrated.write() as session:
        session.execute(text("INSERT INTO contact VALUES ('c', 'Lan', '2026-01-01')"))
    before = schema(migrated)
    upgrade(migrated)
    assert schema(migrated) == before
    with migrated.read() as session:
        assert session.scalar(text("SELECT name FROM contact")) == "Lan"
