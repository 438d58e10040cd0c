"""Understanding: what one message means. The same code serves shoppers, replays and evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_index.calibrate import Calibrator
from faq_index.embedder import Embedder, Vectors
from faq_index.entities import VALUES, Entity, EntityFinder
from faq_index.head import Head, kernel
from faq_index.knowledge import Phrasing, Target
from faq_index.language import LanguageDetector, Spoken
from faq_index.lexical import LexicalIndex
from faq_index.text import clean, has_words, normal
from faq_index.vector_store import VectorStore

SHOWN = 5  # candidates that leave this room


@dataclass(frozen=True)
class Candidate:
    """One target that the message may be about, with its calibrated probability and the phrasing that spoke for it."""

    target: Target
    p: float
    phrasing: str


@dataclass(frozen=True)
class Understanding:
    """`candidates` are best first, at most five, one a target; none when the message holds no word."""

    text: str
    spoken: Spoken
    candidates: tuple[Candidate, ...]
    entities: tuple[Entity, ...]

    @property
    def only_values(self) -> bool:
        """Whether the message is hardly more than values ("cs-204518", "it's ana@correo.es"): an answer, not a question."""
        values = [entity for entity in self.entities if entity.kind in VALUES]
        return bool(values) and sum(entity.end - entity.start for entity in values) >= 0.6 * len(self.text)


class Understander:
    """Understands messages with one release's parts."""

    def __init__(
        self,
        *,
        embedder: Embedder,
        store: VectorStore,
        lexical: LexicalIndex,
        head: Head,
        calibrator: Calibrator,
        phrasings: Sequence[Phrasing],
        targets: Sequence[Target],
        detector: LanguageDetector,
        entities: EntityFinder,
    ) -> None:
        self._embedder, self._store, self._lexical = embedder, store, lexical
        self._head, self._calibrator = head, calibrator
        self._phrasings, self._targets = phrasings, targets
        self._detector, self._entities = detector, entities

    def understand(self, text: str, prior: str | None = None) -> Understanding:
        """One message; `prior` is the language that the conversation had so far."""
        return self.understand_all([text], [prior])[0]

    def understand_all(self, texts: Sequence[str], priors: Sequence[str | None]) -> list[Understanding]:
        """Several messages with one pass through the encoder; the result does not depend on the company."""
        cleaned = [clean(text) for text in texts]
        spoken = [self._detector.detect(text, prior) for text, prior in zip(cleaned, priors, strict=True)]
        entities = [tuple(self._entities.find(text)) for text in cleaned]
        meaningful = [row for row, text in enumerate(cleaned) if has_words(text)]
        candidates: dict[int, tuple[Candidate, ...]] = {}
        if meaningful:
            forms = [normal(cleaned[row]) for row in meaningful]
            for row, found in zip(meaningful, self._rank(forms, self._embedder.encode(forms)), strict=True):
                candidates[row] = found
        return [
            Understanding(cleaned[row], spoken[row], candidates.get(row, ()), entities[row])
            for row in range(len(texts))
        ]

    def _rank(self, forms: Sequence[str], vectors: Vectors) -> list[tuple[Candidate, ...]]:
        similarities = kernel(self._store.similarities(vectors), self._lexical.similarities(forms))
        probabilities = self._calibrator.probability(self._head.scores(similarities), self._head.nearest(similarities))
        ranked = []
        for row, p in zip(similarities, probabilities, strict=True):
            best = np.argsort(-p, kind="stable")[:SHOWN]
            ranked.append(tuple(Candidate(self._targets[t], float(p[t]), self._speaker(row, int(t))) for t in best))
        return ranked

    def _speaker(self, similarities: np.ndarray, target: int) -> str:
        own = np.flatnonzero(self._head.targets == target)
        return self._phrasings[int(own[np.argmax(similarities[own])])].text
