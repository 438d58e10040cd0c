"""Calibration: honest probabilities, and thresholds that keep what was asked for."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from faq_index.calibrate import Calibrator, Objective, Thresholds, calibrate
from faq_index.head import HeldOut, Matrix, train
from faq_index.judged import Flags
from tests.unit.faq_index.index_builders import similarities

Found = tuple[Calibrator, Thresholds]


def held_out_of(sizes: Sequence[int], noise: float, articles: int | None = None) -> HeldOut:
    """Of phrasings of len(sizes) targets about their middles; with much noise they say nothing about their target."""
    chance = np.random.default_rng(0)
    middles = chance.standard_normal((len(sizes), 12))
    owner = [target for target, size in enumerate(sizes) for _ in range(size)]
    vectors = middles[owner] + noise * chance.standard_normal((len(owner), 12))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hideable = [target < (len(sizes) if articles is None else articles) for target in range(len(sizes))]
    return train(similarities(vectors @ vectors.T), owner, hideable=hideable, asked=[True] * len(owner))[1]


def calibrated(
    sizes: Sequence[int], noise: float, precision: float = 0.9, unanswerable: float = 0.3, articles: int | None = None
) -> Found:
    held_out = held_out_of(sizes, noise, articles)
    return calibrate(held_out, target_precision=precision, unanswerable_share=unanswerable)


def by_hand(
    alone: Sequence[Sequence[float]],
    targets: Sequence[int],
    hidden: Sequence[Sequence[float]] = (),
    talk: Sequence[bool] = (),
) -> HeldOut:
    """Held-out scores of articles as written; every hidden row is one of target 0. Nearest similarities repeat the scores."""
    alone_scores = np.array(alone, dtype=np.float32)
    hidden_scores = np.array(hidden, dtype=np.float32).reshape(len(hidden), alone_scores.shape[1])
    return HeldOut(
        alone_targets=np.array(targets, dtype=np.int32),
        alone_scores=alone_scores,
        alone_nearest=alone_scores.copy(),
        hidden_targets=np.zeros(len(hidden), dtype=np.int32),
        hidden_scores=hidden_scores,
        hidden_nearest=np.where(np.isfinite(hidden_scores), hidden_scores, 0).astype(np.float32),
        is_talk=np.array(talk or [False] * alone_scores.shape[1]),
    )


WEIGHT = st.floats(0, 20)
SCORES = hnp.arrays(np.float32, (4, 5), elements=st.floats(-2, 2, width=32))
TALK = hnp.arrays(np.bool_, 5)
NEAREST = hnp.arrays(np.float32, (4, 5), elements=st.floats(0, 1, width=32))


@given(WEIGHT, WEIGHT, st.floats(-20, 20), st.floats(-20, 20), st.floats(-20, 0), SCORES, NEAREST, TALK)
@settings(deadline=None, max_examples=100)
def test_every_probability_lies_between_nought_and_one(
    score: float,
    margin: float,
    nearest: float,
    intercept: float,
    talk: float,
    scores: Matrix,
    near: Matrix,
    is_talk: Flags,
) -> None:
    p = Calibrator(score, margin, nearest, intercept, talk).probability(scores, near, is_talk)
    assert p.shape == scores.shape
    assert ((p >= 0) & (p <= 1)).all()


def no_talk(count: int) -> Flags:
    return np.zeros(count, dtype=bool)


def rises(calibrator: Calibrator, scores: Matrix, nearest: Matrix, is_talk: Flags | None = None) -> bool:
    """Whether a higher score never makes the first target less likely, all else equal."""
    raised = np.repeat(scores[:1], 41, axis=0)
    raised[:, 0] = np.linspace(-1, 1.5, 41)
    is_talk = no_talk(scores.shape[1]) if is_talk is None else is_talk
    p = calibrator.probability(raised, np.repeat(nearest[:1], 41, axis=0), is_talk)[:, 0]
    return bool((np.diff(p) >= -1e-9).all())


@given(WEIGHT, WEIGHT, st.floats(-20, 20), st.floats(-20, 20), st.floats(-20, 0), SCORES, NEAREST, TALK)
@settings(deadline=None, max_examples=100)
def test_a_higher_score_never_lowers_the_probability(
    score: float,
    margin: float,
    nearest: float,
    intercept: float,
    talk: float,
    scores: Matrix,
    near: Matrix,
    is_talk: Flags,
) -> None:
    assert rises(Calibrator(score, margin, nearest, intercept, talk), scores, near, is_talk)


BASES = [((6, 6, 6, 6, 6), 0.6, None), ((10, 3, 4), 0.7, None), ((8, 8, 8, 8), 0.9, 2), ((6, 6), 0.6, None)]
# One phrasing a target, or one in many spellings: nothing is left of it to be found by. And phrasings that say nothing.
DEGENERATE = [((1, 1), 0.5, None), ((1, 1), 0.5, 1), ((2, 2), 0.5, 1), ((1,) * 8, 0.5, None), ((5, 5), 0.01, None),
              ((5,) * 8, 30.0, None)]  # fmt: skip


@pytest.mark.parametrize(("sizes", "noise", "articles"), [*BASES, *DEGENERATE])
def test_what_was_learned_from_a_base_rises_with_the_score(
    sizes: tuple[int, ...], noise: float, articles: int | None
) -> None:
    """Even a base that teaches nothing must not make a repetition of a phrasing less likely than gibberish."""
    calibrator, _ = calibrated(sizes, noise, articles=articles)
    count = len(sizes)
    assert rises(calibrator, np.full((1, count), 0.2, np.float32), np.full((1, count), 0.5, np.float32))


@pytest.mark.parametrize(("sizes", "noise", "articles"), [*BASES, *DEGENERATE])
@pytest.mark.parametrize("unanswerable", [0.0, 0.3, 0.89])
def test_thresholds_are_probabilities_and_offering_comes_before_answering(
    sizes: tuple[int, ...], noise: float, articles: int | None, unanswerable: float
) -> None:
    calibrator, thresholds = calibrated(sizes, noise, unanswerable=unanswerable, articles=articles)
    assert 0 <= thresholds.clarify <= thresholds.answer <= 1
    assert 0 <= thresholds.expected_coverage <= 1
    assert all(np.isfinite([calibrator.score, calibrator.margin, calibrator.nearest, calibrator.intercept]))


@pytest.mark.parametrize(("sizes", "noise", "articles"), [*BASES, *DEGENERATE])
def test_asking_for_a_higher_precision_never_lowers_the_answer_threshold(
    sizes: tuple[int, ...], noise: float, articles: int | None
) -> None:
    precisions = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
    found = [calibrated(sizes, noise, precision, articles=articles)[1] for precision in precisions]
    answers = [thresholds.answer for thresholds in found]
    assert answers == sorted(answers)
    assert [thresholds.target_precision for thresholds in found] == list(precisions)


def answered_precision(held_out: HeldOut, found: Found, weight_of_hidden: float) -> float:
    """How often the bot would be right where it answers, hidden rows weighted."""
    calibrator, thresholds = found
    scores = np.concatenate([held_out.alone_scores, held_out.hidden_scores])
    nearest = np.concatenate([held_out.alone_nearest, held_out.hidden_nearest])
    alone, hidden = len(held_out.alone_scores), len(held_out.hidden_scores)
    right = scores.argmax(axis=1) == [*held_out.alone_targets, *[-1] * hidden]
    weights = np.array([*[1.0] * alone, *[weight_of_hidden] * hidden])
    answered = calibrator.probability(scores, nearest, held_out.is_talk).max(axis=1) >= thresholds.answer
    return float(np.average(right[answered], weights=weights[answered])) if answered.any() else 1.0


@pytest.mark.parametrize("precision", [0.6, 0.8, 0.95])
def test_what_is_answered_has_the_precision_that_was_asked_for(precision: float) -> None:
    held_out = held_out_of((8, 8, 8, 8, 8), 0.9)
    found = calibrate(held_out, target_precision=precision, unanswerable_share=0.3)
    weight = 0.3 / 0.7 * len(held_out.alone_scores) / len(held_out.hidden_scores)
    assert found[1].expected_coverage > 0
    assert answered_precision(held_out, found, weight) >= precision - 1e-9


def test_messages_of_one_probability_are_answered_together_or_not_at_all() -> None:
    """Two that look alike, one of them wrong: answering the right one alone is not in the bot's power."""
    held_out = by_hand([[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.1, 0.2, 0.0], [0.0, 0.1, 0.2]], [0, 1, 1, 2])
    found = calibrate(held_out, target_precision=0.9, unanswerable_share=0.0)
    assert answered_precision(held_out, found, 0) >= 0.9


