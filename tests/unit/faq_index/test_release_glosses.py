"""Glosses in a release: they are part of what is published, and read for messages as they were for phrasings."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from faq_index import release
from faq_index.embedder import DEFAULT_ENCODER
from faq_index.fakes import HashEmbedder
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings
from tests.unit.faq_index.index_builders import shop

GLOSSES = {
    "vi": {"trả bằng thẻ": "pay by card", "trả": "return", "váy": "dress", "được": "can", "không $": ""},
    "es": {"pagar con tarjeta": "pay by card", "puedo": "can i"},
}
SHOP = replace(shop(), glosses=GLOSSES)
AS_TYPED = UnderstandingSettings(gloss=False)


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, embedder: HashEmbedder, settings: UnderstandingSettings
) -> Release:
    folder = tmp_path_factory.mktemp("glossed")
    return release.load(folder / release.build(SHOP, embedder, settings, folder), embedder, settings)


@pytest.mark.parametrize(
    "text", ["trả bằng thẻ được không?", "tra bang the duoc khong", "TRA BANG THE DUOC KHONG", "pagar con tarjeta"]
)
def test_a_loaded_release_reads_messages_with_the_glosses_that_it_was_built_with(served: Release, text: str) -> None:
    assert served.understander.understand(text).candidates[0].target.id == "payment"


def test_the_conversations_language_chooses_the_list(served: Release) -> None:
    """ "tra" alone could be said in any language."""
    in_vietnamese, in_english = (
        served.understander.understand("tra", language).candidates for language in ("vi", "en")
    )
    returns = [{c.target.id: c.p for c in found}.get("returns", 0.0) for found in (in_vietnamese, in_english)]
    assert returns[0] > returns[1]


def test_phrasings_in_other_languages_are_read_in_english_too(
    tmp_path: Path, embedder: HashEmbedder, settings: UnderstandingSettings
) -> None:
    """ "giao hàng mất bao lâu" is then found by an English question of the same meaning."""
    meaning = {"vi": {"giao hàng mất bao lâu": "when will the courier come"}}
    glossed, plain = (
        release.load(tmp_path / release.build(knowledge, embedder, settings, tmp_path), embedder, settings)
        for knowledge in (replace(shop(), glosses=meaning), shop())
    )
    found = [
        each.understander.understand("when will the courier come").candidates[0].target.id for each in (glossed, plain)
    ]
    assert found[0] == "giao-hang" != found[1]


def test_a_batch_reads_each_message_with_its_own_language(served: Release) -> None:
    texts = ["tra bang the", "hello there", "pagar con tarjeta", "🙂", "giao hàng mất bao lâu"]
    together = served.understander.understand_all(texts, [None] * len(texts))
    alone = [served.understander.understand(text) for text in texts]
    assert [[c.target for c in each.candidates] for each in together] == [
        [c.target for c in each.candidates] for each in alone
    ]


def test_other_glosses_make_another_release(
    tmp_path: Path, embedder: HashEmbedder, settings: UnderstandingSettings
) -> None:
    """Even of words that no phrasing has: shoppers may use them."""
    more = GLOSSES | {"vi": GLOSSES["vi"] | {"zebra": "zebra"}}
    names = {release.build(replace(SHOP, glosses=g), embedder, settings, tmp_path) for g in (GLOSSES, more, {})}
    assert len(names) == 3


def test_glosses_are_left_out_where_the_encoder_needs_none(tmp_path: Path, embedder: HashEmbedder) -> None:
    home = tmp_path / release.build(SHOP, embedder, AS_TYPED, tmp_path)
    assert json.loads((home / "glosses.json").read_text("utf-8")) == {}
    found = release.load(home, embedder, UnderstandingSettings()).understander.understand("tra bang the", "vi")
    without = release.load(tmp_path / release.build(shop(), embedder, AS_TYPED, tmp_path), embedder, AS_TYPED)
    assert found == without.understander.understand("tra bang the", "vi")


@pytest.mark.parametrize(
    ("encoder", "gloss", "read"),
    [
        (DEFAULT_ENCODER, None, True),
        ("some/multilingual-model", None, False),
        (DEFAULT_ENCODER, False, False),
        ("some/other-model", True, True),
    ],
)
def test_the_default_encoder_reads_glosses_and_others_only_if_told_so(
    encoder: str, gloss: bool | None, read: bool
) -> None:
    assert UnderstandingSettings(encoder=encoder, gloss=gloss).reads_glosses is read
