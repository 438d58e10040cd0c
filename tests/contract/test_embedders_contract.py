"""Embedders: one suite for the fake and the real one, so that what is tested with the fake holds for the other."""

from pathlib import Path

import numpy as np
import pytest

from faq_index.embedder import DEFAULT_ENCODER, DEFAULT_SHA256, Embedder, SentenceEncoder
from faq_index.encoders.folder import file_digest, find_model
from faq_index.errors import EncoderError
from faq_index.fakes import HashEmbedder

TEXTS = [
    "how do i return a dress",
    "giao hàng mất bao lâu",
    "¿cuánto tarda el envío?",
    "",
    "🙂",
    "204518",
    "退款",
    "x",
    "return " * 1_500,
]


@pytest.fixture(scope="session")
def real_encoder() -> SentenceEncoder:
    """Loaded once: it takes seconds."""
    return SentenceEncoder()


@pytest.fixture(params=["hash", "sentence-transformers"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = HashEmbedder() if request.param == "hash" else request.getfixturevalue("real_encoder")
    return found


def test_every_text_becomes_a_unit_vector_of_the_cards_length(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.card.dimension)
    assert vectors.dtype == np.float32
    assert vectors.flags["C_CONTIGUOUS"]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_text_becomes_no_vector_of_the_same_length(embedder: Embedder) -> None:
    vectors = embedder.encode([])
    assert vectors.shape == (0, embedder.card.dimension)
    assert vectors.dtype == np.float32


def test_the_same_text_is_the_same_vector_again(embedder: Embedder) -> None:
    np.testing.assert_array_equal(embedder.encode(TEXTS), embedder.encode(TEXTS))


def test_the_company_of_a_text_does_not_matter(embedder: Embedder) -> None:
    together = embedder.encode(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(embedder.encode([text])[0], vector, atol=1e-5)


def test_the_order_of_texts_is_kept_whatever_their_length(embedder: Embedder) -> None:
    np.testing.assert_allclose(embedder.encode(TEXTS[::-1]), embedder.encode(TEXTS)[::-1], atol=1e-5)


def test_texts_that_share_words_are_nearer_than_others(embedder: Embedder) -> None:
    returning, again, other = embedder.encode(["return a dress", "return the dress please", "delivery on sunday"])
    assert returning @ again > returning @ other


def test_a_passage_is_encoded_as_well_as_a_question(embedder: Embedder) -> None:
    assert embedder.encode(TEXTS, role="passage").shape == embedder.encode(TEXTS, role="query").shape


def test_a_tuple_is_as_good_as_a_list(embedder: Embedder) -> None:
    np.testing.assert_array_equal(embedder.encode(tuple(TEXTS[:2])), embedder.encode(TEXTS[:2]))


def test_the_card_names_encoder_weights_and_length(embedder: Embedder) -> None:
    assert embedder.card.name
    assert embedder.card.sha256
    assert embedder.card.dimension > 1


def test_the_default_encoder_is_the_published_one(real_encoder: SentenceEncoder) -> None:
    assert (real_encoder.card.name, real_encoder.card.dimension) == (DEFAULT_ENCODER, 384)
    assert file_digest(find_model(DEFAULT_ENCODER).path / "model.safetensors") == DEFAULT_SHA256


def test_the_hash_of_the_default_encoder_stays_what_it_is(real_encoder: SentenceEncoder) -> None:
    """Whoever changes how it is made makes every release that was ever built unusable."""
    assert real_encoder.card.sha256 == "c006c9485a9bef2b32fa4211f98d5bc526db0fde6c16cd541e38233f4eced8ea"


def test_the_default_encoder_knows_meanings_and_not_only_words(real_encoder: SentenceEncoder) -> None:
    asked, same, other = real_encoder.encode(["i want my money back", "how do refunds work", "where is your shop"])
    assert asked @ same > asked @ other


def test_altered_weights_of_the_default_encoder_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faq_index.encoders.folder.DEFAULT_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match=r"not the published ones .* \./faqdesk setup"):
        SentenceEncoder()


def test_a_folder_without_a_model_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="Set FAQDESK_UNDERSTANDING_ENCODER"):
        SentenceEncoder(str(tmp_path))


def test_fakes_of_another_length_have_another_card() -> None:
    assert HashEmbedder(32).card != HashEmbedder(64).card
    assert HashEmbedder(32).encode(["x"]).shape == (1, 32)
