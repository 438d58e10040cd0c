"""`python -m faq_index.evaluation`: build a throw-away release, ask it the queries, print the figures, write the report.

The `faqdesk evaluate` command calls this in a process of its own. The table goes to standard output, progress to standard
error.
"""

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faq_index.evaluation.report import folder


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0; 1 when base, queries or encoder cannot be used, 2 when the report's folder; why is on standard error."""
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
    options = parser.parse_args(arguments)
    try:
        if options.report:
            folder.prepare(options.report)
    except folder.FolderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")  # the encoder's own bar would stand in the middle of ours

    # Imported after the arguments are read: these take seconds.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from threadpoolctl import threadpool_limits

    from faq_index import kb_csv, knowledge, release
    from faq_index.embedder import open_encoder
    from faq_index.errors import EncoderError, KnowledgeError, ReleaseError, SettingsError
    from faq_index.evaluation.figures import figures
    from faq_index.evaluation.predict import predict, write_predictions
    from faq_index.evaluation.queries import read_queries
    from faq_index.evaluation.report.page import report_page
    from faq_index.evaluation.report.run import Run, titles
    from faq_index.evaluation.table import print_figures
    from faq_index.gloss import read_glosses
    from faq_index.settings import UnderstandingSettings, read_settings

    chosen: dict[str, Any] = {"objective": options.objective, "target_precision": options.target_precision}
    chosen["fine_tune"] = options.fine_tune
    where = [(column, value) for column, _, value in (condition.partition("=") for condition in options.where)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        settings = read_settings(
            UnderstandingSettings, **{name: value for name, value in chosen.items() if value is not None}
        )
        queries = read_queries(options.queries, where)
        routes = kb_csv.read_routes(options.kb, where)
        builtin = knowledge.read_intents(options.project / "data" / "nlu", settings.languages)
        glosses = read_glosses(options.project / "data" / "glosses", settings.languages)
        known = kb_csv.read_kb(options.kb, builtin, settings.languages, where=where, keep_ids=True, glosses=glosses)
        with (
            tempfile.TemporaryDirectory(prefix="faqdesk-evaluate-") as releases,
            Progress(*columns, console=Console(stderr=True)) as progress,
        ):
            building = progress.add_task("loading the sentence encoder", total=None)
            encoder = open_encoder(
                settings,
                options.project / os.environ.get("FAQDESK_VAR", "var") / "encoders",
                may_export=True,
                say=lambda step: progress.update(building, description=step),
            )
            name = release.build(
                known,
                encoder,
                settings,
                Path(releases),
                lambda step: progress.update(building, description=step),
                watch=lambda done, of: progress.update(building, completed=done, total=of),
            )
            with threadpool_limits(1, user_api="blas"):  # as the action server runs
                loaded = release.load(Path(releases) / name, encoder, settings)
                progress.update(building, total=1, completed=1)
                asking = progress.add_task("asking", total=len(queries))
                found = predict(loaded, routes, queries, lambda: progress.advance(asking))
    except (KnowledgeError, EncoderError, ReleaseError, SettingsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.out:
        write_predictions(options.out, queries, found)
    print_figures(figures(queries, found, routes), loaded.thresholds)
    if options.report:
        run = Run(
            base=_named(options.kb),
            asked=_named(options.queries),
            where=tuple(options.where),
            made=datetime.now(UTC),
            release=loaded.id,
            encoder=encoder.card.name,
            objective=settings.objective,
            thresholds=loaded.thresholds,
            routes=routes,
            titles=titles(loaded),
            queries=queries,
            predictions=found,
        )
        try:
            print(f"report: {folder.write(options.report, report_page(run))}")
        except folder.FolderError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    return 0


def _named(file: Path) -> str:
    """A file by its name and its folder's, since most are called kb.csv."""
    return "/".join(file.resolve().parts[-2:])


if __name__ == "__main__":
    raise SystemExit(main())
