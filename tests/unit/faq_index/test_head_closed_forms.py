"""The head: the closed forms for what was left out are those of a head trained without it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_index.head import RIDGE, Head, HeldOut, Matrix, kernel, nearest_by_target, train


def random_kernel(seed: int, owner: list[int], dimension: int = 5) -> Matrix:
    """Similarities of unit vectors that lie about their target's middle, as phrasings do."""
    chance = np.random.default_rng(seed)
    middles = chance.standard_normal((max(owner) + 1, dimension))
    vectors = middles[owner] + 0.8 * chance.standard_normal((len(owner), dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (vectors @ vectors.T).astype(np.float32)
    return kernel(cosines, np.clip(cosines, 0, 1))


def retrained(similarities: Matrix, owner: list[int], count: int, left_out: list[int], asked: int) -> Matrix:
    """The scores for row `asked` of a head that never saw the rows in `left_out`; solved afresh, without closed forms."""
    kept = [row for row in range(len(owner)) if row not in left_out]
    labels = np.eye(count)[[owner[row] for row in kept]].reshape(len(kept), count)
    known = similarities[np.ix_(kept, kept)].astype(np.float64)
    weights = np.linalg.solve(known + RIDGE * np.eye(len(kept)), labels)
    return np.asarray(similarities[asked, kept].astype(np.float64) @ weights, dtype=np.float32)


OWNERS = st.lists(st.integers(0, 3), min_size=3, max_size=12).filter(lambda owner: len(set(owner)) > 1)


@st.composite
def bases(draw: st.DrawFn) -> tuple[Matrix, list[int], int]:
    owner = draw(OWNERS)
    names = sorted(set(owner))
    owner = [names.index(target) for target in owner]
    return random_kernel(draw(st.integers(0, 10_000)), owner), owner, len(names)


@given(bases())
@settings(deadline=None, max_examples=60)
def test_a_phrasing_left_out_scores_as_if_the_head_had_been_trained_without_it(
    base: tuple[Matrix, list[int], int],
) -> None:
    similarities, owner, count = base
    _, held_out = train(similarities, owner, [True] * count)
    expected = [retrained(similarities, owner, count, [row], row) for row in range(len(owner))]
    np.testing.assert_allclose(held_out.alone_scores, expected, atol=1e-4)


@given(bases())
@settings(deadline=None, max_examples=60)
def test_a_target_left_out_scores_as_if_the_head_had_been_trained_without_it(
    base: tuple[Matrix, list[int], int],
) -> None:
    similarities, owner, count = base
    _, held_out = train(similarities, owner, [True] * count)
    assert sorted(held_out.hidden_rows) == list(range(len(owner)))
    for row, scores in zip(held_out.hidden_rows, held_out.hidden_scores, strict=True):
        siblings = [other for other in range(len(owner)) if owner[other] == owner[row]]
        expected = retrained(similarities, owner, count, siblings, int(row))
        others = np.arange(count) != owner[row]
        np.testing.assert_allclose(scores[others], expected[others], atol=1e-4)


@given(bases())
@settings(deadline=None, max_examples=40)
def test_the_head_itself_is_the_one_trained_on_everything(base: tuple[Matrix, list[int], int]) -> None:
    similarities, owner, count = base
    head, _ = train(similarities, owner, [True] * count)
    for row in range(len(owner)):
        np.testing.assert_allclose(
            head.scores(similarities[row : row + 1])[0], retrained(similarities, owner, count, [], row), atol=1e-4
        )


def nearest_by_hand(similarities: Matrix, owner: list[int], count: int, row: int, left_out: list[int]) -> list[float]:
    return [
        max(
            (float(similarities[row, o]) for o in range(len(owner)) if owner[o] == target and o not in left_out),
            default=0.0,
        )
        for target in range(count)
    ]


@given(bases())
@settings(deadline=None, max_examples=40)
def test_the_nearest_phrasing_is_never_the_one_left_out(base: tuple[Matrix, list[int], int]) -> None:
    similarities, owner, count = base
    _, held_out = train(similarities, owner, [True] * count)
    for row in range(len(owner)):
        expected = nearest_by_hand(similarities, owner, count, row, [row])
        np.testing.assert_allclose(held_out.alone_nearest[row], expected, atol=1e-6)
    for row, found in zip(held_out.hidden_rows, held_out.hidden_nearest, strict=True):
        siblings = [other for other in range(len(owner)) if owner[other] == owner[row]]
        expected = nearest_by_hand(similarities, owner, count, int(row), siblings)
        np.testing.assert_allclose(found, expected, atol=1e-6)


OWNER = [0, 0, 1, 1, 1, 2]


@pytest.fixture(scope="module")
def trained() -> tuple[Head, HeldOut]:
    return train(random_kernel(1, OWNER), OWNER, [True, False, True])


def test_only_articles_are_hidden(trained: tuple[Head, HeldOut]) -> None:
    assert [OWNER[row] for row in trained[1].hidden_rows] == [0, 0, 2]


def test_a_hidden_target_cannot_be_chosen(trained: tuple[Head, HeldOut]) -> None:
    _, held_out = trained
    rows = np.arange(len(held_out.hidden_rows))
    own = [OWNER[row] for row in held_out.hidden_rows]
    assert np.isneginf(held_out.hidden_scores[rows, own]).all()
    assert not held_out.hidden_nearest[rows, own].any()
    assert np.isfinite(held_out.alone_scores).all()


def test_with_nothing_to_hide_there_are_no_hidden_rows() -> None:
    _, held_out = train(random_kernel(1, OWNER), OWNER, [False] * 3)
    assert held_out.hidden_rows.shape == (0,)
    assert held_out.hidden_scores.shape == held_out.hidden_nearest.shape == (0, 3)


def test_a_phrasing_scores_highest_for_its_own_target(trained: tuple[Head, HeldOut]) -> None:
    head, _ = trained
    assert list(head.scores(random_kernel(1, OWNER)).argmax(axis=1)) == OWNER


def test_the_nearest_of_each_target_is_its_most_similar_phrasing() -> None:
    similarities = np.array([[0.1, 0.9, 0.3], [0.5, 0.2, 0.4]], dtype=np.float32)
    nearest = nearest_by_target(similarities, np.array([0, 0, 2], dtype=np.int32), 3)
    np.testing.assert_allclose(nearest, [[0.9, 0, 0.3], [0.5, 0, 0.4]])


def test_the_kernel_is_one_for_the_same_and_grows_with_both_similarities() -> None:
    one = np.ones((1, 1), dtype=np.float32)
    assert kernel(one, one)[0, 0] == pytest.approx(1)
    assert kernel(0.9 * one, one) < kernel(one, one)
    assert kernel(one, 0.9 * one) < kernel(one, one)
    assert 0 < kernel(-one, 0 * one)[0, 0] < 0.01


@pytest.mark.parametrize("owner", [[0], [0, 0], [0, 1]])
def test_the_smallest_bases_can_be_trained(owner: list[int]) -> None:
    head, held_out = train(random_kernel(3, owner), owner, [True] * (max(owner) + 1))
    assert np.isfinite(head.weights).all()
    assert np.isfinite(held_out.alone_scores).all()


def test_the_same_phrasing_twice_can_be_trained() -> None:
    similarities = np.ones((4, 4), dtype=np.float32)
    head, held_out = train(similarities, [0, 0, 1, 1], [True, True])
    assert np.isfinite(head.weights).all()
    np.testing.assert_allclose(held_out.alone_scores[0], retrained(similarities, [0, 0, 1, 1], 2, [0], 0), atol=1e-4)
