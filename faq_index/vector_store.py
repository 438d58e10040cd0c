"""The FAISS index of the phrasings' vectors: exact as long as that is fast, and compressed, with exact cosines, beyond."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from faq_index.embedder import Vectors
from faq_index.errors import ReleaseError

Cosines = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

# Measured (docs/speed.md): so far comparing with every vector stays below 2 ms, also where other programs want the
# processor's cache, into which so many vectors just fit.
EXACT_UP_TO = 20_000
# So many of the compressed search's best, and twice those asked for, are compared exactly.
_RERANKED = 256
_FEW = 64  # queries at once while serving; training compares thousands
_BITS = 4  # of a code: sixteen of them fit a processor's register, which is what makes this search fast
_LONGEST = 1.01  # a unit vector's squared length, with room for rounding
_FLOAT = np.dtype(np.float32)
_CODES_SHAPE = ("d", "metric_type", "M", "M2", "nbits", "ksub", "code_size", "bbs", "qbs", "implem", "skip")
_QUANTIZER_SHAPE = ("d", "M", "nbits", "ksub", "dsub", "code_size")


class VectorStore:
    """Inner-product search over unit vectors, which is cosine similarity.

    Up to EXACT_UP_TO vectors each is compared with the query. Beyond, 4-bit codes of all of them are compared (product
    quantisation, Jégou et al. 2011, in the registers of André et al. 2015), and the best few hundred are compared
    exactly: cosines are always exact, while a near vector may be missed, rarely. Codes were the quickest of what finds the
    nearest practically always, are made in seconds, and the same each time: a release is named by its content.

    `vectors`, shape (phrasings, dimension), is read-only and the index's own memory.
    """

    def __init__(self, index: Any) -> None:
        self._index = index
        self.vectors: Vectors = np.asarray(_IndexMemory(index))

    @classmethod
    def build(cls, vectors: Vectors, exact_up_to: int = EXACT_UP_TO) -> "VectorStore":
        """The same vectors make the same file, byte for byte, on one machine.

        Raises:
            ValueError: there is no vector.
        """
        count, dimension = vectors.shape
        if not count:
            raise ValueError("an index needs at least one vector")
        given = np.ascontiguousarray(vectors, dtype=np.float32)
        index = _exact(dimension) if count <= exact_up_to else _compressed(dimension)
        with _one_thread():
            index.train(given)
            index.add(given)
        return cls(index)

    def search(self, queries: Vectors, count: int) -> tuple[Cosines, Rows]:
        """The `count` nearest phrasings of each query: cosines and row numbers, each (len(queries), count), best first."""
        count = min(count, len(self.vectors))
        params = None
        if isinstance(self._index, faiss.IndexRefineFlat):
            looked_at = min(_RERANKED + 2 * count, len(self.vectors))
            params = faiss.IndexRefineSearchParameters()
            params.k_factor = looked_at / count
        with _one_thread():
            cosines, rows = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), count, params=params)
        return cosines, rows

    def similarities(self, queries: Vectors) -> Cosines:
        """The cosine of every query with every phrasing, shape (len(queries), phrasings)."""
        if len(queries) <= _FEW:  # linear algebra packs what stands on the right before it begins
            return np.ascontiguousarray((self.vectors @ queries.T).T, dtype=np.float32)
        return np.asarray(queries @ self.vectors.T, dtype=np.float32)

    def similarities_to(self, queries: Vectors, rows: Rows) -> Cosines:
        """The cosine of each query with phrasings of its own; `rows` and the result have shape (len(queries), any)."""
        return np.asarray(np.einsum("qd,qrd->qr", queries, self.vectors[rows]), dtype=np.float32)

    def save(self, file: Path) -> None:
        faiss.write_index(self._index, str(file))

    @classmethod
    def load(cls, file: Path, dimension: int) -> "VectorStore":
        """Raises ReleaseError when the file is no index of ours or holds vectors of another length than `dimension`."""
        try:
            index = _read(file)
            if index.d == dimension:
                _check(index)
        except (RuntimeError, MemoryError, OSError, ValueError) as error:
            # FAISS says "Error in <signature> at <line>: Error: '<condition>' failed: <words>".
            reason = (str(error).strip() or type(error).__name__).splitlines()[-1].rpartition("failed: ")[2]
            raise ReleaseError(f"The vector index {file} cannot be read ({reason}). Run ./faqdesk train.") from None
        if index.d != dimension:
            raise ReleaseError(
                f"The vector index {file} holds vectors of {index.d} numbers, the encoder makes {dimension}. "
                "The encoder was changed after training; run ./faqdesk train."
            )
        return cls(index)


@contextmanager
def _one_thread() -> Iterator[None]:
    """FAISS divides even one query among all cores, which gains nothing here, and then they wait for each other.

    On a machine whose cores others want too that is up to 20 ms instead of half a one, and a build takes 10 s instead of 2.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


