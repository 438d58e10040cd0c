"""A release whose encoder learned from its phrasings: answers with it, says how it was made, leaves the encoder alone."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_index import release
from faq_index.embedder import Role, SentenceEncoder
from faq_index.errors import EncoderError, KnowledgeError, ReleaseError
from faq_index.fakes import HashEmbedder
from faq_index.fine_tuning import FineTuning, Recipe
from faq_index.judgements import Judgement, measure
from faq_index.release import Release
from faq_index.settings import UnderstandingSettings
from tests.unit.faq_index.encoder_builders import save_encoder
from tests.unit.faq_index.index_builders import SHOP_ARTICLES, article, said, shop

PLAIN, TUNED = UnderstandingSettings(gloss=False), UnderstandingSettings(gloss=False, fine_tune=True)
QUICK = Recipe(steps=20, learning_rate=1e-3)
LAYERS = "encoder-layers.safetensors"
ASKED = ["how do i return a dress", "where is my parcel", "pay with card please", "giao hàng mất bao lâu"]


@pytest.fixture(autouse=True, scope="module")
def few_steps() -> Iterator[None]:
    """Enough for models so small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("faq_index.fine_tuning.Recipe", lambda: QUICK)
        yield


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return SentenceEncoder(str(save_encoder(tmp_path_factory.mktemp("encoders") / "small", layers=3)))


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases")


@pytest.fixture(scope="module")
def home(releases: Path, encoder: SentenceEncoder) -> Path:
    return releases / release.build(shop(), encoder, TUNED, releases)


def manifest_of(home: Path) -> dict[str, Any]:
    return dict(json.loads((home / "manifest.json").read_text("utf-8")))


def candidates(loaded: Release) -> list[Any]:
    return [one.candidates for one in loaded.understander.understand_all(ASKED, [None] * len(ASKED))]


def test_a_fine_tuned_release_answers(home: Path, encoder: SentenceEncoder) -> None:
    understander = release.load(home, encoder, TUNED).understander
    assert understander.understand("how do i return a dress").candidates[0].target.id == "returns"
    assert understander.understand("which cards do you take").candidates[0].target.id == "payment"


def test_messages_are_read_by_the_tuned_layers(home: Path, encoder: SentenceEncoder) -> None:
    """A phrasing asked again is at no distance from itself, which it is for no other encoder than the index's own."""
    store = release.load(home, encoder, TUNED).understander
    phrasing = "can i pay by card or paypal"
    own = store._store.similarities(store._embedder.encode([phrasing])).max()
    assert own == pytest.approx(1, abs=1e-5)
    assert store._store.similarities(encoder.encode([phrasing])).max() < 1 - 1e-4


def test_the_encoder_is_left_as_it_was(releases: Path, encoder: SentenceEncoder) -> None:
    before = encoder.encode(ASKED)
    built = release.build(shop(intents=()), encoder, TUNED, releases)
    release.load(releases / built, encoder, TUNED)
    np.testing.assert_array_equal(encoder.encode(ASKED), before)


def test_releases_with_and_without_are_served_side_by_side(
    home: Path, encoder: SentenceEncoder, releases: Path
) -> None:
    plain_home = releases / release.build(shop(), encoder, PLAIN, releases)
    assert not (plain_home / LAYERS).exists()
    assert "fine_tuning" not in manifest_of(plain_home)
    alone = candidates(release.load(plain_home, encoder, PLAIN))
    tuned = release.load(home, encoder, PLAIN)  # what a release is made of decides, not what the setting says by now
    beside = release.load(plain_home, encoder, TUNED)
    assert candidates(beside) == alone
    assert candidates(tuned) != alone


def test_the_same_base_has_the_same_name_again(home: Path, encoder: SentenceEncoder, tmp_path: Path) -> None:
    assert release.build(shop(), encoder, TUNED, tmp_path) == home.name
    assert (tmp_path / home.name / LAYERS).read_bytes() == (home / LAYERS).read_bytes()


def test_the_manifest_records_how_it_was_made(home: Path, encoder: SentenceEncoder) -> None:
    manifest = manifest_of(home)
    made = manifest["fine_tuning"]
    assert made.pop("seconds") > 0
    loss = made.pop("loss")
    assert 0 < loss["end"] < loss["start"]
    assert made == {"encoder": encoder.card.sha256, **dataclasses.asdict(QUICK)}
    assert manifest["settings"]["fine_tune"] is True
    assert LAYERS in manifest["files"]


