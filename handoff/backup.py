"""Backups: the whole database in one file, made while the desk works, and put back whole or not at all.

Of SQLite the file is an SQLite database, of PostgreSQL an archive in pg_dump's custom format. Both are checked row by row
count before they are called a backup, and again before they replace anything.
"""

import os
from pathlib import Path

from handoff import postgres_backup, sqlite_backup
from handoff.backup_contents import Contents, draft_of, nothing_to_back_up
from handoff.database import Database
from handoff.troubles import DatabaseProblem


def back_up(database: Database, file: Path) -> Contents:
    """Write everything in `database` to `file`, which only its owner may read; it is whole and checked, or not there.

    Raises:
        DatabaseProblem: `file` is there already, the database has no desk in it, or the copy is not what it should be.
    """
    if file.exists():
        raise DatabaseProblem(f"{file} is there already", "A backup never overwrites anything.", "Name another file.")
    if database.is_sqlite and not Path(database.engine.url.database or "").exists():
        raise nothing_to_back_up(database)  # opening it would make it
    database.check()
    with draft_of(file) as draft:
        write = sqlite_backup.write if database.is_sqlite else postgres_backup.write
        contents = write(database, draft)
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(file)
    return contents


def restore(file: Path, database: Database, *, replace: bool) -> Contents:
    """Put a backup back; an older one is brought up to date. No desk may run on `database` meanwhile.

    Raises:
        DatabaseProblem: the file is no sound backup of this kind of database, or of a newer version; a desk is running; there
            are rows already and not `replace`. Nothing is changed then.
    """
    try:
        with file.open("rb") as stream:
            beginning = stream.read(16)
    except OSError as error:
        raise DatabaseProblem(
            f"{file} cannot be read", str(error), "Name a file that `faqdesk backup` wrote."
        ) from None
    of_sqlite, of_postgres = beginning.startswith(sqlite_backup.MAGIC), beginning.startswith(postgres_backup.MAGIC)
    if not (of_sqlite or of_postgres):
        raise DatabaseProblem(
            f"{file} is no backup", "It is neither of SQLite nor of PostgreSQL.", "Name another file."
        )
    if of_sqlite != database.is_sqlite:
        kind = "SQLite" if of_sqlite else "PostgreSQL"
        raise DatabaseProblem(
            f"{file} is a backup of {kind}",
            f"The database of [handoff] is {database.shown_url}.",
            f"Name a {kind} database in database_url, or another backup.",
        )
    put_back = sqlite_backup.put_back if of_sqlite else postgres_backup.put_back
    return put_back(file, database, replace=replace)
