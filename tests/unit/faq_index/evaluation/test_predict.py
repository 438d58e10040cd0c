"""Predictions: the decisions of the code that serves, in the ids of the base."""

import csv
import dataclasses
from pathlib import Path

import pytest

from faq_index.decide import Answer, Clarify, Handoff, Talk, decide
from faq_index.evaluation.predict import Prediction, predict, write_predictions
from faq_index.evaluation.queries import Query
from faq_index.release import Release

ROUTES = dict.fromkeys(("returns", "delivery", "payment", "devolver", "giao-hang"), "faq") | {"request_human": "human"}
TEXTS = (
    "how do i return a dress", "which cards", "hello there", "i want a person", "about the moon", "", "🙂",
    "x" * 10_000, "giao hàng mất bao lâu", "refund\x00 me", "delivery or return",
)  # fmt: skip


def asked(release: Release, *texts: str) -> list[Prediction]:
    return predict(release, ROUTES, [Query(str(number), text) for number, text in enumerate(texts)], lambda: None)


def test_predictions_are_the_decisions_that_shoppers_get(shop_release: Release) -> None:
    for text, found in zip(TEXTS, asked(shop_release, *TEXTS), strict=True):
        understood = shop_release.understander.understand(text)
        match decide(understood, shop_release.thresholds):
            case Answer(article, p):
                assert (found.decision, (article, p) in found.candidates) == ("answer", True)
            case Clarify(articles):
                assert (found.decision, found.offered) == ("clarify", articles)
            case Talk("request_human", _):
                assert (found.decision, found.top) == ("answer", "request_human")
            case Talk() | Handoff():
                assert found.decision == "handoff"
        assert found.language == understood.spoken.language
        assert found.milliseconds > 0


def test_small_talk_of_our_own_is_no_target_of_a_base(shop_release: Release) -> None:
    (found,) = asked(shop_release, "hello there")
    assert found.decision == "handoff"
    assert "greet" not in dict(found.candidates)


def test_a_message_without_words_has_no_candidate(shop_release: Release) -> None:
    (found,) = asked(shop_release, "🙂")
    assert (found.decision, found.candidates, found.p, found.top) == ("handoff", (), 0.0, "")


def test_every_query_is_a_step(shop_release: Release) -> None:
    steps: list[None] = []
    predict(shop_release, ROUTES, [Query("1", "a"), Query("2", "b")], lambda: steps.append(None))
    assert len(steps) == 2


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_the_releases_thresholds_decide(shop_release: Release, threshold: float) -> None:
    thresholds = dataclasses.replace(shop_release.thresholds, answer=threshold, clarify=threshold, talk=1.1)
    release = dataclasses.replace(shop_release, thresholds=thresholds)
    (found,) = asked(release, "how do i return a dress")
    assert found.decision == ("answer" if threshold == 0 else "handoff")


def test_predictions_are_written_as_the_contract_says(tmp_path: Path) -> None:
    found = Prediction("clarify", (("a", 0.5), ("b", 0.25)), ("a", "b"), "es", 12.345)
    write_predictions(tmp_path / "out.csv", [Query("7", "¿qué?")], [found])
    (row,) = csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8", newline=""))
    assert list(row) == [
        "qid",
        "decision",
        "p",
        "id1",
        "p1",
        "id2",
        "p2",
        "id3",
        "p3",
        "id4",
        "p4",
        "id5",
        "p5",
        "lang",
        "ms",
    ]
    assert row == dict.fromkeys(row, "") | {
        "qid": "7", "decision": "clarify", "p": "0.500000", "id1": "a", "p1": "0.500000", "id2": "b",
        "p2": "0.250000", "lang": "es", "ms": "12.35",
    }  # fmt: skip
