"""Any encoder's vectors: those of sentence-transformers itself, with the prefix of their role, whatever stands beside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from faq_index.embedder import EncoderCard, SentenceEncoder
from faq_index.encoders.folder import find_model
from faq_index.encoders.model import library_vectors, load_model
from faq_index.errors import EncoderError
from tests.unit.faq_index.encoder_builders import TEXTS, alter_json, save_encoder

PROMPTS = {"query": "query: ", "passage": "passage: "}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("encoders")
    return {
        "plain": save_encoder(home / "plain"),
        "prompts": save_encoder(home / "prompts", prompts=PROMPTS),
        "dense": save_encoder(home / "dense", dense=24, prompts=PROMPTS),
        "cls": save_encoder(home / "cls", pooling="cls"),
        "prompt-not-pooled": save_encoder(home / "not-pooled", prompts=PROMPTS, counts_prompt=False),
        "large": save_encoder(home / "large", dimension=48),
    }


KINDS = ["plain", "prompts", "dense", "cls", "prompt-not-pooled", "large"]


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_those_of_the_library(folders: dict[str, Path], kind: str) -> None:
    encoder, model = SentenceEncoder(str(folders[kind])), load_model(find_model(str(folders[kind])))
    expected = library_vectors(model, TEXTS, encoder.card.query_prefix)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)
    expected = library_vectors(model, TEXTS, encoder.card.passage_prefix)
    np.testing.assert_allclose(encoder.encode(TEXTS, role="passage"), expected, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_company_and_order_do_not_matter(folders: dict[str, Path], kind: str) -> None:
    encoder = SentenceEncoder(str(folders[kind]))
    many = [*TEXTS, *(f"{text} again" for text in TEXTS), *["how"] * 70]
    together = encoder.encode(many)
    np.testing.assert_allclose(np.vstack([encoder.encode([text]) for text in many]), together, atol=1e-5)
    np.testing.assert_allclose(encoder.encode(many[::-1])[::-1], together, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_no_text_is_no_vector(folders: dict[str, Path]) -> None:
    for kind in ("plain", "prompt-not-pooled"):
        assert SentenceEncoder(str(folders[kind])).encode([]).shape == (0, 32)


def test_the_card_says_all_that_decides_the_vectors(folders: dict[str, Path]) -> None:
    folder = str(folders["dense"])
    assert SentenceEncoder(folder).card == EncoderCard(
        folder, find_model(folder).sha256, 24, "query: ", "passage: ", "torch", 48
    )


def test_a_prefix_of_the_setting_changes_vectors_and_card(folders: dict[str, Path]) -> None:
    folder = str(folders["prompts"])
    own, none = SentenceEncoder(folder), SentenceEncoder(folder, query_prefix="", passage_prefix="")
    assert (none.card.query_prefix, none.card.passage_prefix) == ("", "")
    np.testing.assert_allclose(none.encode(["query: how do i return"]), own.encode(["how do i return"]), atol=1e-6)
    assert np.abs(none.encode(["how do i return"]) - own.encode(["how do i return"])).max() > 1e-3
    assert np.abs(own.encode(["refund"], role="passage") - own.encode(["refund"])).max() > 1e-3


def test_a_text_is_cut_where_the_model_ends(folders: dict[str, Path]) -> None:
    encoder = SentenceEncoder(str(folders["plain"]))
    longest = "return " * 46  # 48 tokens with the two around it
    first, second = encoder.encode([longest + "a dress", longest + "my money"])
    np.testing.assert_array_equal(first, second)


def test_a_model_that_reads_from_the_right_is_still_the_librarys(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders["plain"], tmp_path / "right"))
    alter_json(folder / "tokenizer_config.json", padding_side="left")
    encoder, model = SentenceEncoder(str(folder)), load_model(find_model(str(folder)))
    np.testing.assert_allclose(encoder.encode(TEXTS), library_vectors(model, TEXTS), atol=1e-5)


def test_vectors_that_turn_out_to_be_no_numbers_are_never_handed_out(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = SentenceEncoder(str(folders["plain"]))
    broken = np.full((1, 32), np.nan, dtype=np.float32)
    monkeypatch.setattr("faq_index.encoders.torch_encoder._run", lambda *_: broken)
    with pytest.raises(EncoderError, match="NaN"):
        encoder.encode(["how"])


def test_without_packed_weights_the_vectors_are_the_same(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = SentenceEncoder(str(folders["dense"])).encode(TEXTS)
    monkeypatch.setattr("faq_index.encoders.torch_encoder.pack_linears", lambda _: False)
    np.testing.assert_allclose(SentenceEncoder(str(folders["dense"])).encode(TEXTS), packed, atol=1e-5)


@pytest.mark.parametrize(("given", "expected"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_wait_without_spinning_unless_somebody_says_so(given: str | None, expected: str) -> None:
    """In a new process: the variable is read once, when torch is loaded, so it must stand before."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    code = "import sys, os, faq_index; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | ({"OMP_WAIT_POLICY": given} if given else {}),
        cwd=Path(__file__).parents[3],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [expected, "False"]
