"""Backups of PostgreSQL, by pg_dump and pg_restore: consistent while the desks go on, put back in one transaction."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import URL, text

from handoff.backup_contents import (
    TABLES,
    VERSION_TABLE,
    Contents,
    contents_of,
    damaged,
    nothing_to_back_up,
    refuse_to_replace,
)
from handoff.database import Database
from handoff.migrate import known_revisions, newer, upgrade
from handoff.troubles import DatabaseProblem

MAGIC = b"PGDMP"

_COPY = re.compile(rb"COPY (?:public\.)?\"?(\w+)\"? .*FROM stdin;\n")
_LOCK_SECONDS = 10


def write(database: Database, draft: Path) -> Contents:
    """Dump one moment of the database into `draft`, and check the dump against that moment."""
    with database.read() as session:
        before = contents_of(session.connection())
        if before is None:
            raise nothing_to_back_up(database)
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # a dump may last
        moment = session.scalar(text("SELECT pg_export_snapshot()"))
        tables = [f"--table=public.{name}" for name in before.rows]
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment}", f"--file={draft}"]
        _run("pg_dump", [*options, *tables], database.engine.url)
    found = _contents(draft)
    if found != before:
        raise damaged(draft, f"It has {found.total} rows, and the database {before.total}.")
    return found


def put_back(file: Path, database: Database, *, replace: bool) -> Contents:
    """Drop the desk's tables and make those of the backup, in one transaction that counts the rows before it commits.

    Tables that are not the desk's are left alone.
    """
    found = _contents(file)
    if found.revision not in known_revisions():
        raise newer(database, found.revision)
    database.check()
    with database.read() as session:
        refuse_to_replace(database, contents_of(session.connection()), replace=replace)
        others = session.scalar(_OTHERS)
    if others:
        raise DatabaseProblem(
            f"a desk is running on {database.shown_url}", f"It has {others} connections there.", "End all desks first."
        )
    _load(file, database, found)
    upgrade(database)
    with database.read() as session:
        done = contents_of(session.connection())
    assert done is not None
    return done


_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'faqdesk' AND pid <> pg_backend_pid()"
)


def _contents(file: Path) -> Contents:
    """What is in an archive: every row of every table is read. Raises DatabaseProblem for a damaged one."""
    rows: dict[str, int] = {}
    revision, name = "", ""
    for line in _script(file):
        if name:
            if line == b"\\.\n":
                name = ""
                continue
            rows[name] += 1
            if name == VERSION_TABLE:
                revision = line.decode().strip()
        elif begins := _COPY.fullmatch(line):
            name = begins[1].decode()
            rows[name] = 0
    if not revision:
        raise damaged(file, "It is an archive, but not of a desk.")
    return Contents(revision, rows)


def _script(file: Path) -> Iterator[bytes]:
    """The archive as SQL, line by line."""
    command = [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        yield from process.stdout
        said = process.stderr.read().decode(errors="replace")
    if process.returncode != 0:
        raise damaged(file, said.strip() or f"pg_restore ended with {process.returncode}")


def _load(file: Path, database: Database, expected: Contents) -> None:
    command, environment = _command("psql", [*_PSQL], database.engine.url)
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            for line in _transaction(file, expected):
                process.stdin.write(line)
            process.stdin.close()
        except BrokenPipeError:
            pass  # psql stopped at an error, which it tells
        except BaseException:
            process.kill()  # the file broke off: psql must not take the end of its input for the end of the transaction
            raise
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise DatabaseProblem("the backup was not put back; nothing is changed", said or "psql failed")


_PSQL = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")


def _transaction(file: Path, expected: Contents) -> Iterator[bytes]:
    quoted = ", ".join(f'public."{name}"' for name in {*TABLES, *expected.rows})
    yield f"BEGIN;\nSET LOCAL lock_timeout = '{_LOCK_SECONDS}s';\nDROP TABLE IF EXISTS {quoted} CASCADE;\n".encode()
    yield from _script(file)
    for name, count in expected.rows.items():
        counted = f'SELECT count(*) FROM public."{name}"'  # noqa: S608 - of letters alone
        yield f"DO $$ BEGIN IF ({counted}) <> {count} THEN RAISE 'rows of {name} are missing'; END IF; END $$;\n".encode()
    yield b"COMMIT;\n"


def _run(program: str, arguments: Iterable[str], url: URL) -> None:
    command, environment = _command(program, arguments, url)
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        mend = "Install the client programs of the server's version, and see that they are first on the PATH."
        raise DatabaseProblem(f"{program} failed", said, mend if "version" in said else "Mend that, and try again.")


def _command(program: str, arguments: Iterable[str], url: URL) -> tuple[list[str], dict[str, str]]:
    """The password goes into the environment: every process of the machine may read command lines."""
    shown = url.set(drivername="postgresql", password=None)
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    return [_program(program), f"--dbname={shown.render_as_string()}", *arguments], environment


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise DatabaseProblem(
            f"{name} is not on this machine",
            "Backups of PostgreSQL are made and put back by its own client programs.",
            "Install them in the server's version or a newer one (Debian, Ubuntu: apt install postgresql-client).",
        )
    return found
