"""The tables by language and by article."""

import pytest

from faq_index.evaluation.report.articles import TargetCount, count_targets
from faq_index.evaluation.report.languages import detected_languages, figures_by_language
from tests.unit.faq_index.evaluation.report.report_builders import case, everything, run_of


def test_a_target_is_counted_where_it_was_wanted_and_where_it_came_first_wrongly() -> None:
    counts = count_targets(
        run_of(
            case("1", "a", "answer", ("a", 0.9)),
            case("2", "a", "answer", ("b", 0.9)),
            case("3", "a|c", "clarify", ("b", 0.4), offered=("b", "a")),
            case("4", "b", "handoff", ("b", 0.1)),
            case("5", "", "answer", ("b", 0.9), route="handoff"),
            case("6", "", "handoff", ("b", 0.1), route="handoff"),
        )
    )
    assert counts == [
        TargetCount("b", wanted=1, right=1, wrongly_first=3, wrongly_answered=2),
        TargetCount("a", wanted=3, right=1),
        TargetCount("c", wanted=1, right=0),
    ]


def test_an_article_is_right_when_another_right_one_came_first() -> None:
    (a, b) = sorted(count_targets(run_of(case("x", "a|b", "answer", ("b", 0.9)))), key=lambda it: it.id)
    assert (a.right, b.right, a.errors, b.errors) == (1, 1, 0, 0)


def test_figures_of_a_language_are_those_of_its_queries_alone() -> None:
    found = figures_by_language(everything())
    assert list(found) == ["en", "es", "vi"], "the most frequent first"
    assert (found["vi"].queries, found["vi"].top1, found["vi"].answered) == (1, 1.0, 0.0)
    assert found["en"].top1 == pytest.approx(1 / 4)
    assert sum(it.queries for it in found.values()) == 10


def test_detected_languages_are_counted_by_the_given_one() -> None:
    found = detected_languages(everything())
    assert found == {"en": {"en": 8}, "es": {"es": 1}, "vi": {"en": 1}}


def test_queries_without_a_language_have_no_table() -> None:
    run = run_of(case("x", "a", "answer", ("a", 0.9), language=""))
    assert (figures_by_language(run), detected_languages(run)) == ({}, {})
