"""The migrations lead from nothing, and every earlier schema with its rows, to exactly what the code declares."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.exc import IntegrityError

import handoff
import handoff.people_model
from handoff.database import Database
from handoff.migrate import alembic_config, is_current, upgrade
from handoff.schema import METADATA
from handoff.search_model import MADE_BY_HAND
from tests.contract.first_rows import FIRST_ROWS
from tests.racing import failures, together

MEND = "write a migration: handoff/migrations/versions/ must lead to what handoff/model.py declares"
_SCRIPTS = ScriptDirectory(str(Path(next(iter(handoff.__path__))) / "migrations"))
EARLIER = [script.revision for script in _SCRIPTS.walk_revisions() if script.revision not in _SCRIPTS.get_heads()]


@pytest.fixture
def newest(database_url: str) -> Iterator[Database]:
    """A database that the migrations made."""
    database = Database(database_url)
    yield database
    database.close()


def schema(database: Database) -> dict[str, dict[str, Any]]:
    """Every table with its columns, keys, checks and indexes, conditions of partial indexes included."""
    found = inspect(database.engine)
    of_sqlite = (
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type <> 'table' OR sql LIKE 'CREATE V%')"
    )
    of_postgres = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    with database.read() as session:
        indexes = session.execute(text(of_sqlite if database.is_sqlite else of_postgres))
        conditions = {name: " ".join(sql.split()) for name, sql in indexes}
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(table)},
            "primary key": found.get_pk_constraint(table),
            "foreign keys": _by_name(found.get_foreign_keys(table)),
            "unique": _by_name(found.get_unique_constraints(table)),
            "checks": {check["name"]: check["sqltext"] for check in found.get_check_constraints(table)},
            "triggers": {
                name: sql for name, sql in conditions.items() if sql.startswith(("CREATE TRIGGER", "CREATE V"))
            },
            "indexes": {i["name"]: conditions.get(str(i["name"]), "") for i in found.get_indexes(table)},
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def _by_name(constraints: list[Any]) -> list[Any]:
    return sorted(constraints, key=lambda constraint: str(constraint["name"]))


def _compared(name: str | None, *_: object) -> bool:
    """What cannot be declared is compared by the next test, statement by statement."""
    return not (name or "").startswith(MADE_BY_HAND)


def test_alembic_finds_nothing_left_to_do(newest: Database) -> None:
    with newest.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _compared})
        assert compare_metadata(context, METADATA) == [], MEND


def test_migrated_tables_are_the_declared_ones_down_to_every_constraint(newest: Database, declared: Database) -> None:
    by_migration, by_model = schema(newest), schema(declared)
    assert by_migration.keys() == by_model.keys(), MEND
    for table, parts in by_model.items():
        assert by_migration[table] == parts, f"table '{table}' differs; {MEND}"


def test_there_is_one_newest_migration_and_all_lead_to_it(newest: Database) -> None:
    with newest.engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert len(scripts.get_heads()) == 1
    assert [script.revision for script in scripts.walk_revisions()][-1] == scripts.get_base()


def rows(database: Database, columns: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
    """What stands in these columns of these tables, whatever the order."""
    tables = MetaData()
    tables.reflect(database.engine)
    with database.read() as session:
        return {
            name: sorted(
                (dict(row._mapping) for row in session.execute(select(*(tables.tables[name].c[c] for c in wanted)))),
                key=str,
            )
            for name, wanted in columns.items()
        }


@pytest.mark.parametrize("revision", EARLIER)
def test_every_earlier_database_becomes_the_newest_with_all_its_rows(
    empty: Database, declared: Database, revision: str
) -> None:
    upgrade(empty, revision)
    tables = MetaData()
    tables.reflect(empty.engine)
    with empty.write() as session:
        for name, given in FIRST_ROWS.items():
            for row in given:
                session.execute(tables.tables[name].insert().values(row))
    columns = {
        table.name: [column.name for column in table.columns]
        for table in tables.sorted_tables
        if table.name != "alembic_version"
    }
    before = rows(empty, columns)
    if revision == "0001":
        assert all(before.values()), "every table of the first schema has a row in FIRST_ROWS"

    upgrade(empty)

    assert schema(empty) == schema(declared), MEND
    assert rows(empty, columns) == before
    _keys_hold(empty)
    with empty.engine.connect() as connection:
        assert is_current(connection)


def _keys_hold(database: Database) -> None:
    """Rows that point to nothing are refused, and there are none."""
    if database.is_sqlite:
        with database.read() as session:
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE identity SET contact_id = 'nobody'"))


def test_desks_that_start_at_once_on_a_new_database_bring_it_up_to_date_once(empty: Database) -> None:
    desks = [Database(empty.engine.url.render_as_string(hide_password=False)) for _ in range(4)]
    started = together(*(lambda d=d: upgrade(d) for d in desks))
    for desk in desks:
        desk.close()
    assert failures(started) == []
    with empty.engine.connect() as connection:
        assert is_current(connection)


def test_a_database_knows_whether_it_is_current(newest: Database, declared: Database) -> None:
    with newest.engine.connect() as connection:
        assert is_current(connection)
    with declared.engine.connect() as connection:
        assert not is_current(connection)


def test_bringing_a_database_up_to_date_twice_changes_nothing_and_loses_nothing(newest: Database) -> None:
    with newest.write() as session:
        session.execute(text("INSERT INTO contact VALUES ('c', 'Lan', '2026-01-01')"))
    before = schema(newest)
    upgrade(newest)
    assert schema(newest) == before
    with newest.read() as session:
        assert session.scalar(text("SELECT name FROM contact")) == "Lan"
