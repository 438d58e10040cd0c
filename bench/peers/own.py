"""faqdesk itself, as `faqdesk evaluate` runs it: a throw-away release of the base, asked by the code that serves shoppers."""

import tempfile
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from bench.peers.part import Part
from bench.peers.system import Run
from faq_index import kb_csv, knowledge, release
from faq_index.embedder import Embedder
from faq_index.evaluation.predict import predict
from faq_index.gloss import read_glosses
from faq_index.settings import UnderstandingSettings


class Faqdesk:
    """Unlike its peers it also reads titles and answers, and knows the small talk and glosses of `project`, as in the shop.

    Raises:
        KnowledgeError: the small talk or the glosses of `project` cannot be read.
    """

    def __init__(self, name: str, project: Path, embedder: Embedder, settings: UnderstandingSettings) -> None:
        self.name = name
        self._embedder, self._settings = embedder, settings
        self._builtin = knowledge.read_intents(project / "data" / "nlu", settings.languages)
        self._glosses = read_glosses(project / "data" / "glosses", settings.languages)

    def run(self, part: Part) -> Run:
        place, settings = part.place, self._settings
        known = kb_csv.read_kb(
            place.kb, self._builtin, settings.languages, where=place.where, keep_ids=True, glosses=self._glosses
        )
        with tempfile.TemporaryDirectory(prefix="faqdesk-peers-") as folder:
            began = time.perf_counter()
            built = release.build(known, self._embedder, settings, Path(folder))
            training_seconds = time.perf_counter() - began
            with threadpool_limits(1, user_api="blas"):  # as the action server runs
                loaded = release.load(Path(folder) / built, self._embedder, settings)
                return Run(predict(loaded, part.routes, part.queries, lambda: None), training_seconds)
