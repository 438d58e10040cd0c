"""Understanding: what one message means. The same code serves shoppers, replays and evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faq_index.calibrate import Calibrator
from faq_index.candidate import Candidate
from faq_index.embedder import Embedder, Vectors
from faq_index.entities import VALUES, Entity, EntityFinder
from faq_index.gloss import Glosses
from faq_index.head import Head, kernel
from faq_index.knowledge import Phrasing, Target
from faq_index.language import LanguageDetector, Spoken
from faq_index.lexical import LexicalIndex
from faq_index.several import asked_in_all
from faq_index.text import clean, has_words, normal, sentences
from faq_index.vector_store import VectorStore

SHOWN = 5  # candidates that leave this room


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
        glosses: Glosses,
    ) -> None:
        self._embedder, self._store, self._lexical = embedder, store, lexical
        self._head, self._calibrator = head, calibrator
        self._phrasings, self._targets = phrasings, targets
        self._is_talk = np.array([target.kind != "article" for target in targets], dtype=bool)
        self._detector, self._entities, self._glosses = detector, entities, glosses

    def understand(self, text: str, prior: str | None = None) -> Understanding:
        """One message; `prior` is the language that the conversation had so far."""
        return self.understand_all([text], [prior])[0]

    def understand_all(self, texts: Sequence[str], priors: Sequence[str | None]) -> list[Understanding]:
        """Several messages with one pass through the encoder; the result does not depend on the company."""
        cleaned = [clean(text) for text in texts]
        spoken = [self._detector.detect(text, prior) for text, prior in zip(cleaned, priors, strict=True)]
        found = self._candidates(texts, [each.language for each in spoken])
        return [
            Understanding(text, language, candidates, tuple(self._entities.find(text)))
            for text, language, candidates in zip(cleaned, spoken, found, strict=True)
        ]

    def _candidates(self, texts: Sequence[str], languages: Sequence[str]) -> list[tuple[Candidate, ...]]:
        """Of each message: of its whole, and of its sentences where it has several, in one pass."""
        parts = [_parts(text) for text in texts]
        forms = [normal(part) for own in parts for part in own]
        spoken = [language for own, language in zip(parts, languages, strict=True) for _ in own]
        if not forms:
            return [() for _ in texts]
        read = [self._glosses.gloss(form, language) for form, language in zip(forms, spoken, strict=True)]
        ranked = iter(self._rank(forms, self._embedder.encode(read)))
        each = [[next(ranked) for _ in own] for own in parts]
        return [asked_in_all(*own) if own else () for own in each]

    def _rank(self, forms: Sequence[str], vectors: Vectors) -> list[tuple[Candidate, ...]]:
        similarities = kernel(self._store.similarities(vectors), self._lexical.similarities(forms))
        scores, nearest = self._head.scores(similarities), self._head.nearest(similarities)
        probabilities = self._calibrator.probability(scores, nearest, self._is_talk)
        ranked = []
        for row, p in zip(similarities, probabilities, strict=True):
            best = np.argsort(-p, kind="stable")[:SHOWN]
            ranked.append(tuple(Candidate(self._targets[t], float(p[t]), self._speaker(row, int(t))) for t in best))
        return ranked

    def _speaker(self, similarities: np.ndarray, target: int) -> str:
        own = np.flatnonzero(self._head.targets == target)
        return self._phrasings[int(own[np.argmax(similarities[own])])].text


def _parts(text: str) -> list[str]:
    """The message, and its sentences when it has several; nothing when it holds no word."""
    whole, inner = clean(text), sentences(text)
    return [whole, *inner] if len(inner) > 1 else [whole] if has_words(whole) else []