class _IndexMemory:
    """The index's vectors as numpy wants memory described.

    The array keeps this object, and this object the index: whoever holds only the array must not read freed memory.
    """

    def __init__(self, index: Any) -> None:
        self._index = index
        address = faiss.rev_swig_ptr(_flat(index).get_xb(), index.ntotal * index.d).ctypes.data
        self.__array_interface__ = {
            "shape": (index.ntotal, index.d),
            "typestr": _FLOAT.str,
            "data": (address, True),
            "version": 3,
        }


def _exact(dimension: int) -> Any:
    return faiss.IndexFlatIP(dimension)


def _compressed(dimension: int) -> Any:
    """Codes for pairs of numbers; for an odd dimension, which no known encoder has, for single ones."""
    codes = faiss.IndexPQFastScan(dimension, dimension // (1 + (dimension % 2 == 0)), _BITS, faiss.METRIC_INNER_PRODUCT)
    return faiss.IndexRefineFlat(codes)


def _flat(index: Any) -> Any:
    """The part of an index that holds the vectors themselves."""
    return index if isinstance(index, faiss.IndexFlatIP) else faiss.downcast_index(index.refine_index)


def _read(file: Path) -> Any:
    """FAISS allocates what a file claims to hold; nothing in a file is larger than the file."""
    size = file.stat().st_size
    bytes_before, loops_before = (
        faiss.get_deserialization_vector_byte_limit(),
        faiss.get_deserialization_loop_limit(),
    )
    faiss.set_deserialization_vector_byte_limit(size)
    faiss.set_deserialization_loop_limit(size)
    try:
        return faiss.read_index(str(file))
    finally:
        faiss.set_deserialization_vector_byte_limit(bytes_before)
        faiss.set_deserialization_loop_limit(loops_before)


def _check(index: Any) -> None:
    """Raises ValueError unless `index` is of a kind that `build` makes: FAISS reads many, and trusts what it has read."""
    if not isinstance(index, faiss.IndexFlatIP | faiss.IndexRefineFlat):
        raise ValueError(f"it holds an {type(index).__name__}, which is no index of this program")
    _check_vectors(_flat(index), index)
    if isinstance(index, faiss.IndexRefineFlat):
        empty = _compressed(index.d)  # kept by name: its parts are freed with it
        _check_codes(faiss.downcast_index(index.base_index), faiss.downcast_index(empty.base_index), index)


def _check_vectors(flat: Any, index: Any) -> None:
    claims = {(part.d, part.ntotal, part.metric_type, part.is_trained) for part in (flat, index)}
    if claims != {(index.d, index.ntotal, faiss.METRIC_INNER_PRODUCT, True)} or index.ntotal < 1:
        raise ValueError("its parts do not agree on what they hold")
    if not isinstance(flat, faiss.IndexFlatIP) or flat.codes.size() != index.ntotal * index.d * _FLOAT.itemsize:
        raise ValueError(f"it does not hold the {index.ntotal} vectors that it claims")
    vectors = np.asarray(_IndexMemory(index))
    if not (np.einsum("rd,rd->r", vectors, vectors) <= _LONGEST).all():  # so written, it refuses what is no number
        raise ValueError("its vectors are not of length 1")


def _check_codes(codes: Any, wanted: Any, index: Any) -> None:
    """`wanted` is the empty part as `build` makes it."""
    if not isinstance(codes, faiss.IndexPQFastScan):
        raise ValueError(f"it searches with an {type(codes).__name__}, which is no index of this program")
    padded = -(-index.ntotal // wanted.bbs) * wanted.bbs
    agree = (
        [getattr(codes, name) for name in ("ntotal", "ntotal2", "is_trained")] == [index.ntotal, padded, True]
        and all(getattr(codes, name) == getattr(wanted, name) for name in _CODES_SHAPE)
        and all(getattr(codes.pq, name) == getattr(wanted.pq, name) for name in _QUANTIZER_SHAPE)
        and codes.codes.size() == padded * wanted.M2 // 2
        and codes.pq.centroids.size() == wanted.d * wanted.ksub
    )
    if not agree or not np.isfinite(faiss.vector_to_array(codes.pq.centroids)).all():
        raise ValueError("its codes do not fit its vectors")
