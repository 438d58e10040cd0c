"""The vector store: exact and compressed search, and that what is stored is what is loaded."""

import gc
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from faq_index.embedder import Vectors
from faq_index.errors import ReleaseError
from faq_index.vector_store import EXACT_UP_TO, VectorStore

ENOUGH_TO_LEARN_CODES = 640  # with fewer vectors FAISS warns


def unit_vectors(count: int, dimension: int = 8, seed: int = 7) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def phrasings_of_topics(count: int, dimension: int = 32, seed: int = 7) -> Vectors:
    """Crowded as phrasings are: many near each of a few topics."""
    topics = unit_vectors(count // 20 + 1, dimension, seed)
    return near(np.repeat(topics, 20, axis=0)[:count], seed + 1)


def near(vectors: Vectors, seed: int) -> Vectors:
    """One vector near each: what is asked about the same."""
    count, dimension = vectors.shape
    moved = vectors + 0.5 * unit_vectors(count, dimension, seed)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def compressed(vectors: Vectors) -> VectorStore:
    """As a base of more than EXACT_UP_TO phrasings is built."""
    return VectorStore.build(vectors, exact_up_to=0)


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


@pytest.mark.parametrize("count", [0, 1, 2, 64, 65, 100])
def test_similarities_are_the_cosines_with_every_phrasing(count: int) -> None:
    vectors = unit_vectors(100)
    similarities = VectorStore.build(vectors).similarities(vectors[:count])
    assert similarities.shape == (count, 100)
    assert similarities.dtype == np.float32
    np.testing.assert_allclose(similarities, vectors[:count] @ vectors.T, atol=1e-6)
    np.testing.assert_allclose(similarities.diagonal(), 1, atol=1e-6)


def test_the_vectors_are_kept_as_given(vectors: Vectors) -> None:
    for given in (vectors, np.asfortranarray(vectors)):
        store = VectorStore.build(given)
        np.testing.assert_array_equal(store.vectors, vectors)


@pytest.mark.parametrize("build", [VectorStore.build, compressed])
def test_the_vectors_do_not_vanish_with_the_store(build: Callable[[Vectors], VectorStore]) -> None:
    vectors = unit_vectors(ENOUGH_TO_LEARN_CODES, 64)
    kept = build(vectors).vectors
    gc.collect()
    _fill_freed_memory = [np.full_like(vectors, 7) for _ in range(20)]
    np.testing.assert_array_equal(kept, vectors)


def test_the_indexs_vectors_cannot_be_written_over(vectors: Vectors) -> None:
    with pytest.raises(ValueError, match="read-only"):
        VectorStore.build(vectors).vectors[0] = 0


def test_nothing_makes_no_index() -> None:
    with pytest.raises(ValueError, match="at least one vector"):
        VectorStore.build(np.empty((0, 8), dtype=np.float32))


# ---- many phrasings ------------------------------------------------------------------------------------------------


def test_few_phrasings_are_searched_exactly_and_many_are_compressed(tmp_path: Path) -> None:
    vectors = unit_vectors(EXACT_UP_TO + 1, 4)
    kinds = []
    for count in (EXACT_UP_TO, EXACT_UP_TO + 1):
        VectorStore.build(vectors[:count]).save(tmp_path / "phrasings.faiss")
        kinds.append(type(faiss.read_index(str(tmp_path / "phrasings.faiss"))))
    assert kinds == [faiss.IndexFlatIP, faiss.IndexRefineFlat]


@pytest.mark.parametrize("count", [1, 10, 100])
def test_a_compressed_search_finds_what_an_exact_one_finds(count: int) -> None:
    vectors = phrasings_of_topics(5_000)
    queries = near(vectors[::50], seed=8)
    cosines, rows = compressed(vectors).search(queries, count)
    exact_rows = VectorStore.build(vectors).search(queries, count)[1]
    missed = [set(wanted) - set(found) for wanted, found in zip(exact_rows, rows, strict=True)]
    assert sum(map(len, missed)) <= 0.01 * exact_rows.size
    if count == 1:
        np.testing.assert_array_equal(rows, exact_rows)
    assert (np.diff(cosines, axis=1) <= 0).all()


def test_the_cosines_of_a_compressed_search_are_exact() -> None:
    vectors = phrasings_of_topics(2_000)
    queries = near(vectors[::100], seed=8)
    cosines, rows = compressed(vectors).search(queries, 5)
    np.testing.assert_allclose(cosines, np.take_along_axis(queries @ vectors.T, rows, axis=1), atol=1e-6)


def test_what_a_search_finds_does_not_depend_on_the_company() -> None:
    vectors = phrasings_of_topics(5_000)
    store, queries = compressed(vectors), near(vectors[::71], seed=8)
    together = store.search(queries, 20)
    alone = [np.concatenate(parts) for parts in zip(*(store.search(query[None], 20) for query in queries), strict=True)]
    np.testing.assert_array_equal(together[0], alone[0])
    np.testing.assert_array_equal(together[1], alone[1])


def test_a_compressed_search_may_ask_for_everything() -> None:
    vectors = phrasings_of_topics(ENOUGH_TO_LEARN_CODES)
    cosines, rows = compressed(vectors).search(vectors[:2], 10_000)
    assert cosines.shape == (2, ENOUGH_TO_LEARN_CODES)
    assert all(set(row) == set(range(ENOUGH_TO_LEARN_CODES)) for row in rows.tolist())


@pytest.mark.parametrize("dimension", [1, 7, 32])
def test_vectors_of_any_length_are_compressed(tmp_path: Path, dimension: int) -> None:
    vectors = unit_vectors(ENOUGH_TO_LEARN_CODES, dimension)
    compressed(vectors).save(tmp_path / "phrasings.faiss")
    loaded = VectorStore.load(tmp_path / "phrasings.faiss", dimension)
    assert loaded.search(vectors[:3], 1)[0] == pytest.approx(np.ones((3, 1)), abs=1e-5)


@pytest.mark.parametrize("build", [VectorStore.build, compressed])
def test_cosines_with_chosen_phrasings_are_those_with_all(build: Callable[[Vectors], VectorStore]) -> None:
    store, queries = build(phrasings_of_topics(ENOUGH_TO_LEARN_CODES)), unit_vectors(3, 32)
    rows = np.array([[5, 0, 5, 639], [1, 2, 3, 4], [9, 8, 7, 6]])
    everything = store.similarities(queries)
    chosen = store.similarities_to(queries, rows)
    assert chosen.dtype == np.float32
    np.testing.assert_allclose(chosen, np.take_along_axis(everything, rows, axis=1), atol=1e-6)


_BUILD_AND_HASH = """
import hashlib, pathlib, sys
import faiss, numpy as np
from faq_index.vector_store import VectorStore
faiss.omp_set_num_threads(int(sys.argv[2]))
VectorStore.build(np.load(sys.argv[1] + "/vectors.npy"), exact_up_to=0).save(pathlib.Path(sys.argv[1]) / "built.faiss")
print(hashlib.sha256((pathlib.Path(sys.argv[1]) / "built.faiss").read_bytes()).hexdigest())
"""


def test_the_same_vectors_make_the_same_file_whatever_the_threads(tmp_path: Path) -> None:
    """A release is named by its content."""
    np.save(tmp_path / "vectors.npy", phrasings_of_topics(3_000))
    hashes = {_run(_BUILD_AND_HASH, str(tmp_path), threads) for threads in ("1", "2", "2", "5")}
    assert len(hashes) == 1


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [VectorStore.build, compressed])
def test_a_stored_index_is_the_same_index(tmp_path: Path, build: Callable[[Vectors], VectorStore]) -> None:
    vectors = phrasings_of_topics(ENOUGH_TO_LEARN_CODES)
    built = build(vectors)
    built.save(tmp_path / "phrasings.faiss")
    loaded = VectorStore.load(tmp_path / "phrasings.faiss", 32)
    np.testing.assert_array_equal(loaded.vectors, vectors)
    for mine, theirs in zip(loaded.search(vectors, 3), built.search(vectors, 3), strict=True):
        np.testing.assert_array_equal(mine, theirs)


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


