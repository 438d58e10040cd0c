"""How many conversations agents can take in a second when all reach for the queue at once, beside a bare loop.

    .venv/bin/python -m bench.claims [--database sqlite|postgres|both] [--chats 1000] [--agents 50] [--processes 8]

Each process has its share of the agents, a thread for each. All begin at the same moment and take the next of the queue until
they have as many as they can serve. The product's way writes the owner, the assignment, the event, the audit row, the shopper's
notice and its outbox row in each claim; the bare loop selects one row, marks it, and commits, on the same server with the same
number of connections. What is checked, and makes the command fail: every chat went to exactly one agent, nobody has more than
her capacity, and what the events tell is what the rows say.
"""

import argparse
import contextlib
import multiprocessing
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bench.machine import described
from handoff import conversations
from handoff.acts import Acts
from handoff.capacity import NoRoom
from handoff.database import Database
from handoff.migrate import upgrade
from handoff.model import Agent, Assignment, Conversation, Event
from handoff.settings import HandoffSettings
from handoff.wording import Wording

_WORDS = Path(conversations.__file__).parent / "words"
_BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
Claims = list[tuple[str, str]]  # (conversation, agent) in the order in which one agent made them


@dataclass(frozen=True)
class Race:
    """How one race went. `seconds` is from the common start to the last claim."""

    claims: Claims
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.claims) / self.seconds


# ---- the product's way ------------------------------------------------------------------------------------------------


