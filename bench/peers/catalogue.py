"""The systems by their names. Heavy imports wait until one is made, so that --help is quick."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.peers.system import System

OWN = "faqdesk"
BASELINES = ("tfidf", "bm25", "minilm-knn", "hybrid")
RASA = "rasa"
NAMES = (OWN, *BASELINES, RASA)
USUAL = (OWN, *BASELINES)  # Rasa trains for minutes, so it wants to be named
_WITH_ENCODER = {"minilm-knn", "hybrid"}
RASA_FORMS = ("responses", "intents")


def make_systems(names: Sequence[str], project: Path, rasa_form: str) -> "list[System]":
    """In the order of NAMES. Raises EncoderError, SettingsError or UserError when one cannot be had here."""
    from bench.peers.hybrid import Hybrid
    from bench.peers.nearest import Bm25Similarity, EncoderSimilarity, NearestPhrasing, TfidfSimilarity
    from bench.peers.own import Faqdesk
    from bench.peers.rasa import Rasa
    from bench.peers.remembering import RememberingEncoder
    from bench.peers.system import InProcess
    from faq_index.embedder import SentenceEncoder, open_encoder
    from faq_index.settings import UnderstandingSettings, read_settings

    systems: list[System] = []
    if OWN in names:
        # An encoder of its own: what the peers remember of theirs must not make this one faster.
        settings = read_settings(UnderstandingSettings)
        own = open_encoder(settings, project / "var" / "encoders", may_export=True)
        systems.append(Faqdesk(OWN, project, own, settings))
    if "tfidf" in names:
        systems.append(InProcess("tfidf", lambda: NearestPhrasing(TfidfSimilarity()), time.perf_counter))
    if "bm25" in names:
        systems.append(InProcess("bm25", lambda: NearestPhrasing(Bm25Similarity()), time.perf_counter))
    if not _WITH_ENCODER.isdisjoint(names):
        encoder = RememberingEncoder(SentenceEncoder())
        if "minilm-knn" in names:
            systems.append(InProcess("minilm-knn", lambda: NearestPhrasing(EncoderSimilarity(encoder)), encoder.clock))
        if "hybrid" in names:
            systems.append(InProcess("hybrid", lambda: Hybrid(encoder), encoder.clock))
    if RASA in names:
        systems.append(Rasa(RASA, project, rasa_form))
    return systems
