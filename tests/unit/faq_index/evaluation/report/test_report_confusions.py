"""Which target came first instead of which."""

from faq_index.evaluation.report.confusions import Confusion, confusions
from tests.unit.faq_index.evaluation.report.report_builders import case, run_of


def test_the_most_frequent_confusion_comes_first_with_its_surest_examples() -> None:
    found = confusions(
        run_of(
            case("one", "a", "answer", ("b", 0.9)),
            case("two", "a", "clarify", ("b", 0.5), offered=("b", "c")),
            case("three", "a", "handoff", ("b", 0.1)),
            case("four", "a", "answer", ("b", 0.95)),
            case("five", "c", "answer", ("b", 0.99)),
            case("right", "a", "answer", ("a", 0.99)),
        )
    )
    assert found == [Confusion("b", ("a",), 4, 2, ("four", "one", "two")), Confusion("b", ("c",), 1, 1, ("five",))]


def test_several_right_articles_are_one_side_of_a_confusion() -> None:
    (found,) = confusions(run_of(case("x", "c|a", "answer", ("b", 0.9)), case("y", "a|c", "handoff", ("b", 0.1))))
    assert (found.given, found.wanted, found.queries) == ("b", ("a", "c"), 2)


def test_what_is_no_error_or_no_question_is_no_confusion() -> None:
    assert (
        confusions(
            run_of(
                case("acceptable", "a", "answer", ("person", 0.9), route="faq|human"),
                case("out of scope", "", "answer", ("a", 0.9), route="handoff"),
                case("thanks", "", "answer", ("a", 0.9), route="no_faq"),
                case("🙂", "a", "handoff"),
            )
        )
        == []
    )
