"""The head: the closed forms for what was left out are those of a head trained without it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq_index.head import RIDGE, HeldOut, Matrix, train
from tests.unit.faq_index.index_builders import similarities

Rows = list[int]


@dataclass(frozen=True)
class Base:
    """Rows with their target and question; rows of one question are spellings of it, and hardly differ."""

    owner: Rows
    question: Rows
    asked: list[bool]
    hideable: list[bool]
    kernel: Matrix

    @property
    def rows(self) -> range:
        return range(len(self.owner))

    def of_target(self, target: int) -> Rows:
        return [row for row in self.rows if self.owner[row] == target]

    def same_question(self, row: int) -> Rows:
        return [other for other in self.of_target(self.owner[row]) if self.question[other] == self.question[row]]

    def held_out_alone(self) -> Rows:
        """Asked rows whose target is asked for in another question, too."""
        return [
            row
            for row in self.rows
            if self.asked[row]
            and any(self.asked[o] and self.question[o] != self.question[row] for o in self.of_target(self.owner[row]))
        ]

    def held_out_hidden(self) -> Rows:
        return [
            row
            for target in range(len(self.hideable))
            if self.hideable[target]
            for row in self.of_target(target)
            if self.asked[row]
        ]

    def train(self) -> HeldOut:
        return train(self.kernel, self.owner, hideable=self.hideable, asked=self.asked)[1]

    def ridge(self) -> np.ndarray:
        """As docs/decisions/0004-head.md says: by the root of the phrasings' number, seen from a typical article."""
        sizes = [sum(self.asked[row] for row in self.of_target(target)) for target in range(len(self.hideable))]
        articles = [size for size, is_article in zip(sizes, self.hideable, strict=True) if is_article]
        typical = max(float(np.median(articles or sizes)), 1.0)
        return np.array([RIDGE * np.sqrt(max(sizes[target], 1) / typical) for target in self.owner])

    def retrained(self, row: int, left_out: Rows) -> np.ndarray:
        """The scores for `row` of a head that never saw the rows `left_out`; solved afresh, without closed forms."""
        kept = [other for other in self.rows if other not in left_out]
        labels = np.eye(len(self.hideable))[np.array(self.owner)[kept]]
        known = self.kernel[np.ix_(kept, kept)].astype(np.float64) + np.diag(self.ridge()[kept])
        found: np.ndarray = self.kernel[row, kept].astype(np.float64) @ np.linalg.solve(known, labels)
        return found

    def nearest(self, row: int, left_out: Rows) -> list[float]:
        seen = [
            [float(self.kernel[row, other]) for other in self.of_target(target) if other not in left_out]
            for target in range(len(self.hideable))
        ]
        return [max(own, default=0.0) for own in seen]


def make_base(
    owner: Sequence[int],
    question: Sequence[int],
    *,
    asked: Sequence[bool] | None = None,
    hideable: Sequence[bool] | None = None,
    seed: int = 0,
) -> Base:
    """Unit vectors that have half of their direction from their target and half from their question."""
    axes = np.eye(max(owner) + max(question) + 2)
    vectors = axes[list(owner)] + axes[max(owner) + 1 + np.array(question)]
    vectors += 0.05 * np.random.default_rng(seed).standard_normal(vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Base(
        list(owner),
        list(question),
        list(asked or [True] * len(owner)),
        list(hideable or [True] * (max(owner) + 1)),
        similarities(vectors @ vectors.T),
    )


@st.composite
def bases(draw: st.DrawFn) -> Base:
    rows = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), min_size=3, max_size=14))
    names = sorted({target for target, _, _ in rows})
    return make_base(
        [names.index(target) for target, _, _ in rows],
        [question for _, question, _ in rows],
        asked=[asked for _, _, asked in rows],
        hideable=draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names))),
        seed=draw(st.integers(0, 10_000)),
    )


@given(bases())
@settings(deadline=None, max_examples=100)
def test_a_question_left_out_scores_as_if_the_head_had_been_trained_without_any_spelling_of_it(base: Base) -> None:
    held_out, rows = base.train(), base.held_out_alone()
    assert held_out.alone_targets.tolist() == [base.owner[row] for row in rows]
    for row, scores, nearest in zip(rows, held_out.alone_scores, held_out.alone_nearest, strict=True):
        np.testing.assert_allclose(scores, base.retrained(row, base.same_question(row)), atol=1e-6)
        np.testing.assert_allclose(nearest, base.nearest(row, base.same_question(row)), atol=1e-6)


@given(bases())
@settings(deadline=None, max_examples=100)
def test_a_target_left_out_scores_as_if_the_head_had_been_trained_without_it_its_title_and_passages(base: Base) -> None:
    held_out, rows = base.train(), base.held_out_hidden()
    assert held_out.hidden_targets.tolist() == [base.owner[row] for row in rows]
    for row, scores, nearest in zip(rows, held_out.hidden_scores, held_out.hidden_nearest, strict=True):
        target = base.owner[row]
        others = np.arange(len(base.hideable)) != target
        np.testing.assert_allclose(scores[others], base.retrained(row, base.of_target(target))[others], atol=1e-6)
        np.testing.assert_allclose(nearest, base.nearest(row, base.of_target(target)), atol=1e-6)
        assert np.isneginf(scores[target])  # it cannot be chosen


