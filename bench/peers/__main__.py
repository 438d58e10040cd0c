"""faqdesk's understanding beside its peers, on the same bases and queries, with the figures of `faqdesk evaluate`.

    .venv/bin/python -m bench.peers --kb KB.csv --queries QUERIES.csv [--where COLUMN=VALUE ...]
    .venv/bin/python -m bench.peers --part FOLDER[:COLUMN=VALUE] ...
    .venv/bin/python -m bench.peers --suite FOLDER [--split SET:COLUMN ...]

A set is a folder with kb.csv and queries.csv (docs/evaluation.md lists their columns); a suite is a folder of sets, of which
--split takes one apart by the values of a column. Tables go to standard output, progress to standard error.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.catalogue import NAMES, RASA_FORMS, USUAL
from bot.cli.main import new_file
from bot.errors import UserError

if TYPE_CHECKING:
    from bench.peers.measure import Measured
    from bench.peers.part import PartName

PROJECT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 when a set, a system or the result file cannot be used; the reason is on standard error."""
    options = _options(arguments)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")

    from faq_index.errors import EncoderError, KnowledgeError, ReleaseError, SettingsError

    try:
        _compare(options)
    except (UserError, KnowledgeError, EncoderError, ReleaseError, SettingsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    many: dict[str, Any] = {"action": "extend", "nargs": "+", "default": []}
    parser.add_argument("--kb", type=Path)
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--where", metavar="COLUMN=VALUE", **many, help="only these rows of --kb and --queries")
    parser.add_argument("--part", metavar="FOLDER[:COLUMN=VALUE]", **many)
    parser.add_argument("--suite", type=Path, metavar="FOLDER")
    parser.add_argument("--split", metavar="SET:COLUMN", **many, help="a part for each value of the column")
    parser.add_argument("--peer", choices=NAMES, **many, help=f"which systems (default: {' '.join(USUAL)})")
    parser.add_argument("--with-answers", action="store_true", help="let the peers learn titles and answers too")
    parser.add_argument("--rasa-as", choices=RASA_FORMS, default=RASA_FORMS[0], help="what articles are to Rasa")
    parser.add_argument("--table", type=new_file, metavar="OUT.csv", help="all figures as CSV, row by row as they come")
    options = parser.parse_args(arguments)
    if bool(options.kb) != bool(options.queries):
        parser.error("--kb and --queries belong together")
    if options.where and not options.kb:
        parser.error("--where is for --kb and --queries; write --part FOLDER:COLUMN=VALUE")
    if options.split and not options.suite:
        parser.error("--split is for the sets of --suite")
    if not (options.kb or options.part or options.suite):
        parser.error("what to measure? Give --kb and --queries, or --part, or --suite")
    return options


def _compare(options: argparse.Namespace) -> None:
    """Read everything first: a wrong name is told before hours of work, not after."""
    from bench.peers.catalogue import make_systems
    from bench.peers.measure import measure
    from bench.peers.part import read_part
    from bench.peers.tables import FOOTNOTE, CsvTable, print_part

    parts = [read_part(name, with_answers=options.with_answers) for name in _named_parts(options)]
    systems = make_systems(options.peer or USUAL, PROJECT, options.rasa_as)
    file = CsvTable(options.table) if options.table else None
    measured: list[Measured] = []
    for part in parts:
        for system in systems:
            print(f"{part.place.name}: {system.name} ...", file=sys.stderr, flush=True)
            measured.append(measure(system, part))
            if file:
                file.add(measured[-1])
        print_part(measured[-len(systems) :])
    _print_sums(measured, len(parts))
    print(f"\n{FOOTNOTE}")


def _print_sums(measured: "Sequence[Measured]", parts: int) -> None:
    from bench.peers.tables import print_suite, print_verdicts
    from bench.peers.verdict import verdicts

    if parts > 1:
        print_suite(measured)
        if found := verdicts(measured):
            print_verdicts(found)


def _named_parts(options: argparse.Namespace) -> "list[PartName]":
    from bench.peers.suite import from_files, from_suite, from_words

    parts = [from_files(options.kb, options.queries, options.where)] if options.kb else []
    parts += [from_words(words) for words in options.part]
    parts += from_suite(options.suite, options.split) if options.suite else []
    names = [part.name for part in parts]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(f"{', '.join(twice)} would be measured twice", "Parts are told apart by their names.")
    return parts


if __name__ == "__main__":
    raise SystemExit(main())
