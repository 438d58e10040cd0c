"""A classifier on sentence vectors and TF-IDF together: what a competent engineer builds in an afternoon."""

import warnings
from collections.abc import Sequence

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from bench.peers.nearest import word_and_letter_features
from bench.peers.remembering import Encoder
from bench.peers.system import Scores
from faq_index.embedder import Vectors

# Over the development sets both are flat around these values, which are the best in the mean (docs/peers.md).
_DENSE_SHARE = 2.0  # of the sentence vector, whose length is 1, as are those of words and of pieces of words
_C = 30.0


class Hybrid:
    """Logistic regression; the probability of each target is multiplied by the cosine of the nearest phrasing.

    The probabilities alone sum to one over the base, so they cannot say that a message is about nothing in it.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def train(self, texts: Sequence[str], owners: Sequence[int]) -> None:
        self._phrasings = self._encoder.encode(texts)
        self._words = word_and_letter_features().fit(texts)
        self._classifier = LogisticRegression(C=_C, max_iter=1000)
        with warnings.catch_warnings():
            # One or two phrasings a target are normal here, and no regression taken for classification.
            warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
            self._classifier.fit(self._features(texts, self._phrasings), np.asarray(owners))

    def scores(self, text: str) -> Scores:
        vector = self._encoder.encode([text])
        probabilities = self._classifier.predict_proba(self._features([text], vector))[0]
        return np.asarray(probabilities * (self._phrasings @ vector[0]).max(), dtype=np.float64)

    def _features(self, texts: Sequence[str], vectors: Vectors) -> sparse.csr_matrix:
        return sparse.hstack([sparse.csr_matrix(vectors * _DENSE_SHARE), self._words.transform(texts)]).tocsr()
