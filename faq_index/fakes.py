"""A deterministic embedder for tests: no model, no seconds of loading, the same vectors on every machine."""

import hashlib
from collections.abc import Sequence

import numpy as np

from faq_index.embedder import EncoderCard, Role, Vectors
from faq_index.text import without_marks


class HashEmbedder:
    """Sums a fixed random unit vector for every word: texts that share words are near each other."""

    def __init__(self, dimension: int = 64) -> None:
        self.card = EncoderCard("hash", f"hash-{dimension}", dimension)

    def encode(self, texts: Sequence[str], *, role: Role = "query", progress: bool = False) -> Vectors:
        vectors = np.zeros((len(texts), self.card.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in without_marks(text).split() or [""]:
                vectors[row] += self._word(word)
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return np.asarray(vectors / lengths, dtype=np.float32)

    def _word(self, word: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(self.card.dimension).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