def prepare(url: str, chats: int, agents: int) -> list[str]:
    """A database with so many waiting chats, the earliest first, and agents who can serve just all of them; the agents' ids."""
    database = Database(url)
    upgrade(database)
    capacity = -(-chats // agents)
    ids = [f"agent{number:03}" for number in range(agents)]
    with database.write() as session:
        for agent_id in ids:
            session.add(
                Agent(
                    id=agent_id, email=f"{agent_id}@shop.example", name=agent_id, role="agent", password_hash="",
                    capacity=capacity, created_at=_BEGAN, seen_at=datetime.now(UTC),
                )
            )  # fmt: skip
        for number in range(chats):
            at = _BEGAN + timedelta(seconds=number)
            identity = conversations.ensure_identity(session, "web", f"shopper{number}", "Lan", at)
            conversation = conversations.begin(session, identity.id, "en", at)
            conversations.move(session, conversation, "escalate", "bot", at, reason="asked")
    database.close()
    return ids


def _serve(url: str, agent_id: str) -> Callable[[], Claims]:
    database = Database(url)
    acts = Acts(database, HandoffSettings(database_url=url), Wording.load(_WORDS), "Casa Sen")

    def work() -> Claims:
        taken: Claims = []
        with contextlib.suppress(NoRoom):
            while (found := _patiently(acts, agent_id)) is not None:
                taken.append((found, agent_id))
        database.close()
        return taken

    return work


def _patiently(acts: Acts, agent_id: str) -> str | None:
    """The next one; None when nobody waits any more. An agent asks again where a person would press again.

    Processes that share an SQLite file get its lock in no fair order, and one waits in vain at times. On PostgreSQL the last
    one may be passed over, because it is just being looked at by an agent who then turns out to have no room.
    """
    while True:
        try:
            found: str | None = acts.take_next(agent_id, datetime.now(UTC))
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            continue
        if found is not None or not _anybody_waits(acts.database):
            return found


def _anybody_waits(database: Database) -> bool:
    with database.read() as session:
        waiting = sa.select(Conversation.id).where(Conversation.owner == "queue").limit(1)
        return session.scalar(waiting) is not None


def wrong_with(url: str, race: Race, chats: int) -> Iterator[str]:
    """What must not be, in words; nothing when all is well."""
    database = Database(url)
    with database.read() as session:
        rows = list(session.scalars(sa.select(Conversation)))
        agents = {agent.id: agent.capacity for agent in session.scalars(sa.select(Agent))}
        assigned = session.scalars(sa.select(Assignment.conversation_id).where(Assignment.ended_at.is_(None))).all()
        moved = session.scalars(sa.select(Event).where(Event.kind == "owner", Event.public)).all()
    database.close()
    taken = Counter(conversation for conversation, _ in race.claims)
    if len(taken) != chats or max(taken.values()) != 1:
        yield f"{len(race.claims)} claims of {len(taken)} chats; {chats} were waiting"
    if {(row.id, row.agent_id) for row in rows} != set(race.claims):
        yield "the rows name other agents than those who were told that they have the chats"
    if sorted(assigned) != sorted(taken):
        yield "the open assignments are not the chats that were taken"
    told = Counter(event.conversation_id for event in moved if event.data["owner"] == "agent")
    if told != taken:
        yield "the events do not tell of each claim once"
    for agent_id, count in Counter(agent_id for _, agent_id in race.claims).items():
        if count > agents[agent_id]:
            yield f"{agent_id} has {count}, more than her {agents[agent_id]}"


# ---- the bare loop ----------------------------------------------------------------------------------------------------


def prepare_bare(url: str, chats: int) -> None:
    """A table of its own with nothing but what the loop needs, and the index that serves it best."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE bare (id INTEGER PRIMARY KEY, owner VARCHAR(10), agent_id VARCHAR(32))"
        )
        connection.exec_driver_sql("CREATE INDEX bare_queue ON bare (id) WHERE owner = 'queue'")
        rows = ", ".join(f"({number}, 'queue')" for number in range(chats))
        connection.exec_driver_sql(f"INSERT INTO bare (id, owner) VALUES {rows}")  # noqa: S608
    engine.dispose()


def _bare_sqlite(url: str, agent_id: str) -> Callable[[], Claims]:
    connection = sqlite3.connect(
        url.removeprefix("sqlite:///"), timeout=60, isolation_level=None, check_same_thread=False
    )
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")

    def work() -> Claims:
        taken: Claims = []
        while True:
            connection.execute("BEGIN IMMEDIATE")
            found = connection.execute("SELECT id FROM bare WHERE owner = 'queue' ORDER BY id LIMIT 1").fetchone()
            if found is not None:
                connection.execute("UPDATE bare SET owner = 'agent', agent_id = ? WHERE id = ?", (agent_id, found[0]))
            connection.execute("COMMIT")
            if found is None:
                connection.close()
                return taken
            taken.append((str(found[0]), agent_id))

    return work


def _bare_postgres(url: str, agent_id: str) -> Callable[[], Claims]:
    import psycopg

    connection = psycopg.connect(url.replace("+psycopg", ""))
    first = "SELECT id FROM bare WHERE owner = 'queue' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"

    def work() -> Claims:
        taken: Claims = []
        while True:
            found = connection.execute(first).fetchone()
            if found is not None:
                connection.execute("UPDATE bare SET owner = 'agent', agent_id = %s WHERE id = %s", (agent_id, found[0]))
            connection.commit()
            if found is None:
                connection.close()
                return taken
            taken.append((str(found[0]), agent_id))

    return work


# ---- the race ---------------------------------------------------------------------------------------------------------

_WAYS = {"product": _serve, "bare sqlite": _bare_sqlite, "bare postgres": _bare_postgres}


def race(url: str, way: str, agents: list[str], processes: int) -> Race:
    """Let the agents loose. Processes are started anew, so that they share nothing but the database."""
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(processes), context.Queue()
    shares = [agents[number::processes] for number in range(processes)]
    workers = [context.Process(target=_runner, args=(url, way, share, start, results)) for share in shares]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    for failure in (result for result in found if isinstance(result, str)):
        raise RuntimeError(failure)
    claims = [claim for result in found for claim in result[0]]
    return Race(claims, max(result[2] for result in found) - min(result[1] for result in found))


def _runner(url: str, way: str, agents: list[str], start: Any, results: Any) -> None:
    try:
        works = [_WAYS[way](url, agent) for agent in agents]
        with ThreadPoolExecutor(max(len(works), 1)) as pool:
            start.wait(120)
            began = time.monotonic()  # of the machine, so that processes can compare theirs
            claims = [claim for taken in pool.map(lambda work: work(), works) for claim in taken]
            results.put((claims, began, time.monotonic()))
    except Exception as error:
        start.abort()
        results.put(f"{type(error).__name__}: {error}")


def main() -> int:
    """Print a line for each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=50)
    parser.add_argument("--processes", type=int, default=8)
    options = parser.parse_args()
    print(described("sqlalchemy", "psycopg"))
    wrong = 0
    for database in ("sqlite", "postgres") if options.database == "both" else (options.database,):
        with server(database) as url:
            wrong += _measure(database, url, options)
    return 1 if wrong else 0


def _measure(database: str, url: str, options: argparse.Namespace) -> int:
    agents = prepare(url, options.chats, options.agents)
    prepare_bare(url, options.chats)
    bare = race(url, f"bare {database}", agents, options.processes)
    ours = race(url, "product", agents, options.processes)
    wrong = list(wrong_with(url, ours, options.chats))
    share = ours.per_second / bare.per_second
    print(
        f"{database:>9}: {len(ours.claims)} claims in {ours.seconds:.1f} s, {ours.per_second:.0f} a second; "
        f"bare {bare.per_second:.0f} a second; share {share:.2f}; {'; '.join(wrong) or 'each once, capacity respected'}",
        flush=True,
    )
    return len(wrong)


@contextlib.contextmanager
def server(database: str) -> Iterator[str]:
    """The address of a fresh database, and of its server for the time of the block."""
    folder = Path(tempfile.mkdtemp(prefix="claims-"))
    folder.chmod(0o755)
    try:
        if database == "sqlite":
            yield f"sqlite:///{folder}/desk.sqlite"
            return
        from tests.torture.postgres import running

        with running(folder / "postgres") as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
