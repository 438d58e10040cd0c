"""Which parts to measure: two files, folders that hold both, or a folder of such folders."""

import csv
from collections.abc import Iterable
from pathlib import Path

from bench.peers.part import Conditions, PartName
from bot.errors import UserError
from faq_index.kb_csv import read_routes

_KB, _QUERIES = "kb.csv", "queries.csv"


def from_files(kb: Path, queries: Path, where: Iterable[str]) -> PartName:
    """The part of two files. `where` has COLUMN=VALUE conditions. Raises UserError when one is none."""
    conditions = tuple(_condition(text) for text in where)
    return PartName(_named(kb.parent.name or kb.stem, conditions), kb, queries, conditions)


def from_words(words: str) -> PartName:
    """The part named by FOLDER or FOLDER:COLUMN=VALUE. Raises UserError when the folder holds no set."""
    folder, colon, condition = words.rpartition(":")
    if not colon or "=" not in condition:
        folder, condition = words, ""
    return _part(Path(folder), (_condition(condition),) if condition else ())


def from_suite(suite: Path, splits: Iterable[str]) -> list[PartName]:
    """Every folder in `suite` that holds a set; `splits` (SET:COLUMN) make a part of each value that the base has there.

    Raises:
        UserError: there is no set, or a split names none.
        KnowledgeError: the base of a split set cannot be read, or lacks the column.
    """
    columns = dict(_split(text) for text in splits)
    folders = [folder for folder in sorted(suite.glob("*")) if _is_set(folder)]
    names = {folder.name for folder in folders}
    if not folders or (unknown := sorted(columns.keys() - names)):
        raise UserError(
            f"{suite} has no set {', '.join(unknown)}" if folders else f"{suite} has no evaluation set",
            f"A set is a folder with {_KB} and {_QUERIES}.",
            f"It has: {', '.join(sorted(names))}" if names else "",
        )
    parts: list[PartName] = []
    for folder in folders:
        column = columns.get(folder.name)
        values = _values(folder / _KB, column) if column else []
        parts += [_part(folder, ((column, value),)) for value in values] if column else [_part(folder, ())]
    return parts


def _part(folder: Path, conditions: Conditions) -> PartName:
    if not _is_set(folder):
        raise UserError(f"{folder} holds no evaluation set", f"A set is a folder with {_KB} and {_QUERIES}.")
    return PartName(_named(folder.resolve().name, conditions), folder / _KB, folder / _QUERIES, conditions)


def _is_set(folder: Path) -> bool:
    return (folder / _KB).is_file() and (folder / _QUERIES).is_file()


def _named(name: str, conditions: Conditions) -> str:
    return " ".join([name, *(value for _, value in conditions)])


def _condition(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not column or not sign:
        raise UserError(f"'{text}' is not COLUMN=VALUE", "", "For example: --where lang=vi")
    return column, value


def _split(text: str) -> tuple[str, str]:
    name, _, column = text.rpartition(":")
    if not name or not column:
        raise UserError(f"'{text}' is not SET:COLUMN", "", "For example: --split shop:lang")
    return name, column


def _values(kb: Path, column: str) -> list[str]:
    read_routes(kb, [(column, "")])  # refuses what is no base, and a column that it lacks, in its own words
    with kb.open(encoding="utf-8-sig", newline="") as stream:
        return list(dict.fromkeys(row[column] for row in csv.DictReader(stream)))
