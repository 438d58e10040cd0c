"""Calibration: from raw scores to an honest probability, and from a target precision to thresholds.

It learns from the release's own phrasings. A phrasing left out of the head stands for a shopper's question that the
base answers; a phrasing whose whole article is left out stands for one that it does not. Answers that shoppers have judged
correct what is too hopeful in that.
"""

from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

from faq_index.head import HeldOut, Matrix
from faq_index.judged import Flags, Judged, contradicts

Objective = Literal["precision", "mcc"]
Examples = tuple[npt.NDArray[np.float64], Flags, npt.NDArray[np.float64]]  # features, right, weights
Heard = tuple[npt.NDArray[np.float64], Flags]  # probability, whether it was right

OFFERED = 3  # a clarifying question offers at most so many articles
FAR_LESS = 5  # an article so many times less likely than the best offer only lengthens the list
# A choice is offered when two in five such choices hold what is asked. The probabilities say so themselves: a threshold
# learned from held-out phrasings offered less that was right for as much that was foreign.
_WORTH_OFFERING = 0.4
_CANDIDATES = 3  # so many of each message's best targets teach the calibrator what a wrong one looks like
_THRESHOLDS_TRIED = 101
_CERTAIN = 0.99  # the bot answers from here when calibration finds no probability that is right often enough


@dataclass(frozen=True)
class Calibrator:
    """A logistic model of "this candidate is right and in scope" over its score, its margin and its nearest phrasing.

    `margin` is the candidate's score less the best other's, so it is negative for all but the first. `talk`, never above 0,
    is added for small talk and other intents, which have many phrasings and thus draw what is like nothing in particular.
    """

    score: float
    margin: float
    nearest: float
    intercept: float
    talk: float = 0.0

    def probability(self, scores: Matrix, nearest: Matrix, is_talk: Flags) -> npt.NDArray[np.float64]:
        """The probability of every target, shape (messages, targets); rows need not sum to 1: nothing may be right.

        `is_talk`, shape (targets,), says which are no articles. A target with the score -inf is hidden, and has the
        probability 0.
        """
        hidden = np.isneginf(scores)
        features = np.where(hidden[:, :, None], 0, _features(scores, nearest, is_talk))
        # A sum and no matrix product, which rounds by a row's place: alike messages must have one probability.
        logits = (features * [self.score, self.margin, self.nearest, self.talk]).sum(axis=2) + self.intercept
        return np.where(hidden, 0, 1 / (1 + np.exp(-np.clip(logits, -30, 30))))


# For a base that teaches nothing, for leaving anything out leaves nothing to compare: only a near-repetition of a phrasing
# counts as known. The held-out phrasings, which are never right then, say nothing of repetitions either.
_ONLY_REPETITIONS = Calibrator(score=0.0, margin=0.0, nearest=12.0, intercept=-10.0)
_REPETITION, _LIKE_A_REPETITION = 0.8, 0.17  # its probabilities at similarities of .95 and .7


