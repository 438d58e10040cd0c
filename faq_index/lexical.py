"""Lexical evidence: words and pieces of words, which carry names, misspellings and languages the encoder barely knows."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from faq_index.errors import ReleaseError
from faq_index.text import normal, without_marks

# Each view sees other things: letters with their marks, letters without them (typed Vietnamese), whole words.
_VIEWS: dict[str, dict[str, Any]] = {
    "marked": {"preprocessor": normal, "analyzer": "char_wb", "ngram_range": (2, 5)},
    "bare": {"preprocessor": without_marks, "analyzer": "char_wb", "ngram_range": (2, 4)},
    "words": {
        "preprocessor": without_marks,
        "analyzer": "word",
        "ngram_range": (1, 2),
        "token_pattern": r"(?u)\b\w+\b",
    },
}


class LexicalIndex:
    """TF-IDF cosine similarities between messages and phrasings, averaged over three views."""

    def __init__(self, vectorizers: dict[str, TfidfVectorizer], matrices: dict[str, sparse.csr_matrix]) -> None:
        self._vectorizers = vectorizers
        self._matrices = matrices
        self._transposed = {view: matrix.T.tocsr() for view, matrix in matrices.items()}

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        vectorizers, matrices = {}, {}
        for view, options in _VIEWS.items():
            vectorizers[view] = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options)
            matrices[view] = vectorizers[view].fit_transform(texts).tocsr()
        return cls(vectorizers, matrices)

    def similarities(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Shape (len(texts), phrasings), each in 0..1."""
        return self._mean([self._vectorizers[view].transform(texts) @ self._transposed[view] for view in _VIEWS])

    def among_phrasings(self) -> npt.NDArray[np.float32]:
        """Shape (phrasings, phrasings): every phrasing against every other."""
        return self._mean([self._matrices[view] @ self._matrices[view].T for view in _VIEWS])

    def _mean(self, parts: list[sparse.csr_matrix]) -> npt.NDArray[np.float32]:
        return np.asarray(sum(part.toarray() for part in parts) / len(parts), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Writes plain arrays and JSON: a release never holds a pickle, which could run code when loaded."""
        for view in _VIEWS:
            vectorizer = self._vectorizers[view]
            terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
            (folder / f"lexical-{view}.json").write_text(json.dumps(terms, ensure_ascii=False), "utf-8")
            np.save(folder / f"lexical-{view}-idf.npy", vectorizer.idf_.astype(np.float32))
            sparse.save_npz(folder / f"lexical-{view}.npz", self._matrices[view])

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Raises ReleaseError when a part is unreadable."""
        vectorizers, matrices = {}, {}
        try:
            for view, options in _VIEWS.items():
                terms = json.loads((folder / f"lexical-{view}.json").read_text("utf-8"))
                vectorizer = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, vocabulary=terms, **options)
                vectorizer.idf_ = np.load(folder / f"lexical-{view}-idf.npy", allow_pickle=False)
                vectorizers[view] = vectorizer
                matrices[view] = sparse.load_npz(folder / f"lexical-{view}.npz").tocsr()
                if matrices[view].shape[1] != len(terms):
                    raise ValueError(f"{len(terms)} terms, but a matrix for {matrices[view].shape[1]}")
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise ReleaseError(
                f"The lexical index in {folder} cannot be read ({error}). Run ./faqdesk train."
            ) from None
        return cls(vectorizers, matrices)