def test_more_unanswerable_questions_make_the_bot_more_careful() -> None:
    few = calibrated((8,) * 5, 0.8, unanswerable=0.05)[1]
    many = calibrated((8,) * 5, 0.8, unanswerable=0.7)[1]
    assert many.expected_coverage < few.expected_coverage


def test_a_base_without_unanswerable_questions_may_still_look_like_one() -> None:
    """The likeliest row of all is a hidden one, which weighs nothing when nothing is expected to be unanswerable."""
    held_out = by_hand([[0.6, 0.1, 0.0], [0.1, 0.6, 0.0], [0.5, 0.0, 0.1]], [0, 1, 0], hidden=[[-np.inf, 0.9, 0.1]])
    _, thresholds = calibrate(held_out, target_precision=0.9, unanswerable_share=0.0)
    assert thresholds.expected_coverage == 1


def test_a_base_that_is_always_right_answers_everything_it_knows() -> None:
    right = [[0.9, 0.1, 0.0], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.1, 0.9, 0.0], [0.0, 0.2, 0.7], [0.1, 0.1, 0.9]]
    held_out = by_hand(right, [0, 0, 1, 1, 2, 2], hidden=[[-np.inf, 0.2, 0.1], [-np.inf, 0.1, 0.3]])
    calibrator, thresholds = calibrate(held_out, target_precision=0.9, unanswerable_share=0.3)
    assert thresholds.expected_coverage == 1
    p = calibrator.probability(held_out.alone_scores, held_out.alone_nearest, held_out.is_talk)
    assert (p.max(axis=1) >= thresholds.answer).all()


