"""The best Matthews coefficient over all thresholds equals the best that `figures` gives at any of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.peers.best_mcc import best_mcc
from faq_index.evaluation.figures import figures
from faq_index.evaluation.predict import Prediction
from faq_index.evaluation.queries import Query
from tests.unit.bench.peers.peer_builders import ROUTES, asks, says

ANY_QUERY = st.sampled_from(
    [
        asks("returns"),
        asks("delivery", "faq", "human"),
        asks("talk to us", "human"),
        asks("", "handoff"),
        asks("", "handoff", "human"),
        asks("", "no_faq"),
    ]
)
ANY_WORD = st.builds(says, st.sampled_from([*ROUTES, ""]), st.sampled_from([0.1, 0.3, 0.5, 0.9]))


@settings(deadline=None)
@given(st.lists(st.tuples(ANY_QUERY, ANY_WORD), min_size=1, max_size=12))
def test_no_threshold_is_better_and_one_is_as_good(pairs: list[tuple[Query, Prediction]]) -> None:
    queries, found = [query for query, _ in pairs], [said for _, said in pairs]
    reached = []
    for threshold in (0.1, 0.3, 0.5, 0.9, 1.0):
        decided = [says(said.top, said.p, "answer" if said.p >= threshold else "handoff") for said in found]
        reached.append(figures(queries, decided, ROUTES).mcc)
    expected = max((mcc for mcc in reached if mcc is not None), default=None)
    assert best_mcc(queries, found, ROUTES) == (None if expected is None else pytest.approx(expected))


def test_a_threshold_keeps_out_what_is_not_in_the_base() -> None:
    queries = [asks("returns"), asks("delivery"), asks("", "handoff")]
    assert best_mcc(queries, [says("returns", 0.9), says("delivery", 0.8), says("returns", 0.7)], ROUTES) == 1
    alike = best_mcc(queries, [says("returns", 0.9), says("delivery", 0.7), says("returns", 0.7)], ROUTES)
    assert alike is not None
    assert alike < 1