@dataclass(frozen=True)
class Thresholds:
    """`answer`: at and above this probability the bot answers. `clarify`: articles that may be meant are offered when their
    probabilities come to as much together."""

    answer: float
    clarify: float
    target_precision: float
    expected_coverage: float  # share of answerable questions that calibration expects to be answered at once
    talk: float = 0.5  # at and above it a message is taken for small talk or another intent

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def calibrate(
    held_out: HeldOut,
    *,
    target_precision: float,
    unanswerable_share: float,
    objective: Objective = "precision",
    judged: Judged | None = None,
) -> tuple[Calibrator, Thresholds]:
    """Fit the calibrator and find the thresholds.

    The answer threshold is the lowest with the target precision, or, for the objective `mcc`, the one with the best Matthews
    coefficient over the targets and "none of them"; intents then need as much as articles.
    `unanswerable_share` is how many of all questions the base is expected not to answer; hidden phrasings are weighted to
    that share, whatever their number.

    An answer that was `judged` teaches the calibrator as much as a held-out phrasing, by the candidate that was shown. Only
    what was answered is judged, so judgements know what lies above the threshold and nothing of what lies below: counted
    among the held-out phrasings, good ones would vouch for questions that they have never met. They can thus refine p,
    and raise the answer threshold for `precision` when they contradict it, and never lower it.
    """
    scores = np.concatenate([held_out.alone_scores, held_out.hidden_scores])
    nearest = np.concatenate([held_out.alone_nearest, held_out.hidden_nearest])
    truth = np.concatenate([held_out.alone_targets, np.full(len(held_out.hidden_targets), -1)])
    weights = _weights(held_out.alone_targets, held_out.hidden_targets, unanswerable_share)
    # Without unanswerable questions the hidden rows weigh nothing, and what weighs nothing has no precision.
    counts = weights > 0
    scores, nearest, truth, weights = scores[counts], nearest[counts], truth[counts], weights[counts]

    if not (truth >= 0).any():  # every target has one phrasing, and nothing is left to find it by
        return _only_repetitions(target_precision)

    is_talk = held_out.is_talk
    best = np.argsort(-scores, axis=1)[:, :_CANDIDATES]
    features = np.take_along_axis(_features(scores, nearest, is_talk), best[:, :, None], axis=1)
    right = best == truth[:, None]
    finite = np.isfinite(features).all(axis=2)
    examples = features[finite], right[finite], np.repeat(weights[:, None], best.shape[1], axis=1)[finite]
    calibrator = _fit(*(examples if judged is None else _joined(examples, judged, is_talk)))
    if calibrator is None:
        return _only_repetitions(target_precision)

    first_p = np.take_along_axis(calibrator.probability(scores, nearest, is_talk), best[:, :1], axis=1)[:, 0]
    thresholds = _thresholds(
        first_p,
        right[:, 0],
        truth,
        weights,
        target_precision,
        None if judged is None else _heard(calibrator, judged, is_talk),
    )
    if objective == "mcc":
        answer = _best_matthews(first_p, best[:, 0], truth, weights)
        thresholds = replace(thresholds, answer=answer, clarify=min(thresholds.clarify, answer), talk=answer)
    return calibrator, thresholds


def _only_repetitions(target_precision: float) -> tuple[Calibrator, Thresholds]:
    return _ONLY_REPETITIONS, Thresholds(_REPETITION, _LIKE_A_REPETITION, target_precision, 0.0)


def _features(scores: Matrix, nearest: Matrix, is_talk: Flags) -> npt.NDArray[np.float64]:
    """Shape (messages, targets, 4): score, margin over the best other target, nearest phrasing, whether it is talk."""
    two_best = np.sort(scores, axis=1)[:, -2:]
    is_best = scores == two_best[:, 1:]
    best_other = np.where(is_best, two_best[:, :1], two_best[:, 1:])
    # The other one of two targets may be hidden: then the margin is over 0, which is what a wrong target scores.
    margin = scores - np.where(np.isneginf(best_other), 0, best_other)
    return np.stack([scores, margin, nearest, np.broadcast_to(is_talk, scores.shape)], axis=2).astype(np.float64)


def _weights(
    targets: npt.NDArray[np.int32], hidden: npt.NDArray[np.int32], unanswerable_share: float
) -> npt.NDArray[np.float64]:
    """One weight a row, so that the hidden rows have together the expected share.

    What cannot be hidden, small talk, is written by the hundred so that it is recognised, and not because so many say it:
    each such target weighs at most what a typical article does.
    """
    sizes = np.bincount(targets)
    is_article = np.isin(np.arange(len(sizes)), hidden)
    typical = np.median(np.bincount(hidden)[np.unique(hidden)]) if len(hidden) else 1.0
    alone = np.where(is_article, 1.0, np.minimum(1.0, typical / np.maximum(sizes, 1)))[targets]
    if len(hidden) and len(alone):
        each_hidden = unanswerable_share / (1 - unanswerable_share) * alone.sum() / len(hidden)
        alone = np.concatenate([alone, np.full(len(hidden), each_hidden)])
    elif len(hidden):  # every article has one phrasing: nothing is left of any to be found by
        alone = np.ones(len(hidden))
    return alone * (len(alone) / alone.sum() if alone.sum() else 1)


