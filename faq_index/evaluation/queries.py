"""Queries with what would be right, from a CSV."""

import csv
from dataclasses import dataclass
from pathlib import Path

from faq_index.errors import KnowledgeError

_NEEDED = ("qid", "text")
_LONGEST_FIELD = 100_000


@dataclass(frozen=True)
class Query:
    """One message. `wanted` are the ids of which any is right; `routes` what may be done about it, the expected one first.

    Both are empty when nothing is expected. `route` is faq, order_status, human, handoff, smalltalk, no_faq or goal.
    """

    qid: str
    text: str
    routes: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    language: str = ""

    @property
    def route(self) -> str:
        return self.routes[0] if self.routes else ""

    @property
    def is_answerable(self) -> bool:
        """Whether the base has something for it."""
        return bool(self.wanted) and self.route != "handoff"

    @property
    def must_hand_off(self) -> bool:
        return self.route == "handoff"

    @property
    def is_judged(self) -> bool:
        """Whether an answer to it is right or wrong; that a turn asks nothing is counted on its own."""
        return self.is_answerable or self.must_hand_off


def read_queries(file: Path, where: list[tuple[str, str]]) -> list[Query]:
    """The rows that fit all (column, value) conditions.

    Raises:
        KnowledgeError: the file cannot be read, a column is missing, or no row is left.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = reader.fieldnames or []
            missing = [name for name in (*_NEEDED, *(name for name, _ in where)) if name not in columns]
            if missing:
                raise KnowledgeError(f"{file} lacks the column(s) {', '.join(missing)}; it has {', '.join(columns)}.")
            rows = [row for row in reader if all(row[name] == value for name, value in where)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(f"{file} cannot be read as UTF-8 CSV: {error}") from None
    if not rows:
        raise KnowledgeError(f"{file} has no query to ask. Check the file and --where.")
    return [_query(row) for row in rows]


def _query(row: dict[str, str]) -> Query:
    routes = [row.get("route") or "", *(row.get("acceptable") or "").split("|")]
    wanted = frozenset((row.get("faq_id") or "").split("|")) - {""}
    return Query(
        row["qid"], row["text"] or "", tuple(route for route in routes if route), wanted, row.get("lang") or ""
    )
