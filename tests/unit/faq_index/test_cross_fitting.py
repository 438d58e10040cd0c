"""Folds: what is held out of one was seen neither by the encoder nor in another spelling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_index.cross_fitting import FOLDS, Fold, folds
from faq_index.head import joined, train
from tests.unit.faq_index.index_builders import similarities

OWNER = np.repeat(np.arange(8), 8).astype(np.int32)
HIDEABLE = np.arange(8) < 6
ASKED = np.tile([True] * 7 + [False], 8)  # the last text of each is a title


def made(question: np.ndarray, seed: int = 0) -> tuple[np.ndarray, list[Fold]]:
    """Texts of one `question` and target hardly differ; all others of a target are half alike."""
    axes = np.eye(8 + len(OWNER))
    vectors = axes[OWNER] + axes[8 + OWNER * 8 + question]
    vectors += 0.02 * np.random.default_rng(1).standard_normal(vectors.shape)
    kernel = similarities((vectors @ vectors.T) / np.outer(*[np.linalg.norm(vectors, axis=1)] * 2))
    return kernel, folds(kernel, OWNER, hideable=HIDEABLE, asked=ASKED, seed=seed)


@given(st.lists(st.integers(0, 7), min_size=len(OWNER), max_size=len(OWNER)), st.integers(0, 100))
@settings(deadline=None, max_examples=50)
def test_nothing_that_is_held_out_was_seen(question: list[int], seed: int) -> None:
    asked_as = np.array(question)
    _, made_folds = made(asked_as, seed)
    assert len(made_folds) == FOLDS
    for fold in made_folds:
        assert not (fold.alone & fold.seen).any()
        assert not fold.seen[fold.hidden[OWNER]].any()
        assert not (fold.alone & fold.hidden[OWNER]).any()
        assert not (fold.alone & ~ASKED).any(), "titles are never held out alone"
        assert not (fold.hidden & ~HIDEABLE).any(), "small talk is never hidden"
        for row in np.flatnonzero(fold.alone):
            spellings = (OWNER[row] == OWNER) & (asked_as == asked_as[row]) & ASKED
            assert not fold.seen[spellings].any()


def test_folds_share_nothing_that_they_hold_out() -> None:
    first, second = made(np.tile(np.arange(8), 8))[1]
    assert not (first.alone & second.alone).any()
    assert not (first.hidden & second.hidden).any()
    for fold in (first, second):
        assert fold.alone.any()
        assert fold.hidden.any()


def test_a_fold_leaves_most_to_learn_from() -> None:
    for fold in made(np.tile(np.arange(8), 8))[1]:
        assert fold.seen.mean() > 0.5


def test_what_folds_say_together_is_of_their_own_rows_alone() -> None:
    kernel, made_folds = made(np.tile(np.arange(8), 8))
    parts = [
        train(kernel, OWNER.tolist(), hideable=HIDEABLE.tolist(), asked=ASKED.tolist(),
              alone_of=fold.alone, hidden_of=fold.hidden)[1]
        for fold in made_folds
    ]  # fmt: skip
    whole = train(kernel, OWNER.tolist(), hideable=HIDEABLE.tolist(), asked=ASKED.tolist())[1]
    both = joined(parts)
    alone, hidden = (np.concatenate([np.flatnonzero(rows) for rows in of]) for of in (
        [fold.alone for fold in made_folds], [fold.hidden[OWNER] & ASKED for fold in made_folds]))  # fmt: skip
    assert both.alone_targets.tolist() == OWNER[alone].tolist()
    assert both.hidden_targets.tolist() == OWNER[hidden].tolist()
    of_row = {row: place for place, row in enumerate(np.flatnonzero(ASKED))}
    np.testing.assert_allclose(both.alone_scores, whole.alone_scores[[of_row[row] for row in alone]], atol=1e-6)
    np.testing.assert_allclose(both.alone_nearest, whole.alone_nearest[[of_row[row] for row in alone]], atol=1e-6)
    assert both.hidden_scores.shape == both.hidden_nearest.shape == (len(hidden), len(HIDEABLE))


@pytest.mark.parametrize("articles", [0, 1, 2])
def test_a_base_of_hardly_any_article_has_folds_too(articles: int) -> None:
    owner = np.repeat(np.arange(3), 4).astype(np.int32)
    hideable = np.arange(3) < articles
    kernel = similarities(np.eye(12))
    for fold in folds(kernel, owner, hideable=hideable, asked=np.ones(12, dtype=bool)):
        assert fold.seen.any()
        assert fold.hidden.sum() <= 1
