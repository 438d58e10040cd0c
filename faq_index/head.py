"""The head: from similarities with phrasings to one score for each target.

Kernel ridge regression on one-hot targets (Rifkin, Yeo, Poggio 2003, "Regularized least-squares classification").
With few phrasings a target it behaves like the nearest phrasing, with many like a linear classifier, and, which is why
it was chosen, leaving a phrasing or a whole article out has a closed form: calibration costs no retraining.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Owners = npt.NDArray[np.int32]  # the target of each row

# Measured over fourteen development sets (docs/decisions/0004-head.md); flat around these values.
_SHARPNESS = 3.0
_LEXICAL_SHARE = 0.5
RIDGE = 0.15
# Phrasings of one target that are alike from here are one question in two spellings: to meet one of them by the other
# proves nothing.
_SAME_QUESTION = 0.65


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


def are_same_question(similarities: Matrix) -> npt.NDArray[np.bool_]:
    """Which phrasings of one target, by their kernel, are one question in two spellings; same shape."""
    return np.asarray(similarities >= _SAME_QUESTION)


def nearest_by_target(similarities: Matrix, targets: npt.NDArray[np.int32], count: int) -> Matrix:
    """The largest similarity within each target, shape (messages, count); 0 for a target without phrasings."""
    nearest = np.zeros((count, similarities.shape[0]), dtype=np.float32)
    np.maximum.at(nearest, targets, similarities.T)
    return nearest.T


@dataclass(frozen=True)
class HeldOut:
    """What the head says of its own phrasings when it has not seen them.

    `alone`: the phrasing itself, and those that hardly differ from it, are left out: it stands for a question that the base
    answers. `hidden`: its whole target is left out: it stands for one that the base does not answer. `alone_targets` and
    `hidden_targets` are the targets they came from. Scores and nearest similarities have shape (rows, targets); a hidden
    target's own column is -inf / 0. `is_talk` says of each target whether it is none of the articles.
    """

    alone_targets: Owners
    alone_scores: Matrix
    alone_nearest: Matrix
    hidden_targets: Owners
    hidden_scores: Matrix
    hidden_nearest: Matrix
    is_talk: npt.NDArray[np.bool_]


def joined(parts: Sequence[HeldOut]) -> HeldOut:
    """What several heads say of phrasings that each has not seen, of the same targets."""
    rows = [field.name for field in fields(HeldOut) if field.name != "is_talk"]  # which is of the targets
    together = {name: np.concatenate([getattr(part, name) for part in parts]) for name in rows}
    return HeldOut(**together, is_talk=parts[0].is_talk)


def train(
    similarities: Matrix,
    targets: Sequence[int],
    *,
    hideable: Sequence[bool],
    asked: Sequence[bool],
    alone_of: npt.NDArray[np.bool_] | None = None,
    hidden_of: npt.NDArray[np.bool_] | None = None,
) -> tuple[Head, HeldOut]:
    """Fit on the phrasings' similarities among themselves, shape (n, n).

    `hideable` says for each target whether its absence stands for an unanswerable question (articles do, small talk does not);
    `asked` for each row whether it is what shoppers write, and not a title or passage: only such rows are held out, and alone
    only where the target has another, for without it what is left of the target is not what shoppers will meet.
    `alone_of`, of the rows, and `hidden_of`, of the targets, when given, leave out the others from what is held out.
    Residuals of a group S that is left out are (G_SS)^-1 A_S, with G the inverse of the regularised kernel and A the weights
    (Cook 1977; Pahikkala et al. 2006).
    """
    owner, question = np.asarray(targets, dtype=np.int32), np.asarray(asked, dtype=bool)
    count = len(hideable)
    labels = np.eye(count, dtype=np.float64)[owner]
    sizes = np.bincount(owner[question], minlength=count)
    ridge = _ridge(sizes, np.asarray(hideable, dtype=bool))[owner]
    inverse = np.linalg.inv(similarities.astype(np.float64) + np.diag(ridge))
    weights = inverse @ labels

    def without(group: Rows, of: Rows) -> npt.NDArray[np.float64]:
        """The scores of the rows `of`, all in `group`, when the head has not seen `group`; shape (len(of), targets)."""
        unseen = labels[group] - np.linalg.solve(inverse[np.ix_(group, group)], weights[group])
        return np.asarray(unseen[np.isin(group, of)])

    left_out = similarities.copy()
    alone, alone_scores = [], []
    for row in np.flatnonzero(question & (sizes[owner] > 1) & (True if alone_of is None else alone_of)):
        alike = np.flatnonzero((owner == owner[row]) & are_same_question(similarities[row]))
        group = np.union1d(alike, row)
        if question[group].sum() < sizes[owner[row]]:
            alone.append(row)
            alone_scores.append(without(group, np.array([row])))
            left_out[row, group] = 0
    nearest = nearest_by_target(left_out, owner, count)

    hidden, hidden_scores = [], []
    for target in np.flatnonzero(np.asarray(hideable) & (True if hidden_of is None else hidden_of)):
        group = np.flatnonzero(owner == target)
        rows = group[question[group]]
        if len(rows):
            hidden.append(rows)
            hidden_scores.append(without(group, rows))
    rows = np.concatenate([*hidden, np.empty(0, dtype=np.int64)])
    unseen = np.concatenate([*hidden_scores, np.empty((0, count))])
    unseen_nearest = nearest[rows].copy()
    unseen[np.arange(len(rows)), owner[rows]] = -np.inf
    unseen_nearest[np.arange(len(rows)), owner[rows]] = 0
    return Head(weights.astype(np.float32), owner), HeldOut(
        alone_targets=owner[alone],
        alone_scores=np.concatenate([*alone_scores, np.empty((0, count))]).astype(np.float32),
        alone_nearest=nearest[alone],
        hidden_targets=owner[rows],
        hidden_scores=unseen.astype(np.float32),
        hidden_nearest=unseen_nearest,
        is_talk=~np.asarray(hideable, dtype=bool),
    )


def _ridge(sizes: npt.NDArray[np.int64], hideable: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """The ridge of each target's rows: it grows with the root of their number, as seen from a typical article.

    A target with a hundred phrasings would else draw whatever is like nothing in particular.
    """
    typical = np.median(sizes[hideable]) if hideable.any() else np.median(sizes)
    return RIDGE * np.sqrt(np.maximum(sizes, 1) / max(typical, 1))
