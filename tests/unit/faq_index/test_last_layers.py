"""The last layers of an encoder: taken out, changed and put back beside it, whatever its architecture calls them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from faq_index.embedder import Embedder, Role, SentenceEncoder
from faq_index.encoders.card import EncoderCard
from faq_index.encoders.last_layers import LastLayers
from faq_index.errors import EncoderError
from faq_index.fakes import HashEmbedder
from tests.unit.faq_index.encoder_builders import TEXTS, save_encoder

PROMPTS = {"query": "query: ", "passage": "passage: "}
NO_LIMIT = 1_000


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    folder = tmp_path_factory.mktemp("encoders") / "small"
    return SentenceEncoder(str(save_encoder(folder, layers=3, prompts=PROMPTS, dense=24)))


def changed(layers: LastLayers, by: float = 0.05) -> LastLayers:
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in layers.parameters():
            weight.add_(by * torch.randn(weight.shape, generator=generator))
    return layers


@pytest.mark.parametrize("count", [1, 2, 3, 9])
@pytest.mark.parametrize("role", ["query", "passage"])
def test_both_halves_make_the_vectors_of_the_whole(encoder: SentenceEncoder, count: int, role: Role) -> None:
    layers = LastLayers(encoder, count)
    assert layers.first == max(3 - count, 0)
    found = layers.vectors(TEXTS, role, layers.states(TEXTS, role, NO_LIMIT), NO_LIMIT)
    np.testing.assert_allclose(found.detach(), encoder.encode(TEXTS, role=role), atol=1e-5)


@pytest.mark.parametrize("architecture", ["bert", "roberta", "xlm-roberta", "mpnet", "distilbert", "electra"])
def test_other_architectures_of_the_kind_have_layers_too(tmp_path: Path, architecture: str) -> None:
    encoder = SentenceEncoder(str(save_encoder(tmp_path / "small", layers=3, architecture=architecture)))
    layers = LastLayers(encoder, 1)
    np.testing.assert_allclose(layers.encoder().encode(TEXTS), encoder.encode(TEXTS), atol=1e-5)
    assert np.abs(changed(layers).encoder().encode(TEXTS) - encoder.encode(TEXTS)).max() > 1e-3


def test_the_encoder_they_come_from_stays_as_it_is(encoder: SentenceEncoder) -> None:
    before = encoder.encode(TEXTS)
    tuned = changed(LastLayers(encoder, 2)).encoder()
    assert np.abs(tuned.encode(TEXTS) - before).max() > 1e-3
    np.testing.assert_array_equal(encoder.encode(TEXTS), before)
    assert tuned.card == encoder.card


def test_what_an_encoder_was_given_does_not_change_with_the_layers(encoder: SentenceEncoder) -> None:
    layers = LastLayers(encoder, 2)
    tuned = layers.encoder()
    before = tuned.encode(TEXTS)
    changed(layers)
    np.testing.assert_array_equal(tuned.encode(TEXTS), before)


def test_saved_layers_are_read_as_they_were(encoder: SentenceEncoder, tmp_path: Path) -> None:
    layers = changed(LastLayers(encoder, 2))
    layers.save(tmp_path / "layers.safetensors")
    read = LastLayers.read(encoder, tmp_path / "layers.safetensors")
    np.testing.assert_array_equal(read.encoder().encode(TEXTS), layers.encoder().encode(TEXTS))


def test_texts_are_looked_at_as_far_as_is_said(encoder: SentenceEncoder) -> None:
    layers = LastLayers(encoder, 1)
    texts = ["how do i return " + end for end in ("a dress", "my money want person")]
    found = layers.vectors(texts, "query", layers.states(texts, "query", 5), 5).detach().numpy()
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def _cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def _of_other_layers(file: Path) -> None:
    save_file({f"7.{name}": weight for name, weight in load_file(file).items()}, file)


def _of_another_shape(file: Path) -> None:
    save_file({name: weight[..., :1].contiguous() for name, weight in load_file(file).items()}, file)


def _missing(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("harm", [_cut_short, _of_other_layers, _of_another_shape, _missing])
def test_a_file_with_anything_else_is_refused_by_name(
    encoder: SentenceEncoder, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    file = tmp_path / "layers.safetensors"
    LastLayers(encoder, 2).save(file)
    harm(file)
    with pytest.raises(EncoderError, match=r"layers\.safetensors .* Run \./faqdesk train"):
        LastLayers.read(encoder, file)


class _Finished(HashEmbedder):
    """As an exported model looks from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.card = EncoderCard("small", "0" * 64, 64, backend="onnx-int8")


def _by_the_library(encoder: SentenceEncoder) -> SentenceEncoder:
    other = encoder.with_model(encoder.model)
    other.tokenizer = None
    return other


def test_what_cannot_be_tuned_is_refused_with_what_to_do(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases: list[tuple[Embedder, str]] = [
        (_Finished(), "backend onnx-int8 only runs a finished model.*set encoder_backend to torch"),
        (_by_the_library(encoder), "reads its texts in a way of its own"),
    ]
    for one, reason in cases:
        with pytest.raises(EncoderError, match=rf"cannot be fine-tuned: .*{reason}.*train without --fine-tune"):
            LastLayers(one, 2)
    monkeypatch.setattr(encoder.model.transformers_model.config, "num_hidden_layers", 5)
    with pytest.raises(EncoderError, match="no list of layers that could be told apart"):
        LastLayers(encoder, 2)
