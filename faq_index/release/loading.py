"""Load a release folder, after making sure that it is what was published."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faq_index.articles import Article
from faq_index.calibrate import Calibrator, Thresholds
from faq_index.embedder import Embedder
from faq_index.encoders.card import differences
from faq_index.entities import EntityFinder
from faq_index.errors import EncoderError, ReleaseError
from faq_index.gloss import Glosses
from faq_index.head import Head
from faq_index.knowledge import Phrasing, Target
from faq_index.language import LanguageDetector
from faq_index.lexical import LexicalIndex
from faq_index.release.building import LAYERS
from faq_index.release.manifest import read_manifest, verify
from faq_index.settings import UnderstandingSettings
from faq_index.understand import Understander
from faq_index.vector_store import VectorStore


@dataclass(frozen=True)
class Release:
    """A loaded release. `articles` is keyed by (id, language)."""

    id: str
    created: str
    languages: tuple[str, ...]
    articles: Mapping[tuple[str, str], Article]
    understander: Understander
    thresholds: Thresholds

    def article(self, article_id: str, language: str) -> Article | None:
        """The article in that language, else in the shop's first language that has it, else None."""
        for candidate in (language, *self.languages):
            if (article_id, candidate) in self.articles:
                return self.articles[article_id, candidate]
        return None


def load(home: Path, embedder: Embedder, settings: UnderstandingSettings) -> Release:
    """Load and verify a release folder.

    Raises:
        ReleaseError: it is missing, altered, of another format, or made with another encoder.
    """
    manifest = read_manifest(home)
    verify(home, manifest)
    _check_encoder(home, manifest, embedder)
    if LAYERS in manifest["files"]:
        embedder = _tuned(embedder, home / LAYERS)
    knowledge = json.loads((home / "knowledge.json").read_text("utf-8"))
    articles = [
        Article(**{**a, "phrasings": tuple(a["phrasings"]), "tags": tuple(a["tags"])}) for a in knowledge["articles"]
    ]
    return Release(
        id=manifest["id"],
        created=manifest["created"],
        languages=tuple(knowledge["languages"]),
        articles={(article.id, article.language): article for article in articles},
        understander=_understander(home, embedder, Calibrator(**manifest["calibrator"]), knowledge, settings),
        thresholds=Thresholds(**manifest["thresholds"]),
    )


def _understander(
    home: Path,
    embedder: Embedder,
    calibrator: Calibrator,
    knowledge: Mapping[str, Any],
    settings: UnderstandingSettings,
) -> Understander:
    targets = [Target(*target) for target in knowledge["targets"]]
    phrasings = [Phrasing(text, targets[target], *rest) for text, target, *rest in knowledge["phrasings"]]
    owner = np.array([target for _, target, *_ in knowledge["phrasings"]], dtype=np.int32)
    return Understander(
        embedder=embedder,
        store=VectorStore.load(home / "phrasings.faiss", embedder.card.dimension),
        lexical=LexicalIndex.load(home),
        head=Head(np.load(home / "head.npy", allow_pickle=False), owner),
        calibrator=calibrator,
        phrasings=phrasings,
        targets=targets,
        detector=LanguageDetector(tuple(knowledge["languages"]), phrasings),
        entities=EntityFinder(settings.phone_regions, knowledge["language_names"]),
        glosses=Glosses(json.loads((home / "glosses.json").read_text("utf-8"))),
    )


def _check_encoder(home: Path, manifest: Mapping[str, Any], embedder: Embedder) -> None:
    if differing := differences(manifest["encoder"], embedder.card):
        raise ReleaseError(
            f"Release {home.name} was made with encoder {_name(manifest['encoder'])}, this process loaded "
            f"{_name(asdict(embedder.card))}: {'; '.join(differing)}. Set the encoder back, or run ./faqdesk train."
        )


def _tuned(embedder: Embedder, file: Path) -> Embedder:
    """`embedder` with the layers in `file` for its last ones; it stays as it is, for another release may be served by it."""
    from faq_index.encoders.last_layers import LastLayers

    try:
        return LastLayers.read(embedder, file).encoder()
    except EncoderError as error:
        raise ReleaseError(f"Release {file.parent.name} was fine-tuned and cannot be loaded. {error}") from None


def _name(card: Mapping[str, Any]) -> str:
    return f"{card['name']} ({card['dimension']} numbers, {card['sha256'][:12]}…)"
