"""One evaluation: a throw-away release of a base, asked the queries, on the code that serves shoppers."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from threadpoolctl import threadpool_limits

from faq_index import kb_csv, knowledge, release
from faq_index.embedder import Embedder, open_encoder
from faq_index.evaluation.predict import Prediction, predict
from faq_index.evaluation.queries import Query, read_queries
from faq_index.gloss import read_glosses
from faq_index.knowledge import Knowledge
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings, read_settings

Where = list[tuple[str, str]]


@dataclass(frozen=True)
class Measured:
    """What was asked and what the release said to it."""

    settings: UnderstandingSettings
    encoder: Embedder
    release: Release
    routes: dict[str, str]
    queries: list[Query]
    predictions: list[Prediction]


def measure(project: Path, kb: Path, queries_file: Path, where: Where, **chosen: Any) -> Measured:
    """Build a release of `kb` and ask it all queries; a progress bar is drawn on standard error.

    Of both files only the rows whose columns hold what `where` says are used; `chosen` settings win over those of the project.

    Raises:
        KnowledgeError, EncoderError, ReleaseError, SettingsError
    """
    settings = read_settings(UnderstandingSettings, **chosen)
    queries = read_queries(queries_file, where)
    routes = kb_csv.read_routes(kb, where)
    known = _known(project, kb, where, settings)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        tempfile.TemporaryDirectory(prefix="faqdesk-evaluate-") as releases,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        encoder, home = _build(project, known, settings, Path(releases), progress)
        with threadpool_limits(1, user_api="blas"):  # as the action server runs
            loaded = release.load(home, encoder, settings)
            asking = progress.add_task("asking", total=len(queries))
            found = predict(loaded, routes, queries, lambda: progress.advance(asking))
    return Measured(settings, encoder, loaded, routes, queries, found)


def _known(project: Path, kb: Path, where: Where, settings: UnderstandingSettings) -> Knowledge:
    builtin = knowledge.read_intents(project / "data" / "nlu", settings.languages)
    glosses = read_glosses(project / "data" / "glosses", settings.languages)
    return kb_csv.read_kb(kb, builtin, settings.languages, where=where, keep_ids=True, glosses=glosses)


def _build(
    project: Path, known: Knowledge, settings: UnderstandingSettings, releases: Path, progress: Progress
) -> tuple[Embedder, Path]:
    building = progress.add_task("loading the sentence encoder", total=None)

    def say(step: str) -> None:
        progress.update(building, description=step)

    encoders = project / os.environ.get("FAQDESK_VAR", "var") / "encoders"
    encoder = open_encoder(settings, encoders, may_export=True, say=say)
    name = release.build(
        known,
        encoder,
        settings,
        releases,
        say,
        watch=lambda done, of: progress.update(building, completed=done, total=of),
    )
    progress.update(building, total=1, completed=1)
    return encoder, releases / name
