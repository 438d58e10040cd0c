"""Looking things up in the audit, and giving it out as a table."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from handoff.model import Agent, Audit

PAGE = 50
_MOST_ROWS = 100_000  # in one file
# A cell that begins so is a formula to the programs that open such files, also behind a space or a quote of theirs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Wanted:
    """Which rows; what is empty holds for all. `day` is one of the time zone `zone`."""

    agent_id: str = ""
    act: str = ""
    day: date | None = None
    zone: tzinfo = UTC


@dataclass(frozen=True)
class Line:
    """One row in names. `actor` is a person's name, or who else it was; `about` whom it was done to, if anybody."""

    id: int
    at: datetime
    actor: str
    by_agent: bool
    act: str
    about: str
    conversation_id: str
    details: dict[str, object]


def page(session: Session, wanted: Wanted, before: int | None) -> tuple[list[Line], int | None]:
    """A page of rows, the latest first, older than the row `before`; and where the next page begins, if there is one."""
    query = _query(wanted).limit(PAGE + 1)
    if before is not None:
        query = query.where(Audit.id < before)
    rows = list(session.scalars(query))
    names = _names(session)
    return [_line(row, names) for row in rows[:PAGE]], rows[PAGE - 1].id if len(rows) > PAGE else None


def acts(session: Session) -> list[str]:
    """Every act that was ever done."""
    return sorted(session.scalars(select(Audit.act).distinct()))


def as_csv(session: Session, wanted: Wanted) -> Iterator[str]:
    """The rows as a file, in portions; no cell is a formula."""
    names = _names(session)
    yield _written(["when (UTC)", "who", "act", "whom", "conversation", "details"])
    rows = session.scalars(_query(wanted).limit(_MOST_ROWS).execution_options(yield_per=1000))
    for row in rows:
        line = _line(row, names)
        details = json.dumps(line.details, ensure_ascii=False, sort_keys=True)
        at = line.at.isoformat(timespec="seconds")
        yield _written([at, line.actor, line.act, line.about, line.conversation_id, details])


def harmless(cell: str) -> str:
    """A cell that no program takes for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def _written(cells: list[str]) -> str:
    file = io.StringIO()
    csv.writer(file).writerow([harmless(cell) for cell in cells])
    return file.getvalue()


def _query(wanted: Wanted) -> Select[Any]:
    query = select(Audit).order_by(Audit.id.desc())
    if wanted.agent_id:
        query = query.where((Audit.actor == f"agent:{wanted.agent_id}") | (Audit.agent_id == wanted.agent_id))
    if wanted.act:
        query = query.where(Audit.act == wanted.act)
    if wanted.day is not None:
        begins = datetime.combine(wanted.day, time(), wanted.zone)
        ends = datetime.combine(wanted.day + timedelta(days=1), time(), wanted.zone)
        query = query.where(Audit.at >= begins.astimezone(UTC), Audit.at < ends.astimezone(UTC))
    return query


def _names(session: Session) -> dict[str, str]:
    return dict(session.execute(select(Agent.id, Agent.name)).tuples().all())


def _line(row: Audit, names: dict[str, str]) -> Line:
    kind, _, agent_id = row.actor.partition(":")
    by_agent = kind == "agent" and bool(agent_id)
    about = names.get(row.agent_id or "", "") if row.agent_id != agent_id else ""
    return Line(
        row.id,
        row.at,
        names.get(agent_id, agent_id) if by_agent else row.actor,
        by_agent,
        row.act,
        about,
        row.conversation_id or "",
        dict(row.details or {}),
    )
