"""Peers that answer with the target of the most similar phrasing; its similarity is their score."""

from collections.abc import Sequence
from typing import Protocol

import bm25s  # type: ignore[import-untyped]
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from bench.peers.remembering import Encoder
from bench.peers.system import Scores

_WORDS = r"(?u)\b\w+\b"  # single letters too: "o", "y" and "q" are words


class Similarity(Protocol):
    """Compares a message with all phrasings."""

    def train(self, texts: Sequence[str]) -> None: ...

    def to_all(self, text: str) -> Scores:
        """Shape (phrasings,)."""


class NearestPhrasing:
    """Each target's score is that of its most similar phrasing."""

    def __init__(self, similarity: Similarity) -> None:
        self._similarity = similarity

    def train(self, texts: Sequence[str], owners: Sequence[int]) -> None:
        self._similarity.train(texts)
        self._owners = np.asarray(owners)

    def scores(self, text: str) -> Scores:
        return best_of_each(self._similarity.to_all(text), self._owners)


def best_of_each(similarities: Scores, owners: np.ndarray) -> Scores:
    """The largest similarity within each target, shape (targets,)."""
    best = np.full(owners.max() + 1, -np.inf)
    np.maximum.at(best, owners, similarities)
    return best


def word_and_letter_features() -> FeatureUnion:
    """TF-IDF of words and of pieces of words, each of length 1 or 0."""
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=_WORDS)),
            ("letters", TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 5))),
        ]
    )


class TfidfSimilarity:
    """The mean of two cosines, that of words and that of pieces of words."""

    def train(self, texts: Sequence[str]) -> None:
        self._features = word_and_letter_features()
        self._phrasings = self._features.fit_transform(texts).tocsr()

    def to_all(self, text: str) -> Scores:
        message = self._features.transform([text]).tocsr()
        return np.asarray((self._phrasings @ message.T).toarray()[:, 0] / 2, dtype=np.float64)


class Bm25Similarity:
    """BM25 as Lucene reckons it, with its usual parameters; no word list and no stemmer, for any language."""

    def train(self, texts: Sequence[str]) -> None:
        self._index = bm25s.BM25()
        self._index.index(self._words(texts), show_progress=False)
        self._count = len(texts)

    def to_all(self, text: str) -> Scores:
        known = self._index.get_tokens_ids(self._words([text])[0])
        if not known:
            return np.zeros(self._count)
        return np.asarray(self._index.get_scores(known), dtype=np.float64)

    def _words(self, texts: Sequence[str]) -> list[list[str]]:
        words: list[list[str]] = bm25s.tokenize(
            list(texts), token_pattern=_WORDS, stopwords=None, return_ids=False, show_progress=False
        )
        return words


class EncoderSimilarity:
    """The cosine of sentence vectors."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def train(self, texts: Sequence[str]) -> None:
        self._phrasings = self._encoder.encode(texts)

    def to_all(self, text: str) -> Scores:
        return np.asarray(self._phrasings @ self._encoder.encode([text])[0], dtype=np.float64)
