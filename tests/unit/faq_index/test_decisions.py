"""Decisions: a pure function of what was understood, what is sure enough, and what was already shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_index.calibrate import FAR_LESS, OFFERED, Thresholds
from faq_index.candidate import Candidate
from faq_index.decide import Answer, Clarify, Decision, Handoff, Talk, choose, decide
from faq_index.entities import Entity
from faq_index.knowledge import Target
from faq_index.language import Spoken
from faq_index.understand import Understanding
from tests.unit.faq_index.index_builders import THRESHOLDS, of_article, of_intent


def understood(text: str, candidates: list[Candidate], *entities: Entity) -> Understanding:
    return Understanding(text, Spoken("en", 1.0), tuple(candidates), entities)


@pytest.mark.parametrize(
    ("candidates", "decision"),
    [
        # An article
        ([of_article("a", 0.8)], Answer("a", 0.8)),
        ([of_article("a", 0.79), of_article("b", 0.3)], Clarify(("a", "b"))),
        ([of_article("a", 0.2)], Clarify(("a",))),
        ([of_article("a", 0.19)], Handoff()),
        ([of_article("a", 0.95), of_intent("greet", 0.9)], Answer("a", 0.95)),
        # An intent
        ([of_intent("greet", 0.5), of_article("a", 0.45)], Talk("greet", 0.5)),
        ([of_intent("greet", 0.49), of_article("a", 0.45)], Clarify(("a",))),
        ([of_intent("greet", 0.49), of_article("a", 0.1)], Handoff()),
        ([of_intent("greet", 0.49)], Handoff()),
        # Several intents that share what speaks for talk
        ([of_intent("deny", 0.375), of_intent("thank", 0.25), of_article("a", 0.2)], Talk("deny", 0.625)),
        ([of_intent("deny", 0.3), of_intent("thank", 0.125), of_article("a", 0.1)], Handoff()),
        ([of_intent("deny", 0.75), of_intent("thank", 0.5)], Talk("deny", 1.0)),
        ([of_intent(i, p) for i, p in (("a", 0.24), ("b", 0.2), ("c", 0.2), ("d", 0.2))], Handoff()),
        ([of_article("a", 0.5), of_intent("deny", 0.375), of_intent("thank", 0.25)], Clarify(("a",))),
        # What is offered: articles only, at most three, none far less likely than the best
        ([of_article("a", 0.7), of_intent("greet", 0.6), of_article("b", 0.5)], Clarify(("a", "b"))),
        ([of_article(i, p) for i, p in (("a", 0.5), ("b", 0.4), ("c", 0.3), ("d", 0.29))], Clarify(("a", "b", "c"))),
        ([of_article("a", 0.5), of_article("b", 0.1), of_article("c", 0.09)], Clarify(("a", "b"))),
        # Articles that are each unlikely, and together likely enough: only those that would be offered count
        ([of_article("a", 0.125), of_article("b", 0.0625), of_article("c", 0.03125)], Clarify(("a", "b", "c"))),
        ([of_article(i, p) for i, p in (("a", 0.06), ("b", 0.06), ("c", 0.06), ("d", 0.06))], Handoff()),
        ([of_article("a", 0.19), of_article("b", 0.03), of_intent("greet", 0.03)], Handoff()),
        # Nothing
        ([], Handoff()),
    ],
)
def test_a_message_is_decided_by_its_best_candidates(candidates: list[Candidate], decision: Decision) -> None:
    assert choose(candidates, THRESHOLDS) == decision
    assert decide(understood("some words", candidates), THRESHOLDS) == decision


@pytest.mark.parametrize(
    ("candidates", "tried", "decision"),
    [
        ([of_article("a", 0.9), of_article("b", 0.85)], ["a"], Answer("b", 0.85)),
        ([of_article("a", 0.9), of_article("b", 0.5)], ["a"], Clarify(("b",))),
        ([of_article("a", 0.5), of_article("b", 0.4)], ["b"], Clarify(("a",))),
        ([of_article("a", 0.9), of_article("b", 0.1)], ["a"], Handoff()),
        ([of_article("a", 0.9)], ["a", "a"], Handoff()),
        ([of_article("a", 0.9), of_intent("greet", 0.6)], ["a"], Talk("greet", 0.6)),
        ([of_intent("greet", 0.6)], ["greet"], Talk("greet", 0.6)),  # only articles wear off
    ],
)
def test_what_was_shown_is_passed_over(candidates: list[Candidate], tried: list[str], decision: Decision) -> None:
    assert choose(candidates, THRESHOLDS, tried) == decision
    assert decide(understood("some words", candidates), THRESHOLDS, tried) == decision


def test_a_message_of_values_only_informs_however_likely_an_article_is() -> None:
    order = Entity("order_number", "CS-204518", 0, 9)
    assert decide(understood("CS-204518", [of_article("a", 0.99)], order), THRESHOLDS) == Talk("inform", 1.0)


@pytest.mark.parametrize(
    ("text", "entities", "only"),
    [
        ("CS-204518", [Entity("order_number", "CS-204518", 0, 9)], True),
        ("it's ana@correo.es", [Entity("email", "ana@correo.es", 5, 18)], True),
        ("204518 ana@correo.es", [Entity("order_number", "x", 0, 6), Entity("email", "x", 7, 20)], True),
        ("123456789 abcd.", [Entity("phone", "x", 0, 9)], True),  # just six tenths
        ("123456789 abcd..", [Entity("phone", "x", 0, 9)], False),
        ("where is order 204518 now", [Entity("order_number", "CS-204518", 15, 21)], False),
        ("english", [Entity("wanted_language", "en", 0, 7)], False),
        ("hello", [], False),
        ("", [], False),
    ],
)
def test_only_values_means_hardly_a_word_beside_them(text: str, entities: list[Entity], only: bool) -> None:
    assert understood(text, [], *entities).only_values is only


def test_the_candidates_may_be_any_iterable() -> None:
    assert choose(iter([of_article("a", 0.9)]), THRESHOLDS, iter(["b"])) == Answer("a", 0.9)


PROBABILITY = st.floats(0, 1)
CANDIDATES = st.lists(
    st.tuples(st.sampled_from(["article", "intent"]), st.sampled_from("abcdef"), PROBABILITY),
    max_size=5,
    unique_by=lambda c: c[:2],
).map(lambda found: [Candidate(Target(kind, i), p, "said") for kind, i, p in sorted(found, key=lambda c: -c[2])])
LIMITS = st.tuples(PROBABILITY, PROBABILITY).map(lambda limits: Thresholds(max(limits), min(limits), 0.9, 0.5))


@given(CANDIDATES, LIMITS, st.lists(st.sampled_from("abcdef")))
def test_a_decision_names_only_what_was_understood_and_not_yet_shown(
    candidates: list[Candidate], thresholds: Thresholds, tried: list[str]
) -> None:
    p = {candidate.target: candidate.p for candidate in candidates}
    match choose(candidates, thresholds, tried):
        case Answer(article, probability):
            assert p[Target("article", article)] == probability >= thresholds.answer
            assert article not in tried
        case Clarify(articles):
            assert 1 <= len(articles) <= OFFERED
            assert set(articles).isdisjoint(tried)
            offered = [p[Target("article", article)] for article in articles]
            assert offered == sorted(offered, reverse=True)
            assert sum(offered) >= thresholds.clarify
            assert offered[-1] >= offered[0] / FAR_LESS
        case Talk(intent, probability):
            intents = [c.p for c in candidates if c.target.kind == "intent"]
            assert p[Target("intent", intent)] == max(intents)
            assert max(intents) >= thresholds.talk / 2
            assert thresholds.talk <= probability == min(1.0, sum(intents))
        case Handoff():
            fresh = [c.p for c in candidates if c.target.kind == "article" and c.target.id not in tried]
            assert max(fresh, default=0.0) < thresholds.clarify or not fresh
