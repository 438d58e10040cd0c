"""Judged answers as calibration sees them: what the head says of messages whose answer shoppers found right or wrong."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faq_index.head import Matrix, Owners

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What was held out counts as so many judged answers: two or three thumbs prove little.
_HELD_OUT_WORTH = 20


@dataclass(frozen=True)
class Judged:
    """`targets` were shown, and `helpful` says whether that was right. Scores and nearest: shape (messages, targets)."""

    scores: Matrix
    nearest: Matrix
    targets: Owners
    helpful: Flags

    def of_shown(self, by_target: npt.NDArray[np.floating]) -> Numbers:
        """The part of `by_target`, shape (messages, targets, ...), that belongs to what was shown."""
        return np.asarray(by_target[np.arange(len(self.targets)), self.targets], dtype=np.float64)

    @property
    def would_be_shown(self) -> Flags:
        """Whether what was shown is still the best; of what would be shown instead, nobody has said anything."""
        return np.asarray(self.of_shown(self.scores) >= self.scores.max(axis=1))


def contradicts(p: Numbers, helpful: Flags, thresholds: Numbers, expected: Numbers, target_precision: float) -> Flags:
    """Whether answering from each of `thresholds` was judged right less often than `target_precision`, and not by chance.

    `p` and `helpful` are of the judged answers; `expected` is the precision that the held-out phrasings promise at each
    threshold. Chance is one standard error.
    """
    order = np.argsort(-p, kind="stable")
    answered = np.searchsorted(-p[order], -thresholds, side="right")
    right = np.append(0, np.cumsum(helpful[order]))[answered]
    count = answered + _HELD_OUT_WORTH
    precision = (right + _HELD_OUT_WORTH * expected) / count
    return np.asarray(precision + np.sqrt(precision * (1 - precision) / count) < target_precision)
