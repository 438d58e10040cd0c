"""The default encoder reads English only: with the shipped lists it finds English articles from other languages."""

from dataclasses import replace
from pathlib import Path

import pytest

from faq_index import release
from faq_index.embedder import SentenceEncoder
from faq_index.gloss import read_glosses
from faq_index.settings import UnderstandingSettings
from faq_index.understand import Understander
from tests.unit.faq_index.index_builders import LANGUAGES, shop

# Each asks for something that the small shop of the tests has in English alone.
ASKED = [
    ("vi", "thanh toan bang the duoc khong", "payment"),
    ("vi", "thanh toán bằng thẻ được không", "payment"),
    ("vi", "cho toi gap nguoi that", "request_human"),
    ("es", "puedo pagar con tarjeta", "payment"),
    ("es", "quiero hablar con una persona", "request_human"),
]


def served(encoder: SentenceEncoder, folder: Path, settings: UnderstandingSettings) -> Understander:
    glosses = read_glosses(Path(__file__).parents[2] / "data" / "glosses", LANGUAGES)
    built = release.build(replace(shop(), glosses=glosses), encoder, settings, folder)
    return release.load(folder / built, encoder, settings).understander


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """Loaded once: it takes seconds."""
    return SentenceEncoder()


@pytest.fixture(scope="module")
def reading_glosses(encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Understander:
    return served(encoder, tmp_path_factory.mktemp("with"), UnderstandingSettings())


@pytest.fixture(scope="module")
def reading_as_typed(encoder: SentenceEncoder, tmp_path_factory: pytest.TempPathFactory) -> Understander:
    return served(encoder, tmp_path_factory.mktemp("without"), UnderstandingSettings(gloss=False))


@pytest.mark.parametrize(("language", "text", "target"), ASKED)
def test_a_message_in_another_language_finds_what_is_in_english_alone(
    reading_glosses: Understander, reading_as_typed: Understander, language: str, text: str, target: str
) -> None:
    found, without = reading_glosses.understand(text), reading_as_typed.understand(text)
    assert found.spoken.language == language
    assert found.candidates[0].target.id == target
    assert without.candidates[0].target.id != target, "this says nothing of the glosses: it is found without them"


def test_what_the_shop_has_in_the_shoppers_language_is_still_found(reading_glosses: Understander) -> None:
    texts = ["giao hang mat bao lau", "cómo devuelvo un vestido", "can i pay by card"]
    found = reading_glosses.understand_all(texts, [None] * 3)
    assert [understanding.candidates[0].target.id for understanding in found] == ["giao-hang", "devolver", "payment"]