def test_a_base_that_is_always_wrong_answers_repetitions_alone() -> None:
    """Its held-out phrasings teach nothing, and thus say nothing against a question that is a phrasing, word for word."""
    held_out = by_hand([[0.2, 0.9, 0.1], [0.9, 0.2, 0.1], [0.3, 0.8, 0.1], [0.1, 0.8, 0.2]], [0, 1, 2, 2])
    calibrator, thresholds = calibrate(held_out, target_precision=0.9, unanswerable_share=0.3)
    p = calibrator.probability(held_out.alone_scores, held_out.alone_nearest, held_out.is_talk)
    assert p.max() < thresholds.answer
    repeated = calibrator.probability(
        np.full((1, 3), 0.3, np.float32), np.array([[1.0, 0.2, 0.2]], np.float32), no_talk(3)
    )
    assert repeated[0, 0] >= thresholds.answer
    assert thresholds.expected_coverage == 0


def test_what_is_wrong_with_certainty_is_not_answered_either() -> None:
    """A sure mistake must not be answered because it is surer than any threshold."""
    held_out = by_hand([[9.0, 0.1, 0.0], [0.1, 9.0, 0.0]] * 20 + [[20.0, 0.1, 0.0]] * 30, [0, 1] * 20 + [1] * 30)
    found = calibrate(held_out, target_precision=0.9, unanswerable_share=0.0)
    assert found[1].expected_coverage == 0
    assert 0.99 <= found[1].answer <= 1


def test_a_base_whose_right_answer_is_never_close_takes_near_repetitions_alone() -> None:
    """What is never right teaches no model: only what is nearly a phrasing counts as known."""
    wrong = [[0.0, 0.9, 0.5, 0.4], [0.9, 0.0, 0.5, 0.4], [0.5, 0.9, 0.0, 0.4], [0.5, 0.9, 0.4, 0.0]]
    calibrator, _ = calibrate(by_hand(wrong, [0, 1, 2, 3]), target_precision=0.9, unanswerable_share=0.3)
    same = np.full((1, 4), 0.5, dtype=np.float32)
    assert calibrator.probability(same, np.full((1, 4), 0.98, np.float32), no_talk(4))[0, 0] > 0.8
    assert calibrator.probability(same, np.full((1, 4), 0.6, np.float32), no_talk(4))[0, 0] < 0.1


@pytest.mark.parametrize("objective", ["precision", "mcc"])
@pytest.mark.parametrize("asked", [True, False])
def test_a_base_that_leaves_nothing_to_be_found_by_answers_nothing_that_is_merely_alike(
    objective: Objective, asked: bool
) -> None:
    """One phrasing each, or titles without any: nothing can be held out alone, or nothing at all."""
    _, held_out = train(np.eye(3, dtype=np.float32), [0, 1, 2], hideable=[True] * 3, asked=[asked] * 3)
    calibrator, thresholds = calibrate(held_out, target_precision=0.9, unanswerable_share=0.3, objective=objective)
    scores, middling = np.array([[0.3, 0.1, 0.1]], np.float32), np.array([[0.5, 0.1, 0.1]], np.float32)
    assert calibrator.probability(scores, middling, no_talk(3)).max() < thresholds.answer <= 1
    repeated = np.array([[0.98, 0.1, 0.1]], np.float32)
    assert calibrator.probability(scores, repeated, no_talk(3)).max() >= thresholds.answer
    assert 0 <= thresholds.clarify <= thresholds.answer


@pytest.mark.parametrize("precision", [0.6, 0.9])
def test_small_talk_by_the_hundred_does_not_vouch_for_the_articles(precision: float) -> None:
    """Target 1 is small talk, always right; of the articles' questions every other one is mistaken for another."""
    questions = [[0.9, 0.0, 0.2], [0.2, 0.0, 0.8], [0.1, 0.0, 0.9], [0.8, 0.0, 0.2]]
    hidden = [[-np.inf, 0.0, 0.7], [-np.inf, 0.0, 0.3]]
    few, many = (
        calibrate(
            by_hand([*questions, *[[0.0, 0.7, 0.1]] * said], [0, 0, 2, 2, *[1] * said], hidden),
            target_precision=precision,
            unanswerable_share=0.3,
        )[1]
        for said in (2, 200)
    )
    assert many.expected_coverage == pytest.approx(few.expected_coverage)


