"""The vector store: exact search, and that what is stored is what is loaded."""

from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from faq_index.embedder import Vectors
from faq_index.errors import ReleaseError
from faq_index.vector_store import VectorStore


def unit_vectors(count: int, dimension: int = 8, seed: int = 7) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def vectors() -> Vectors:
    return unit_vectors(20)


@pytest.fixture
def file(tmp_path: Path, vectors: Vectors) -> Path:
    VectorStore.build(vectors).save(tmp_path / "phrasings.faiss")
    return tmp_path / "phrasings.faiss"


def test_the_nearest_come_first_with_their_cosines(vectors: Vectors) -> None:
    store, queries = VectorStore.build(vectors), unit_vectors(5, seed=8)
    cosines, rows = store.search(queries, 4)
    expected = queries @ vectors.T
    assert cosines.shape == rows.shape == (5, 4)
    np.testing.assert_array_equal(rows, np.argsort(-expected, axis=1)[:, :4])
    np.testing.assert_allclose(cosines, -np.sort(-expected, axis=1)[:, :4], atol=1e-6)


def test_a_search_finds_no_more_than_there_is(vectors: Vectors) -> None:
    cosines, rows = VectorStore.build(vectors[:3]).search(vectors[:1], 10)
    assert cosines.shape == (1, 3)
    assert sorted(rows[0]) == [0, 1, 2]


def test_similarities_are_the_cosines_with_every_phrasing(vectors: Vectors) -> None:
    similarities = VectorStore.build(vectors).similarities(vectors[:2])
    assert similarities.shape == (2, 20)
    np.testing.assert_allclose(similarities, vectors[:2] @ vectors.T, atol=1e-6)
    np.testing.assert_allclose([similarities[0, 0], similarities[1, 1]], 1, atol=1e-6)


def test_the_vectors_are_kept_as_given(vectors: Vectors) -> None:
    for given in (vectors, np.asfortranarray(vectors)):
        store = VectorStore.build(given)
        np.testing.assert_array_equal(store.vectors, vectors)


def test_the_vectors_do_not_vanish_with_the_store(vectors: Vectors) -> None:
    kept = VectorStore.build(vectors).vectors
    np.testing.assert_array_equal(kept, vectors)


def test_a_stored_index_is_the_same_index(file: Path, vectors: Vectors) -> None:
    loaded = VectorStore.load(file, 8)
    np.testing.assert_array_equal(loaded.vectors, vectors)
    np.testing.assert_array_equal(loaded.search(vectors, 3)[1], VectorStore.build(vectors).search(vectors, 3)[1])


def test_an_index_for_another_encoder_is_refused_with_both_lengths(file: Path) -> None:
    with pytest.raises(ReleaseError, match=r"vectors of 8 numbers, the encoder makes 384"):
        VectorStore.load(file, 384)


def _missing(file: Path) -> None:
    file.unlink()


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _garbage(file: Path) -> None:
    file.write_bytes(b"\x80\x04\x95garbage" * 20)


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _lengthened_claim(file: Path) -> None:
    """The header says more vectors than the file holds."""
    content = bytearray(file.read_bytes())
    content[8:16] = (10**6).to_bytes(8, "little")
    file.write_bytes(bytes(content))


@pytest.mark.parametrize("harm", [_missing, _emptied, _garbage, _cut_short, _lengthened_claim])
def test_a_broken_file_is_refused(file: Path, harm: Callable[[Path], None]) -> None:
    harm(file)
    with pytest.raises(ReleaseError, match=r"cannot be read .* Run \./faqdesk train"):
        VectorStore.load(file, 8)


def test_an_index_of_another_kind_is_refused(file: Path, vectors: Vectors) -> None:
    other = faiss.IndexHNSWFlat(8, 4)
    other.add(vectors)
    faiss.write_index(other, str(file))
    with pytest.raises(ReleaseError, match="cannot be read"):
        VectorStore.load(file, 8)
