"""The lexical index: what counts as similar, and that a stored index is the same index."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from faq_index.errors import ReleaseError
from faq_index.lexical import LexicalIndex
from faq_index.text import normal

PHRASINGS = [
    "how do i return a dress",
    "return the shoes",
    "giao hàng mất bao lâu",
    "¿cuánto tarda el envío?",
    "pay by card",
]
MESSAGES = ["I want to RETURN a dress", "giao hang mat bao lau", "cuanto tarda el envio", "cards", "🙂", ""]


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    return LexicalIndex.build(PHRASINGS)


def nearest(index: LexicalIndex, text: str) -> str:
    return PHRASINGS[int(np.argmax(index.similarities([normal(text)])[0]))]


def test_a_phrasing_is_as_near_to_itself_as_can_be(index: LexicalIndex) -> None:
    np.testing.assert_allclose(np.diag(index.similarities(PHRASINGS)), 1, atol=1e-5)


def test_similarities_lie_between_nothing_and_one(index: LexicalIndex) -> None:
    similarities = index.similarities(MESSAGES)
    assert similarities.shape == (len(MESSAGES), len(PHRASINGS))
    assert similarities.dtype == np.float32
    assert similarities.min() >= 0
    assert similarities.max() <= 1 + 1e-5


def test_phrasings_among_themselves_are_what_messages_would_be(index: LexicalIndex) -> None:
    np.testing.assert_allclose(index.among_phrasings(), index.similarities(PHRASINGS), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "phrasing"),
    [
        ("i want to return a dress", "how do i return a dress"),
        ("giao hang mat bao lau", "giao hàng mất bao lâu"),  # without marks
        ("cuanto tarda el envio", "¿cuánto tarda el envío?"),
        ("retrun the shoos", "return the shoes"),  # misspelt
        ("PAYING BY CARDS", "pay by card"),
    ],
)
def test_the_nearest_phrasing(index: LexicalIndex, text: str, phrasing: str) -> None:
    assert nearest(index, text) == phrasing


def test_marks_count_when_both_have_them() -> None:
    index = LexicalIndex.build(["mã giảm giá", "ma giam gia"])
    similarities = index.similarities(["mã giảm giá"])[0]
    assert similarities[0] > similarities[1] > 0


@pytest.mark.parametrize("typed", ["doii", "doitra"])
def test_pieces_of_words_count_without_their_marks(typed: str) -> None:
    """Misspelt and without marks: neither the letters with marks nor whole words can help."""
    returning, cord = LexicalIndex.build(["đổi trả", "dây"]).similarities([typed])[0]
    assert returning > cord


def test_a_message_without_a_known_piece_is_near_nothing(index: LexicalIndex) -> None:
    assert not index.similarities(["🙂", "", "退款"]).any()


def test_a_stored_index_gives_the_same_similarities(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    loaded = LexicalIndex.load(tmp_path)
    np.testing.assert_array_equal(loaded.similarities(MESSAGES), index.similarities(MESSAGES))
    np.testing.assert_array_equal(loaded.among_phrasings(), index.among_phrasings())


def test_a_stored_index_holds_no_pickle(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    for file in tmp_path.glob("*.npy"):
        np.load(file, allow_pickle=False)
    for file in tmp_path.glob("*.npz"):
        with np.load(file, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype != object for name in arrays)
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".npy", ".npz"}


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _garbage(file: Path) -> None:
    file.write_bytes(b"\x80\x04\x95garbage" * 20)


def _altered(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(byte ^ 0xFF for byte in content[middle : middle + 20])
    file.write_bytes(bytes(content))


def _missing(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("harm", [_cut_short, _emptied, _garbage, _missing])
@pytest.mark.parametrize("name", ["lexical-marked.json", "lexical-bare-idf.npy", "lexical-words.npz"])
def test_a_broken_part_is_refused(index: LexicalIndex, tmp_path: Path, name: str, harm: Callable[[Path], None]) -> None:
    index.save(tmp_path)
    harm(tmp_path / name)
    with pytest.raises(ReleaseError, match=r"cannot be read .* Run \./faqdesk train"):
        LexicalIndex.load(tmp_path)


@pytest.mark.parametrize("name", ["lexical-marked.json", "lexical-words.npz"])
def test_an_altered_part_is_refused(index: LexicalIndex, tmp_path: Path, name: str) -> None:
    """An altered number cannot be told from a right one here; release.load compares every file's hash."""
    index.save(tmp_path)
    _altered(tmp_path / name)
    with pytest.raises(ReleaseError, match="cannot be read"):
        LexicalIndex.load(tmp_path)


def test_parts_that_do_not_fit_together_are_refused(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    terms = json.loads((tmp_path / "lexical-words.json").read_text("utf-8"))
    (tmp_path / "lexical-words.json").write_text(json.dumps(terms[:-1]), "utf-8")
    with pytest.raises(ReleaseError):
        LexicalIndex.load(tmp_path)


def test_a_matrix_of_another_width_is_refused(index: LexicalIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    sparse.save_npz(tmp_path / "lexical-words.npz", sparse.csr_matrix((len(PHRASINGS), 3), dtype=np.float32))
    with pytest.raises(ReleaseError):
        LexicalIndex.load(tmp_path)