def _joined(examples: Examples, judged: Judged, is_talk: Flags) -> Examples:
    shown = judged.of_shown(_features(judged.scores, judged.nearest, is_talk))
    features, right, weights = examples
    return (
        np.concatenate([features, shown]),
        np.concatenate([right, judged.helpful]),
        np.concatenate([weights, np.ones(len(shown))]),
    )


def _heard(calibrator: Calibrator, judged: Judged, is_talk: Flags) -> Heard:
    p = judged.of_shown(calibrator.probability(judged.scores, judged.nearest, is_talk))
    return p[judged.would_be_shown], judged.helpful[judged.would_be_shown]


def _fit(features: npt.NDArray[np.float64], right: Flags, weights: npt.NDArray[np.float64]) -> Calibrator | None:
    """None when there was nothing to learn."""
    if right.all() or not right.any():
        return None  # a base so small that leaving anything out leaves nothing to compare
    model = LogisticRegression(C=10.0, max_iter=500).fit(features, right, sample_weight=weights)
    # Where articles have no phrasing to spare only talk is ever right, which speaks for neither.
    if model.coef_[0, -1] > 0:
        model.fit(features * [1, 1, 1, 0], right, sample_weight=weights)
    score, margin, nearest, talk = (float(weight) for weight in model.coef_[0])
    # A score raises its margin with it, and a repetition raises all three: either must speak for a target, or nothing
    # was learned but chance.
    if min(score + margin, score + margin + nearest) <= 0:
        return None
    return Calibrator(score, margin, nearest, float(model.intercept_[0]), talk)


def _thresholds(
    p: npt.NDArray[np.float64],
    first_right: npt.NDArray[np.bool_],
    truth: npt.NDArray[np.int_],
    weights: npt.NDArray[np.float64],
    target_precision: float,
    heard: Heard | None = None,
) -> Thresholds:
    """Thresholds, from how often the first candidate was right.

    `heard` are the probabilities of answers that were judged, and whether they were right.
    """
    order = np.argsort(-p, kind="stable")
    answered = np.cumsum(weights[order])
    precision = np.cumsum(weights[order] * first_right[order]) / answered
    last_alike = np.append(np.diff(p[order]) < 0, True)  # messages of one probability are answered all or none
    is_enough = (precision >= target_precision) & last_alike
    surest = p.max()
    if heard is not None:
        is_enough &= ~contradicts(*heard, p[order], precision, target_precision)
        surest = np.append(heard[0], surest).max()
    enough = np.flatnonzero(is_enough)
    answer = float(p[order][enough[-1]]) if len(enough) else max(_CERTAIN, float(np.nextafter(surest, 1)))
    answerable = truth >= 0
    coverage = float(weights[answerable & (p >= answer)].sum() / weights[answerable].sum())
    return Thresholds(answer, min(_WORTH_OFFERING, answer), target_precision, coverage)


def _best_matthews(
    p: npt.NDArray[np.float64],
    first: npt.NDArray[np.int_],
    truth: npt.NDArray[np.int_],
    weights: npt.NDArray[np.float64],
) -> float:
    """The threshold with the best Matthews coefficient (Gorodkin 2004) when whatever is below it is given the label -1."""
    tried = np.unique(np.quantile(p, np.linspace(0, 1, _THRESHOLDS_TRIED)))
    reached = [
        matthews_corrcoef(truth, np.where(p >= threshold, first, -1), sample_weight=weights) for threshold in tried
    ]
    if max(reached) <= 0:  # no answer is better than none
        return max(_CERTAIN, float(np.nextafter(p.max(), 1)))
    return float(tried[int(np.argmax(reached))])