@pytest.mark.parametrize("harm", ["altered", "cut short", "missing"])
def test_harmed_layers_are_refused_by_name(home: Path, encoder: SentenceEncoder, tmp_path: Path, harm: str) -> None:
    copied = tmp_path / home.name
    copied.mkdir()
    for file in home.iterdir():
        if file.name != LAYERS or harm != "missing":
            (copied / file.name).write_bytes(file.read_bytes())
    if harm != "missing":
        content = (home / LAYERS).read_bytes()
        (copied / LAYERS).write_bytes(content[:-1] if harm == "cut short" else content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ReleaseError, match=rf"{LAYERS} is not what was published .* run \./faqdesk train"):
        release.load(copied, encoder, TUNED)


def test_layers_of_another_encoder_are_refused(home: Path, tmp_path: Path) -> None:
    other = SentenceEncoder(str(save_encoder(tmp_path / "other", seed=2, layers=3)))
    with pytest.raises(ReleaseError, match="was made with encoder"):
        release.load(home, other, TUNED)


def test_judged_answers_are_measured_with_the_tuned_encoder(
    encoder: SentenceEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def spied(*rest: Any, **named: Any) -> Any:
        seen.append(named["embedder"])
        return measure(*rest, **named)

    monkeypatch.setattr("faq_index.release.learning.measure", spied)
    judged = [Judgement("can i return it on sunday", "en", "returns", True)]
    home = tmp_path / release.build(shop(), encoder, TUNED, tmp_path, judged=judged)
    served = release.load(home, encoder, TUNED).understander._embedder
    np.testing.assert_array_equal(seen[0].encode(ASKED), served.encode(ASKED))
    assert manifest_of(home)["judged"] == 1


def test_texts_of_a_target_come_nearer_to_each_other_than_to_others(encoder: SentenceEncoder) -> None:
    texts = ["how do i return a dress", "refund money", "where is my parcel", "how long does delivery take"]
    owner = [0, 0, 1, 1]
    tuning = FineTuning(encoder, texts, [False, True, False, False], owner, watch=lambda *_: None)
    layers = tuning.tune(np.ones(4, dtype=bool))
    roles: list[Role] = ["query", "passage", "query", "query"]

    def apart(by: SentenceEncoder) -> float:
        vectors = np.stack([by.encode([text], role=role)[0] for text, role in zip(texts, roles, strict=True)])
        cosines = vectors @ vectors.T
        return float(cosines[0, 1] + cosines[2, 3] - (cosines[:2, 2:].sum()) / 2)

    assert apart(layers.encoder()) > apart(encoder) + 0.1


def test_steps_are_told_to_the_end(encoder: SentenceEncoder, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    release.build(shop(), encoder, TUNED, tmp_path, watch=lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_without_a_watcher_a_bar_is_drawn(
    encoder: SentenceEncoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release.build(shop(), encoder, TUNED, tmp_path)
    assert "fine-tuning: 100%" in capsys.readouterr().err


@pytest.mark.parametrize(
    "articles",
    [
        [article("returns", "how do i return a dress", "refund money")],
        [dataclasses.replace(article(name, name), title=name, body="") for name in ("returns", "delivery", "payment")],
    ],
    ids=["one article with two phrasings", "one phrasing each"],
)
def test_a_base_with_nothing_to_compare_is_refused(
    encoder: SentenceEncoder, tmp_path: Path, articles: list[Any]
) -> None:
    with pytest.raises(KnowledgeError, match=r"two articles with two phrasings each.*train without --fine-tune"):
        release.build(shop(articles, intents=said("greet", "hello")), encoder, TUNED, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_cannot_be_tuned_is_refused(tmp_path: Path, embedder: HashEmbedder) -> None:
    with pytest.raises(EncoderError, match="'hash' cannot be fine-tuned"):
        release.build(shop(), embedder, TUNED, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_small_base_whose_folds_have_little_to_learn_from_can_be_tuned(
    encoder: SentenceEncoder, tmp_path: Path
) -> None:
    home = tmp_path / release.build(shop(SHOP_ARTICLES[:2], intents=()), encoder, TUNED, tmp_path)
    assert release.load(home, encoder, TUNED).understander.understand("send the dress back").candidates