def _write(file: Path, index: Any, vectors: Vectors) -> None:
    index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(file))


def _mislabelled() -> Any:
    index = faiss.IndexFlatIP(8)
    index.metric_type = faiss.METRIC_L2
    return index


# Indexes that FAISS reads and searches gladly, and that no release of ours holds.
STRANGE: dict[str, Callable[[], Any]] = {
    "a graph": lambda: faiss.IndexHNSWFlat(8, 4, faiss.METRIC_INNER_PRODUCT),
    "distances": lambda: faiss.IndexFlatL2(8),
    "another metric": _mislabelled,
    "other codes": lambda: faiss.IndexRefineFlat(faiss.IndexPQ(8, 4, 4, faiss.METRIC_INNER_PRODUCT)),
    "shorter codes": lambda: faiss.IndexRefineFlat(faiss.IndexPQFastScan(8, 2, 4, faiss.METRIC_INNER_PRODUCT)),
    "codes of another metric": lambda: faiss.IndexRefineFlat(faiss.IndexPQFastScan(8, 4, 4, faiss.METRIC_L2)),
    "codes in larger blocks": lambda: faiss.IndexRefineFlat(
        faiss.IndexPQFastScan(8, 4, 4, faiss.METRIC_INNER_PRODUCT, 64)
    ),
    "codes without vectors": lambda: faiss.IndexPQFastScan(8, 4, 4, faiss.METRIC_INNER_PRODUCT),
    "rounded vectors": lambda: faiss.index_factory(8, "PQ4x4fs,Refine(SQ8)", faiss.METRIC_INNER_PRODUCT),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_an_index_of_another_kind_is_refused(file: Path, kind: str) -> None:
    _write(file, STRANGE[kind](), unit_vectors(ENOUGH_TO_LEARN_CODES))
    with pytest.raises(ReleaseError, match=r"cannot be read .* Run \./faqdesk train"):
        VectorStore.load(file, 8)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3.0])
