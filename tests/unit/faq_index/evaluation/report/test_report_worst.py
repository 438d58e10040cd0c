"""The lists of queries to read first."""

from faq_index.evaluation.report.run import Judged, Run
from faq_index.evaluation.report.worst import confidently_wrong, needlessly_handed_over, wrongly_answered
from tests.unit.faq_index.evaluation.report.report_builders import case, run_of


def texts(rows: list[Judged]) -> list[str]:
    return [query.text for query, _ in rows]


def mixed() -> Run:
    return run_of(
        case("doubtful and wrong", "a", "handoff", ("b", 0.2)),
        case("sure and wrong", "a", "answer", ("b", 0.9)),
        case("right", "a", "answer", ("a", 0.99)),
        case("no words", "a", "handoff"),
        case("moon", "", "answer", ("a", 0.8), route="handoff"),
        case("sun", "", "answer", ("a", 0.95), route="handoff"),
        case("a person will do", "", "answer", ("person", 0.99), route="handoff|human"),
        case("mars", "", "handoff", ("a", 0.1), route="handoff"),
        case("timid", "b", "handoff", ("b", 0.1)),
        case("nearly", "b", "handoff", ("b", 0.7)),
        case("may go to a person", "b", "handoff", ("b", 0.7), route="faq|human"),
    )


def test_wrong_first_targets_come_by_how_sure_the_bot_was() -> None:
    assert texts(confidently_wrong(mixed())) == ["sure and wrong", "doubtful and wrong"]


def test_answers_to_what_needs_a_person_come_by_how_sure_the_bot_was() -> None:
    assert texts(wrongly_answered(mixed())) == ["sun", "moon"]


def test_right_articles_that_were_not_trusted_come_nearest_first() -> None:
    assert texts(needlessly_handed_over(mixed())) == ["nearly", "timid"]
