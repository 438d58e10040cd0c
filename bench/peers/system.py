"""What is compared: anything that learns a base and then ranks its targets for a query."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from bench.peers.part import Part
from faq_index.evaluation.predict import Prediction

Scores = npt.NDArray[np.float64]
_SHOWN = 5  # as many as our own understanding shows


@dataclass(frozen=True)
class Run:
    """One prediction for each query, and the seconds of learning the base, without loading code or models from disk."""

    predictions: list[Prediction]
    training_seconds: float


class System(Protocol):
    """Anything that can be asked a part. Raises UserError when it is not installed or breaks down."""

    @property
    def name(self) -> str: ...

    def run(self, part: Part) -> Run: ...


class Ranker(Protocol):
    """A system that runs in this process and knows no files."""

    def train(self, texts: Sequence[str], owners: Sequence[int]) -> None:
        """Learn `texts`; `owners` has the number of each one's target, 0, 1, ... without a gap."""

    def scores(self, text: str) -> Scores:
        """Shape (targets,): the higher, the likelier."""


@dataclass(frozen=True)
class InProcess:
    """Runs a new ranker on each part, one query at a time as shoppers come. `clock` tells seconds."""

    name: str
    make: Callable[[], Ranker]
    clock: Callable[[], float]

    def run(self, part: Part) -> Run:
        ranker = self.make()
        began = self.clock()
        ranker.train(part.texts, part.owners)
        training_seconds = self.clock() - began
        with threadpool_limits(1, user_api="blas"):  # as our own is asked
            ranker.scores("warm up")
            return Run([self._ask(ranker, text, part.targets) for text in part.asked], training_seconds)

    def _ask(self, ranker: Ranker, text: str, targets: Sequence[str]) -> Prediction:
        began = self.clock()
        scores = ranker.scores(text)
        best = np.argsort(-scores, kind="stable")[:_SHOWN]
        return as_prediction([(targets[t], float(scores[t])) for t in best], (self.clock() - began) * 1000)


def as_prediction(candidates: Sequence[tuple[str, float]], milliseconds: float) -> Prediction:
    """Of a system without a threshold of its own: it would answer with the first of `candidates`."""
    return Prediction("answer", tuple(candidates), (), "", milliseconds)