# Targets 0 and 2 are articles, 1 is small talk. Held out, a phrasing of an article scores as much with the talk.
DRAWN_BY_TALK = [
    [0.5, 0.55, 0.1],
    [0.55, 0.5, 0.1],
    [0.6, 0.5, 0.1],
    [0.1, 0.55, 0.5],
    [0.1, 0.5, 0.6],
    [0.1, 0.8, 0.1],
]


def talk_offset(alone: Sequence[Sequence[float]], targets: Sequence[int]) -> float:
    held_out = by_hand(alone, targets, [[-np.inf, 0.5, 0.2], [-np.inf, 0.6, 0.3]], talk=[False, True, False])
    return calibrate(held_out, target_precision=0.9, unanswerable_share=0.3)[0].talk


def test_small_talk_that_draws_what_it_should_not_needs_more_to_be_believed() -> None:
    assert talk_offset(DRAWN_BY_TALK, [0, 0, 0, 2, 2, 1]) < 0


def test_small_talk_is_never_believed_sooner_than_an_article() -> None:
    """Where articles have nothing to be held out only talk is ever right: that must not make it likely."""
    assert talk_offset([[0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.3, 0.6, 0.5]], [1, 1, 1]) == 0


def test_the_offset_of_talk_touches_no_article() -> None:
    scores, nearest = np.array([[0.4, 0.4]], np.float32), np.array([[0.5, 0.5]], np.float32)
    article, talk = Calibrator(5, 4, 1, -3, talk=-1.0).probability(scores, nearest, np.array([False, True]))[0]
    assert talk < article == Calibrator(5, 4, 1, -3).probability(scores, nearest, no_talk(2))[0, 0]


def test_thresholds_can_be_written_as_json_and_read_back() -> None:
    thresholds = Thresholds(0.8, 0.2, 0.9, 0.5)
    assert Thresholds(**thresholds.as_dict()) == thresholds


# ---- the other objective -------------------------------------------------------------------------------------------------


def by_matthews(held_out: HeldOut, unanswerable: float) -> Found:
    return calibrate(held_out, target_precision=0.9, unanswerable_share=unanswerable, objective="mcc")


def test_the_best_matthews_coefficient_parts_right_from_hidden() -> None:
    """Sure ones are right, the hidden are unsure: the threshold lies between them."""
    alone = [[0.9, 0.1], [0.1, 0.9], [0.95, 0.05], [0.05, 0.95]]
    hidden = [[-np.inf, 0.2], [-np.inf, 0.3]]
    held_out = by_hand(alone, [0, 1, 0, 1], hidden)
    calibrator, thresholds = by_matthews(held_out, 0.3)
    sure = calibrator.probability(held_out.alone_scores, held_out.alone_nearest, held_out.is_talk).max(axis=1)
    unsure = calibrator.probability(held_out.hidden_scores, held_out.hidden_nearest, held_out.is_talk).max(axis=1)
    assert unsure.max() < thresholds.answer <= sure.min()
    assert thresholds.talk == thresholds.answer >= thresholds.clarify


def test_where_no_answer_is_better_than_none_the_best_matthews_coefficient_answers_nothing() -> None:
    always_wrong = by_hand([[0.2, 0.9, 0.1], [0.9, 0.2, 0.1], [0.3, 0.8, 0.1], [0.1, 0.8, 0.2]], [0, 1, 2, 2])
    unlike = np.eye(5, dtype=np.float32)
    _, like_nothing = train(unlike, [0, 1, 1, 2, 2], hideable=[True, False, False], asked=[True] * 5)
    for held_out in (always_wrong, like_nothing):
        calibrator, thresholds = by_matthews(held_out, 0.3)
        p = calibrator.probability(held_out.alone_scores, held_out.alone_nearest, held_out.is_talk)
        assert p.max() < thresholds.answer


@pytest.mark.parametrize(("sizes", "noise", "articles"), [*BASES, *DEGENERATE])
def test_a_better_matthews_coefficient_is_never_given_away(
    sizes: tuple[int, ...], noise: float, articles: int | None
) -> None:
    held_out = held_out_of(sizes, noise, articles)
    calibrator, thresholds = by_matthews(held_out, 0.3)
    assert 0 <= thresholds.clarify <= thresholds.answer <= 1
    assert calibrator == calibrate(held_out, target_precision=0.9, unanswerable_share=0.3)[0]