@given(bases())
@settings(deadline=None, max_examples=50)
def test_the_head_itself_is_the_one_trained_on_everything(base: Base) -> None:
    head, _ = train(base.kernel, base.owner, hideable=base.hideable, asked=base.asked)
    expected = [base.retrained(row, []) for row in base.rows]
    np.testing.assert_allclose(head.scores(base.kernel), expected, atol=1e-5)


# ---- what is held out ----------------------------------------------------------------------------------------------------


def test_a_question_in_two_spellings_is_not_met_by_the_other_one() -> None:
    base = make_base([0, 0, 0, 1, 1], [0, 0, 1, 0, 1])
    spelling, another_question = base.kernel[0, 1], base.kernel[0, 2]
    assert another_question < 0.5 < spelling
    assert base.train().alone_nearest[0, 0] == another_question


def test_the_same_spelling_under_another_target_is_not_left_out() -> None:
    """It is what makes the question doubtful, and shoppers will meet that doubt."""
    same = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=np.float32)
    _, held_out = train(same, [0, 1, 0, 1], hideable=[True, True], asked=[True] * 4)
    assert held_out.alone_nearest[0].tolist() == [0, 1]
    assert held_out.alone_scores[0].argmax() == 1


def test_a_target_asked_for_in_one_question_only_is_hidden_but_not_held_out_alone() -> None:
    """Three targets: one phrasing; one phrasing beside a title and a passage; one question in three spellings."""
    held_out = make_base(
        [0, 1, 1, 1, 2, 2, 2, 3, 3], [0, 0, 1, 2, 0, 0, 0, 0, 1], asked=[True, True, False, False, *[True] * 5]
    ).train()
    assert held_out.alone_targets.tolist() == [3, 3]
    assert held_out.hidden_targets.tolist() == [0, 1, 2, 2, 2, 3, 3]


def test_titles_and_passages_are_evidence_but_are_never_held_out() -> None:
    with_title = make_base([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], asked=[True, True, False, True, True])
    held_out = with_title.train()
    assert held_out.alone_targets.tolist() == held_out.hidden_targets.tolist() == [0, 0, 1, 1]
    head, _ = train(with_title.kernel, with_title.owner, hideable=[True, True], asked=with_title.asked)
    like_the_title = with_title.kernel[2:3]
    assert head.scores(like_the_title)[0].argmax() == 0
    assert head.nearest(like_the_title)[0, 0] == pytest.approx(1)


def test_what_nobody_asks_for_is_held_out_in_no_way() -> None:
    held_out = make_base([0, 0, 1, 1], [0, 1, 0, 1], asked=[False, False, True, True]).train()
    assert held_out.alone_targets.tolist() == held_out.hidden_targets.tolist() == [1, 1]


def test_only_articles_are_hidden() -> None:
    base = make_base([0, 0, 1, 1, 1, 2], [0, 1, 0, 1, 2, 0], hideable=[True, False, True])
    assert base.train().hidden_targets.tolist() == [0, 0, 2]


def test_with_nothing_to_hide_there_are_no_hidden_rows() -> None:
    held_out = make_base([0, 0, 1, 1], [0, 1, 0, 1], hideable=[False, False]).train()
    assert held_out.hidden_targets.shape == (0,)
    assert held_out.hidden_scores.shape == held_out.hidden_nearest.shape == (0, 2)


def test_with_nothing_asked_there_is_nothing_held_out() -> None:
    held_out = make_base([0, 1], [0, 0], asked=[False, False]).train()
    assert held_out.alone_targets.shape == held_out.hidden_targets.shape == (0,)
    assert held_out.alone_scores.shape == held_out.alone_nearest.shape == held_out.hidden_scores.shape == (0, 2)


@pytest.mark.parametrize("owner", [[0], [0, 0], [0, 1]])
def test_the_smallest_bases_can_be_trained(owner: Rows) -> None:
    base = make_base(owner, list(range(len(owner))))
    head, held_out = train(base.kernel, owner, hideable=base.hideable, asked=base.asked)
    assert np.isfinite(head.weights).all()
    assert np.isfinite(held_out.alone_scores).all()


def test_a_base_of_the_same_phrasing_over_and_over_can_be_trained() -> None:
    head, held_out = train(np.ones((4, 4), dtype=np.float32), [0, 0, 1, 1], hideable=[True, True], asked=[True] * 4)
    assert np.isfinite(head.weights).all()
    assert held_out.alone_targets.shape == (0,)
    assert np.isfinite(held_out.hidden_scores).sum() == 4
