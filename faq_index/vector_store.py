"""The FAISS index of the phrasings' vectors."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from faq_index.embedder import Vectors
from faq_index.errors import ReleaseError


class VectorStore:
    """Exact inner-product search over unit vectors, which is cosine similarity."""

    def __init__(self, index: Any) -> None:
        self._index = index
        # A copy: the index owns its memory, and whoever holds a mere view of it reads freed memory when the index is gone.
        self.vectors: Vectors = index.reconstruct_n(0, index.ntotal)

    @classmethod
    def build(cls, vectors: Vectors) -> "VectorStore":
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    def search(self, queries: Vectors, count: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """The `count` nearest phrasings of each query: cosines and row numbers, each (len(queries), count), best first."""
        cosines, rows = self._index.search(
            np.ascontiguousarray(queries, dtype=np.float32), min(count, self._index.ntotal)
        )
        return cosines, rows

    def similarities(self, queries: Vectors) -> npt.NDArray[np.float32]:
        """The cosine of every query with every phrasing, shape (len(queries), phrasings)."""
        return np.asarray(queries @ self.vectors.T, dtype=np.float32)

    def save(self, file: Path) -> None:
        faiss.write_index(self._index, str(file))

    @classmethod
    def load(cls, file: Path, dimension: int) -> "VectorStore":
        """Raises ReleaseError when the file is no index or holds vectors of another length than `dimension`."""
        try:
            index = faiss.read_index(str(file))
            if not isinstance(index, faiss.IndexFlatIP):
                raise RuntimeError(f"it holds an {type(index).__name__}, not an IndexFlatIP")
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ReleaseError(f"The vector index {file} cannot be read ({reason}). Run ./faqdesk train.") from None
        if index.d != dimension:
            raise ReleaseError(
                f"The vector index {file} holds vectors of {index.d} numbers, the encoder makes {dimension}. "
                "The encoder was changed after training; run ./faqdesk train."
            )
        return cls(index)