def test_vectors_that_are_no_unit_vectors_are_refused(file: Path, vectors: Vectors, bad: float) -> None:
    harmed = vectors.copy()
    harmed[3, 3] = bad
    _write(file, faiss.IndexFlatIP(8), harmed)
    with pytest.raises(ReleaseError, match="not of length 1"):
        VectorStore.load(file, 8)


def test_an_index_without_vectors_is_refused(file: Path) -> None:
    faiss.write_index(faiss.IndexFlatIP(8), str(file))
    with pytest.raises(ReleaseError, match="cannot be read"):
        VectorStore.load(file, 8)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="cannot be read"):
        VectorStore.load(tmp_path, 8)


_LOAD_THE_ALTERED = """
import collections, json, pathlib, resource, sys
import numpy as np
from faq_index.errors import ReleaseError
from faq_index.vector_store import VectorStore

file, whole = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[1]).read_bytes()
vectors = VectorStore.load(file, 8).vectors.copy()
held = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 2**28, held + 2**28))  # nobody may even try gigabytes
ends = collections.Counter()
for cut, place, value in json.loads(pathlib.Path(sys.argv[2]).read_text()):
    altered = bytearray(whole[:cut])
    altered[place:place + 1] = [value] if place < cut else []
    file.write_bytes(altered)
    try:
        store = VectorStore.load(file, 8)
        cosines, rows = store.search(vectors[:3], 5)
        assert rows.shape == cosines.shape == (3, 5) and store.vectors.shape == vectors.shape
        assert ((0 <= rows) & (rows < len(vectors))).all(), (cut, place, value, rows)
        ends["served"] += 1
    except ReleaseError as error:
        assert "faqdesk train" in str(error) and "bad_alloc" not in str(error) and "Memory" not in str(error), error
        ends["refused"] += 1
print(json.dumps(ends))
"""


@pytest.mark.parametrize("build", [VectorStore.build, compressed])
def test_an_altered_file_is_refused_or_served_but_never_ends_the_process(
    tmp_path: Path, build: Callable[[Vectors], VectorStore]
) -> None:
    """Only the release's SHA-256 tells whether a vector or a code is another one; here nothing may crash or read beyond."""
    file, harms = tmp_path / "phrasings.faiss", tmp_path / "harms.json"
    build(unit_vectors(ENOUGH_TO_LEARN_CODES)).save(file)
    size, chance = file.stat().st_size, random.Random(5)
    cuts = [(cut, cut, 0) for cut in [*range(0, size, max(size // 150, 1)), *range(200), size - 1]]
    heads = [(size, place, value) for place in range(130) for value in (0, 1, 127, 255)]
    tails = [(size, size - place, value) for place in range(1, 60) for value in (0, 1, 127, 255)]
    anywhere = [(size, chance.randrange(size), chance.randrange(256)) for _ in range(500)]
    harms.write_text(json.dumps([*cuts, *heads, *tails, *anywhere]), "utf-8")
    ends = json.loads(_run(_LOAD_THE_ALTERED, str(file), str(harms)))
    assert ends["refused"] >= len(cuts)
    assert ends["served"] > 0  # a vector's last bits


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}"
    return done.stdout.strip()
