"""The peers in this process: each finds what is plain, and takes whatever is asked."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.peers.hybrid import Hybrid
from bench.peers.nearest import (
    Bm25Similarity,
    EncoderSimilarity,
    NearestPhrasing,
    TfidfSimilarity,
    best_of_each,
)
from bench.peers.part import read_part
from bench.peers.suite import from_words
from bench.peers.system import InProcess, Ranker
from faq_index.fakes import HashEmbedder
from tests.unit.bench.peers.peer_builders import KB, write_set

RANKERS: dict[str, Callable[[], Ranker]] = {
    "tfidf": lambda: NearestPhrasing(TfidfSimilarity()),
    "bm25": lambda: NearestPhrasing(Bm25Similarity()),
    "encoder": lambda: NearestPhrasing(EncoderSimilarity(HashEmbedder(1024))),
    "hybrid": lambda: Hybrid(HashEmbedder(1024)),
}


def clock() -> float:
    return 0.0


@pytest.mark.parametrize("name", RANKERS)
def test_a_peer_finds_what_shares_words_with_a_phrasing(name: str, tmp_path: Path) -> None:
    part = read_part(from_words(str(write_set(tmp_path / "shop"))))
    run = InProcess(name, RANKERS[name], clock).run(part)
    assert [found.top for found in run.predictions[:4]] == ["returns", "delivery", "pago", "talk to us"]
    assert all(len({target for target, _ in found.candidates}) == 4 for found in run.predictions)
    assert run.predictions[4].p < min(found.p for found in run.predictions[:4])


@pytest.mark.parametrize("name", RANKERS)
@pytest.mark.parametrize("text", ["", "🙂", "zzzz", "?!", "x" * 10_000])
def test_a_peer_takes_whatever_is_asked(name: str, text: str) -> None:
    ranker = RANKERS[name]()
    ranker.train(["return a dress", "delivery time", "delivery days"], [0, 1, 1])
    scores = ranker.scores(text)
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_a_target_counts_by_its_most_similar_phrasing() -> None:
    assert best_of_each(np.array([0.2, -0.5, 0.9, -0.1]), np.array([0, 1, 0, 1])).tolist() == [0.9, -0.1]


def test_the_classifier_alone_cannot_tell_what_the_base_does_not_know() -> None:
    hybrid = Hybrid(HashEmbedder(1024))
    hybrid.train(["return a dress", "delivery time"], [0, 1])
    assert hybrid.scores("return a dress").sum() == pytest.approx(1)
    assert hybrid.scores("meaning of life").sum() < 0.7


def test_peers_know_all_routes_of_the_base_and_nothing_else(tmp_path: Path) -> None:
    part = read_part(from_words(str(write_set(tmp_path / "shop"))))
    assert len(part.texts) == KB.count("\n") - 1
    assert [part.targets[owner] for owner in part.owners].count("talk to us") == 1
    assert set(part.targets) == set(part.routes)


def test_peers_see_titles_and_answers_only_when_told(tmp_path: Path) -> None:
    kb = "faq_id,route,example,title,answer\n" + "".join(
        f"{name},faq,{name} please,All about {name},We answer whatever you ask of {name} within a day.\n"
        for name in ("returns", "delivery")
    )
    place = from_words(str(write_set(tmp_path / "shop", kb)))
    assert set(read_part(place).texts) == {"returns please", "delivery please"}
    more = read_part(place, with_answers=True)
    of = {text: more.targets[owner] for text, owner in zip(more.texts, more.owners, strict=True)}
    assert of["All about returns"] == "returns"
    assert any(target == "delivery" and "within a day" in text for text, target in of.items())
