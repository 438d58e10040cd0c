"""The head: from similarities with phrasings to one score for each target.

Kernel ridge regression on one-hot targets (Rifkin, Yeo, Poggio 2003, "Regularized least-squares classification").
With few phrasings a target it behaves like the nearest phrasing, with many like a linear classifier, and, which is why
it was chosen, leaving a phrasing or a whole article out has a closed form: calibration costs no retraining.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

# Measured over fourteen development sets (docs/decisions/0004-head.md); flat around these values.
_SHARPNESS = 3.0
_LEXICAL_SHARE = 0.5
RIDGE = 0.15


def kernel(cosines: Matrix, lexical: Matrix) -> Matrix:
    """One similarity in 0..1 from the encoder's cosine and the lexical one, same shape as both.

    exp(s(cos - 1)) is the Gaussian kernel on the unit sphere: it lets near phrasings count for more than the many
    that are merely about the same shop.
    """
    dense = np.exp(_SHARPNESS * (cosines - 1))
    return np.asarray((dense + _LEXICAL_SHARE * lexical) / (1 + _LEXICAL_SHARE), dtype=np.float32)


@dataclass(frozen=True)
class Head:
    """`weights` has shape (phrasings, targets); `targets` holds each phrasing's column."""

    weights: Matrix
    targets: npt.NDArray[np.int32]

    def scores(self, similarities: Matrix) -> Matrix:
        """Shape (messages, targets): about 1 for a phrasing's own target, about 0 for the others."""
        return similarities @ self.weights

    def nearest(self, similarities: Matrix) -> Matrix:
        """Shape (messages, targets): each target's most similar phrasing."""
        return nearest_by_target(similarities, self.targets, self.weights.shape[1])


def nearest_by_target(similarities: Matrix, targets: npt.NDArray[np.int32], count: int) -> Matrix:
    """The largest similarity within each target, shape (messages, count); 0 for a target without phrasings."""
    nearest = np.zeros((count, similarities.shape[0]), dtype=np.float32)
    np.maximum.at(nearest, targets, similarities.T)
    return nearest.T


@dataclass(frozen=True)
class HeldOut:
    """What the head says of its own phrasings when it has not seen them.

    `alone`: the phrasing itself is left out. `hidden`: its whole target is left out, so that the phrasing stands for a
    question that the base does not answer; only for the rows in `hidden_rows`. Scores and nearest similarities have shape
    (rows, targets); a hidden target's own column is -inf / 0.
    """

    alone_scores: Matrix
    alone_nearest: Matrix
    hidden_rows: npt.NDArray[np.int64]
    hidden_scores: Matrix
    hidden_nearest: Matrix


def train(similarities: Matrix, targets: Sequence[int], hideable: Sequence[bool]) -> tuple[Head, HeldOut]:
    """Fit on the phrasings' similarities among themselves, shape (n, n).

    `hideable` says for each target whether its absence stands for an unanswerable question (articles do, small talk does not).
    Leave-one-out residuals are a_i / g_ii and leave-group-out ones (G_SS)^-1 A_S, with G the inverse of the regularised
    kernel (Cook 1977; Pahikkala et al. 2006).
    """
    owner = np.asarray(targets, dtype=np.int32)
    count = len(hideable)
    labels = np.eye(count, dtype=np.float64)[owner]
    inverse = np.linalg.inv(similarities.astype(np.float64) + RIDGE * np.eye(len(owner)))
    weights = inverse @ labels
    head = Head(weights.astype(np.float32), owner)

    alone = labels - weights / np.diag(inverse)[:, None]
    others = similarities.copy()
    np.fill_diagonal(others, 0)
    nearest = nearest_by_target(others, owner, count)

    hidden_rows, hidden_scores = [], []
    for target in range(count):
        rows = np.flatnonzero(owner == target)
        if hideable[target] and len(rows):
            scores = labels[rows] - np.linalg.solve(inverse[np.ix_(rows, rows)], weights[rows])
            scores[:, target] = -np.inf
            hidden_rows.append(rows)
            hidden_scores.append(scores)
    rows = np.concatenate(hidden_rows) if hidden_rows else np.empty(0, dtype=np.int64)
    hidden_nearest = nearest[rows].copy()
    hidden_nearest[np.arange(len(rows)), owner[rows]] = 0
    scores = np.concatenate(hidden_scores) if hidden_scores else np.empty((0, count))
    return head, HeldOut(alone.astype(np.float32), nearest, rows, scores.astype(np.float32), hidden_nearest)
