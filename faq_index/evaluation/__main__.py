"""`python -m faq_index.evaluation`: build a throw-away release, ask it the queries, print the figures, write the report.

The `faqdesk evaluate` command calls this in a process of its own. The table goes to standard output, progress to standard
error.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from faq_index.errors import EncoderError, KnowledgeError, ReleaseError, SettingsError
from faq_index.evaluation.report import folder

if TYPE_CHECKING:
    from faq_index.evaluation.measuring import Measured


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0; 1 when base, queries or encoder cannot be used, 2 when the report's folder; why is on standard error."""
    options = _options(arguments)
    try:
        if options.report:
            folder.prepare(options.report)
    except folder.FolderError as error:
        return _failed(error, 2)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")  # the encoder's own bar would stand in the middle of ours
    try:
        measured = _measure(options)
        _tell(options, measured)
    except (KnowledgeError, EncoderError, ReleaseError, SettingsError, folder.FolderError) as error:
        return _failed(error, 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faq_index.evaluation")
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--kb", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--where", action="append", default=[])
    parser.add_argument("--objective", choices=("precision", "mcc"))
    parser.add_argument("--target-precision", type=float)
    parser.add_argument("--fine-tune", action="store_true", default=None)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--report", type=Path)
    return parser.parse_args(arguments)


def _failed(error: Exception, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return code


def _measure(options: argparse.Namespace) -> "Measured":
    from faq_index.evaluation.measuring import (
        measure,  # takes seconds, so only once the arguments are known to be right
    )

    chosen = {name: getattr(options, name) for name in ("objective", "target_precision", "fine_tune")}
    given = {name: value for name, value in chosen.items() if value is not None}
    where = [(column, value) for column, _, value in (condition.partition("=") for condition in options.where)]
    return measure(options.project, options.kb, options.queries, where, **given)


def _tell(options: argparse.Namespace, measured: "Measured") -> None:
    """The table, and the files that were asked for."""
    from faq_index.evaluation.figures import figures
    from faq_index.evaluation.predict import write_predictions
    from faq_index.evaluation.table import print_figures

    if options.out:
        write_predictions(options.out, measured.queries, measured.predictions)
    found = figures(measured.queries, measured.predictions, measured.routes)
    print_figures(found, measured.release.thresholds)
    if options.report:
        print(f"report: {folder.write(options.report, _report(options, measured))}")


def _report(options: argparse.Namespace, measured: "Measured") -> str:
    from faq_index.evaluation.report.page import report_page
    from faq_index.evaluation.report.run import Run, titles

    run = Run(
        base=_named(options.kb),
        asked=_named(options.queries),
        where=tuple(options.where),
        made=datetime.now(UTC),
        release=measured.release.id,
        encoder=measured.encoder.card.name,
        objective=measured.settings.objective,
        thresholds=measured.release.thresholds,
        routes=measured.routes,
        titles=titles(measured.release),
        queries=measured.queries,
        predictions=measured.predictions,
    )
    return report_page(run)


def _named(file: Path) -> str:
    """A file by its name and its folder's, since most are called kb.csv."""
    return "/".join(file.resolve().parts[-2:])


if __name__ == "__main__":
    raise SystemExit(main())
