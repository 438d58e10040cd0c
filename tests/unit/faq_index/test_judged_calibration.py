"""Judged answers in calibration: they correct a base that is too hopeful, and harm none that is not."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from faq_index.calibrate import Calibrator, Thresholds, calibrate
from faq_index.head import Head, HeldOut, Matrix, kernel, train
from faq_index.judged import Judged, contradicts

ARTICLES, PHRASINGS, DIMENSION = 25, 8, 16
FAIR = 1.2  # how far a phrasing is from the middle of its article, when it is like what shoppers write
NEAR_DUPLICATES = 0.75


class Base:
    """Articles whose phrasings lie `spread` about their middles."""

    def __init__(self, spread: float, seed: int = 0) -> None:
        self.chance = np.random.default_rng(seed)
        self.middles = self.about(np.zeros((ARTICLES, DIMENSION)), 1.0)
        owner = np.repeat(np.arange(ARTICLES), PHRASINGS)
        self.phrasings = self.about(self.middles[owner], spread)
        self.head: Head
        self.held_out: HeldOut
        self.head, self.held_out = train(
            self.similarities(self.phrasings), owner.tolist(), hideable=[True] * ARTICLES, asked=[True] * len(owner)
        )

    def about(self, middles: npt.NDArray[np.float64], spread: float) -> npt.NDArray[np.float64]:
        noise = self.chance.standard_normal(middles.shape)
        moved = middles + spread * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))

    def similarities(self, messages: npt.NDArray[np.float64]) -> Matrix:
        cosines = (messages @ self.phrasings.T).astype(np.float32)
        return kernel(cosines, np.clip(cosines, 0, 1))

    def traffic(self, count: int, spread: float, foreign: float) -> Judged:
        """Messages with what the head finds best for them, all judged; a share is `foreign`, near an article but of none."""
        truth = self.chance.integers(0, ARTICLES, count)
        middles = self.middles[truth]
        is_foreign = self.chance.random(count) < foreign
        middles = np.where(is_foreign[:, None], self.about(middles, 1.0), middles)
        similarities = self.similarities(self.about(middles, spread))
        scores, nearest = self.head.scores(similarities), self.head.nearest(similarities)
        best = scores.argmax(axis=1).astype(np.int32)
        return Judged(scores, nearest, best, (best == truth) & ~is_foreign)

    def calibrated(self, judged: Judged | None = None, precision: float = 0.9) -> tuple[Calibrator, Thresholds]:
        return calibrate(self.held_out, target_precision=precision, unanswerable_share=0.2, judged=judged)


def some(judged: Judged, chosen: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Judged:
    return Judged(judged.scores[chosen], judged.nearest[chosen], judged.targets[chosen], judged.helpful[chosen])


def p_of(calibrator: Calibrator, judged: Judged) -> npt.NDArray[np.float64]:
    return judged.of_shown(calibrator.probability(judged.scores, judged.nearest, np.zeros(ARTICLES, dtype=bool)))


def two_hundred(
    base: Base, found: tuple[Calibrator, Thresholds], right: float | None = None, **traffic: float
) -> Judged:
    """Answers that would have been given and were judged; with `right` so that this share of them was right."""
    answered = base.traffic(8_000, **traffic)
    answered = some(answered, p_of(found[0], answered) >= found[1].answer)
    if right is None:
        return some(answered, np.arange(200))
    good, bad = np.flatnonzero(answered.helpful), np.flatnonzero(~answered.helpful)
    count = round(200 * right)
    return some(answered, np.concatenate([good[:count], bad[: 200 - count]]))


def realised(found: tuple[Calibrator, Thresholds], traffic: Judged) -> tuple[float, float]:
    """Share answered, and precision of that."""
    answered = p_of(found[0], traffic) >= found[1].answer
    return float(answered.mean()), float(traffic.helpful[answered].mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_base_of_near_duplicates_is_corrected_by_what_shoppers_said(seed: int) -> None:
    base = Base(NEAR_DUPLICATES, seed)
    before = base.calibrated()
    judged = two_hundred(base, before, right=0.6, spread=1.5, foreign=0.25)
    after = base.calibrated(judged)
    assert after[1].answer > before[1].answer + 0.2
    assert p_of(after[0], judged).mean() == pytest.approx(0.6, abs=0.1)
    assert abs(p_of(after[0], judged).mean() - 0.6) < abs(p_of(before[0], judged).mean() - 0.6)
    traffic = base.traffic(4_000, spread=1.5, foreign=0.25)
    assert realised(after, traffic)[1] > realised(before, traffic)[1] + 0.1


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_base_that_is_honest_stays_about_as_it_was(seed: int) -> None:
    base = Base(FAIR, seed)
    before = base.calibrated(precision=0.8)
    after = base.calibrated(two_hundred(base, before, spread=FAIR, foreign=0.15), precision=0.8)
    traffic = base.traffic(4_000, spread=FAIR, foreign=0.15)
    (share, precision), (share_after, precision_after) = realised(before, traffic), realised(after, traffic)
    assert share_after == pytest.approx(share, abs=0.08)
    assert precision_after == pytest.approx(precision, abs=0.05)


def test_praise_does_not_vouch_for_questions_that_were_never_answered() -> None:
    """Only what was answered is judged: however good that was, the bot must not begin to answer much less sure ones."""
    base = Base(FAIR)
    before = base.calibrated(precision=0.8)
    after = base.calibrated(two_hundred(base, before, right=1.0, spread=FAIR, foreign=0.15), precision=0.8)
    traffic = base.traffic(4_000, spread=FAIR, foreign=0.15)
    assert realised(after, traffic)[0] <= realised(before, traffic)[0] + 0.02


def test_a_thumb_or_two_do_not_silence_the_bot() -> None:
    base = Base(FAIR)
    before = base.calibrated(precision=0.8)
    judged = two_hundred(base, before, right=0.0, spread=FAIR, foreign=0.5)
    one, all_of_them = base.calibrated(some(judged, np.arange(1)), 0.8), base.calibrated(judged, 0.8)
    traffic = base.traffic(4_000, spread=FAIR, foreign=0.15)
    assert realised(one, traffic)[0] > 0.7 * realised(before, traffic)[0]
    assert (p_of(all_of_them[0], judged) >= all_of_them[1].answer).mean() < 0.2


def test_nothing_judged_changes_nothing() -> None:
    base = Base(FAIR)
    assert base.calibrated(None) == base.calibrated()
    assert base.calibrated(None)[0] != base.calibrated(two_hundred(base, base.calibrated(), spread=FAIR, foreign=0))[0]


def test_the_best_matthews_threshold_is_not_moved_by_what_was_judged() -> None:
    """That objective compares with published figures; judged answers only refine its probabilities."""
    base = Base(NEAR_DUPLICATES)
    judged = two_hundred(base, base.calibrated(), right=0.6, spread=1.5, foreign=0.25)
    _, thresholds = calibrate(
        base.held_out, target_precision=0.9, unanswerable_share=0.2, objective="mcc", judged=judged
    )
    assert thresholds.answer == thresholds.talk < base.calibrated(judged)[1].answer


def test_what_would_no_longer_be_shown_says_nothing_of_the_threshold() -> None:
    """The second best was shown once, and disliked; what is best now nobody has judged."""
    base = Base(FAIR)
    answered = two_hundred(base, base.calibrated(precision=0.8), right=0.0, spread=FAIR, foreign=0.5)
    second = np.argsort(-answered.scores, axis=1)[:, 1].astype(np.int32)
    outdated = replace(answered, targets=second)
    assert not outdated.would_be_shown.any()
    assert answered.would_be_shown.all()
    unmoved = base.calibrated(precision=0.8)[1].expected_coverage
    assert base.calibrated(answered, 0.8)[1].expected_coverage < 0.2 * unmoved
    assert base.calibrated(outdated, 0.8)[1].expected_coverage > 0.8 * unmoved


def test_the_shown_candidates_own_numbers_are_used() -> None:
    scores = np.array([[0.1, 0.9], [0.8, 0.2]], dtype=np.float32)
    judged = Judged(scores, scores, np.array([0, 0], dtype=np.int32), np.array([True, False]))
    assert judged.of_shown(scores) == pytest.approx([0.1, 0.8])
    assert judged.would_be_shown.tolist() == [False, True]


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [(0, 0, False), (0, 1, False), (0, 8, True), (60, 40, True), (90, 10, False), (89, 11, False), (80, 20, True)],
)
def test_judgements_contradict_when_they_are_many_and_bad(right: int, wrong: int, expected: bool) -> None:
    p = np.full(right + wrong, 0.8)
    helpful = np.array([True] * right + [False] * wrong, dtype=bool)
    thresholds, promised = np.array([0.81, 0.8, 0.1]), np.full(3, 0.92)
    assert contradicts(p, helpful, thresholds, promised, 0.9).tolist() == [False, expected, expected]
