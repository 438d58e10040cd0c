"""Predictions: each query through the code that answers shoppers, one at a time, with the time that it took."""

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from faq_index.decide import Answer, Clarify, Decision, Talk, decide
from faq_index.evaluation.queries import Query
from faq_index.release import Release
from faq_index.understand import SHOWN

Decided = Literal["answer", "clarify", "handoff"]


@dataclass(frozen=True)
class Prediction:
    """`candidates` are ids of the base with their probabilities, best first; built-in small talk is no target of a base.

    `offered` are the ids shown for a clarification; `milliseconds` are those of this query alone.
    """

    decision: Decided
    candidates: tuple[tuple[str, float], ...]
    offered: tuple[str, ...]
    language: str
    milliseconds: float

    @property
    def p(self) -> float:
        return self.candidates[0][1] if self.candidates else 0.0

    @property
    def top(self) -> str:
        return self.candidates[0][0] if self.candidates else ""


def predict(
    release: Release, routes: Mapping[str, str], queries: Sequence[Query], step: Callable[[], None]
) -> list[Prediction]:
    """Ask `release` each query; `routes` has every id of the base. `step` is called after each."""
    release.understander.understand("warm up: the first pass through the encoder is slow")
    predictions = []
    for query in queries:
        predictions.append(_predict(release, routes, query.text))
        step()
    return predictions


def _predict(release: Release, routes: Mapping[str, str], text: str) -> Prediction:
    began = time.perf_counter()
    understood = release.understander.understand(text)
    decision = decide(understood, release.thresholds)
    milliseconds = (time.perf_counter() - began) * 1000
    candidates = tuple((c.target.id, c.p) for c in understood.candidates if c.target.id in routes)
    decided, offered = _as_decided(decision, routes)
    return Prediction(decided, candidates, offered, understood.spoken.language, milliseconds)


def _as_decided(decision: Decision, routes: Mapping[str, str]) -> tuple[Decided, tuple[str, ...]]:
    match decision:
        case Answer():
            return "answer", ()
        case Talk(intent, _) if intent in routes:
            return "answer", ()
        case Clarify(articles):
            return "clarify", articles
        case _:  # nothing close, or small talk of our own, which says nothing of the base
            return "handoff", ()


def write_predictions(file: Path, queries: Sequence[Query], predictions: Sequence[Prediction]) -> None:
    """PREDICTIONS.csv: qid, decision, p, id1, p1, ... id5, p5, lang, ms."""
    pairs = [name for place in range(1, SHOWN + 1) for name in (f"id{place}", f"p{place}")]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["qid", "decision", "p", *pairs, "lang", "ms"])
        for query, found in zip(queries, predictions, strict=True):
            shown = [value for target, p in found.candidates for value in (target, f"{p:.6f}")]
            shown += [""] * (2 * SHOWN - len(shown))
            writer.writerow(
                [query.qid, found.decision, f"{found.p:.6f}", *shown, found.language, f"{found.milliseconds:.2f}"]
            )
