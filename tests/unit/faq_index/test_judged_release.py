"""A release that was built with judged answers: they are counted, measured as messages are, and none change nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq_index import release
from faq_index.calibrate import Calibrator
from faq_index.fakes import HashEmbedder
from faq_index.gloss import Glosses
from faq_index.head import Head
from faq_index.judged import Judged
from faq_index.judgements import Judgement, measure
from faq_index.knowledge import Target
from faq_index.language import LanguageDetector
from faq_index.lexical import LexicalIndex
from faq_index.settings import UnderstandingSettings
from faq_index.vector_store import VectorStore
from tests.unit.faq_index.index_builders import LANGUAGES, shop

GONE = Judgement("will this fit me", "en", "sizes", False)
LEARNED = Judgement("send the dress back", "en", "returns", False)
WRONG = [Judgement(f"can you {verb} the dress", "en", "returns", False) for verb in ("shorten", "dye", "iron", "mend")]


class Builder:
    def __init__(self, folder: Path, embedder: HashEmbedder, settings: UnderstandingSettings) -> None:
        self.folder, self.embedder, self.settings = folder, embedder, settings
        self.said: list[str] = []

    def build(self, name: str, *judged: Judgement) -> Path:
        releases = self.folder / name
        built = release.build(shop(), self.embedder, self.settings, releases, self.said.append, judged=judged)
        return releases / built


@pytest.fixture
def builder(tmp_path: Path, embedder: HashEmbedder, settings: UnderstandingSettings) -> Builder:
    return Builder(tmp_path, embedder, settings)


def manifest_of(home: Path) -> dict[str, Any]:
    """The manifest without the time of day."""
    manifest: dict[str, Any] = json.loads((home / "manifest.json").read_text("utf-8"))
    manifest.pop("created")
    return manifest


def test_judged_answers_are_counted_and_change_the_release(builder: Builder) -> None:
    plain, judged = builder.build("plain"), builder.build("judged", *WRONG, GONE, LEARNED)
    assert manifest_of(judged)["judged"] == 4
    assert manifest_of(judged)["calibrator"] != manifest_of(plain)["calibrator"]
    assert judged.name != plain.name
    assert "refining the calibration with 4 of 6 judged answers" in builder.said
    assert release.load(judged, builder.embedder, builder.settings).id == judged.name


def test_what_was_disliked_becomes_less_likely(builder: Builder) -> None:
    def p(home: Path) -> float:
        understander = release.load(home, builder.embedder, builder.settings).understander
        found = understander.understand("can you wash the dress").candidates
        return next(candidate.p for candidate in found if candidate.target.id == "returns")

    assert p(builder.build("judged", *WRONG)) < p(builder.build("plain"))


@pytest.mark.parametrize("judged", [(), (GONE, LEARNED)])
def test_nothing_to_use_changes_not_a_byte(builder: Builder, judged: tuple[Judgement, ...]) -> None:
    plain, other = builder.build("plain"), builder.build("other", *judged)
    assert manifest_of(plain) == manifest_of(other)
    assert "judged" not in manifest_of(other)
    files = sorted(file.name for file in plain.iterdir() if file.name != "manifest.json")
    assert [(plain / name).read_bytes() for name in files] == [(other / name).read_bytes() for name in files]


def test_judged_texts_are_read_as_the_same_messages_would_be(builder: Builder) -> None:
    """Language, gloss and similarities: what calibration learned on must be what it is asked about later."""
    home = builder.build("judged", *WRONG)
    texts = ["CAN  you iron\u200b the dress", "bao lau thi giao hang", "cuánto tarda"]
    judged = [Judgement(text, prior, "delivery", True) for text, prior in zip(texts, ("en", "vi", ""), strict=True)]
    loaded = release.load(home, builder.embedder, builder.settings)
    candidates = [loaded.understander.understand(one.text, one.language).candidates for one in judged]
    served = [[c.p for c in found if c.target.id == "delivery"] for found in candidates]
    again = _measured(home, judged, builder.embedder)
    calibrator = Calibrator(**manifest_of(home)["calibrator"])
    p = again.of_shown(calibrator.probability(again.scores, again.nearest, np.zeros(again.scores.shape[1], bool)))
    assert [[value] for value in p] == [
        pytest.approx(values, abs=1e-6) if values else [value] for value, values in zip(p, served, strict=True)
    ]
    assert any(served)


def _measured(home: Path, judged: list[Judgement], embedder: HashEmbedder) -> Judged:
    knowledge = json.loads((home / "knowledge.json").read_text("utf-8"))
    owner = np.array([target for _, target, *_ in knowledge["phrasings"]], dtype=np.int32)
    return measure(
        judged,
        targets=[Target(*target) for target in knowledge["targets"]],
        detector=LanguageDetector(LANGUAGES, shop().phrasings),
        glosses=Glosses(json.loads((home / "glosses.json").read_text("utf-8"))),
        embedder=embedder,
        store=VectorStore.load(home / "phrasings.faiss", embedder.card.dimension),
        lexical=LexicalIndex.load(home),
        head=Head(np.load(home / "head.npy"), owner),
    )
