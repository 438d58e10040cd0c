"""The head: what its scores, its nearest phrasings, its kernel and its ridge say."""

import numpy as np
import pytest

from faq_index.head import RIDGE, kernel, nearest_by_target, train
from tests.unit.faq_index.index_builders import similarities


def ridges(owner: list[int], hideable: list[bool], asked: list[bool] | None = None) -> list[float]:
    """The ridge of each target, read from phrasings that are like nothing but themselves: their own score is 1/(1+ridge)."""
    unlike = np.eye(len(owner), dtype=np.float32)
    head, _ = train(unlike, owner, hideable=hideable, asked=asked or [True] * len(owner))
    own = head.scores(unlike)[np.arange(len(owner)), owner]
    return [float(1 / own[owner.index(target)] - 1) for target in range(len(hideable))]


def test_a_larger_target_has_a_larger_ridge() -> None:
    small, middling, large = ridges([0] * 2 + [1] * 4 + [2] * 9, [True, True, True])
    assert small < middling < large
    assert middling == pytest.approx(RIDGE, rel=1e-5)  # the typical article
    assert large == pytest.approx(RIDGE * np.sqrt(9 / 4), rel=1e-5)


def test_small_talk_by_the_hundred_does_not_change_the_ridge_of_articles() -> None:
    articles = [0] * 3 + [1] * 3
    few = ridges([*articles, *[2] * 3], [True, True, False])
    many = ridges([*articles, *[2] * 300], [True, True, False])
    assert many[:2] == pytest.approx(few[:2], rel=1e-5)
    assert many[2] == pytest.approx(10 * few[2], rel=1e-5)


def test_titles_and_passages_do_not_make_a_target_larger() -> None:
    asked = [True, True, *[False] * 10, True, True]
    assert ridges([0] * 12 + [1] * 2, [True, True], asked) == pytest.approx([RIDGE, RIDGE], rel=1e-5)


def test_with_small_talk_alone_the_typical_target_is_one_of_it() -> None:
    assert ridges([0] * 4 + [1] * 4, [False, False]) == pytest.approx([RIDGE, RIDGE], rel=1e-5)


def test_what_is_like_nothing_in_particular_is_not_drawn_by_the_largest_target() -> None:
    """A message that is a little like everything, in a base with 100 phrasings of one target and 4 of another."""
    owner = [0] * 4 + [1] * 100
    alike = 0.1 + 0.9 * np.eye(len(owner), dtype=np.float32)
    head, _ = train(alike.astype(np.float32), owner, hideable=[True, False], asked=[True] * len(owner))
    by_one_ridge = np.linalg.inv(alike + RIDGE * np.eye(len(owner))) @ np.eye(2)[owner]
    message = np.full((1, len(owner)), 0.1, dtype=np.float32)
    assert head.scores(message)[0, 1] < (message @ by_one_ridge)[0, 1]


def test_a_phrasing_scores_highest_for_its_own_target() -> None:
    owner = [0, 0, 1, 1, 1, 2]
    middles = np.random.default_rng(1).standard_normal((3, 5))
    vectors = middles[owner] + 0.5 * np.random.default_rng(2).standard_normal((6, 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    known = similarities(vectors @ vectors.T)
    head, _ = train(known, owner, hideable=[True, False, True], asked=[True] * 6)
    assert list(head.scores(known).argmax(axis=1)) == owner


def test_the_nearest_of_each_target_is_its_most_similar_phrasing() -> None:
    known = np.array([[0.1, 0.9, 0.3], [0.5, 0.2, 0.4]], dtype=np.float32)
    nearest = nearest_by_target(known, np.array([0, 0, 2], dtype=np.int32), 3)
    np.testing.assert_allclose(nearest, [[0.9, 0, 0.3], [0.5, 0, 0.4]])


def test_the_kernel_is_one_for_the_same_and_grows_with_both_similarities() -> None:
    one = np.ones((1, 1), dtype=np.float32)
    assert kernel(one, one)[0, 0] == pytest.approx(1)
    assert kernel(0.9 * one, one) < kernel(one, one)
    assert kernel(one, 0.9 * one) < kernel(one, one)
    assert 0 < kernel(-one, 0 * one)[0, 0] < 0.01
