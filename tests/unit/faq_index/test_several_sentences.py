"""A question among greetings is heard, two questions are both offered, and everything else is taken as a whole."""

import pytest

from faq_index.calibrate import Thresholds
from faq_index.candidate import Candidate, Candidates
from faq_index.decide import Answer, Clarify, choose
from faq_index.knowledge import Target
from faq_index.several import asked_in_all
from faq_index.text import MOST_SENTENCES, sentences

THRESHOLDS = Thresholds(answer=0.7, clarify=0.3, target_precision=0.9, expected_coverage=0.6)


def saying(**chances: float) -> Candidates:
    """Candidates by id, best first; names of small talk are intents."""
    kinds = {"greet": "intent", "thank": "intent", "track_order": "intent"}
    found = [Candidate(Target(kinds.get(name, "article"), name), p, name) for name, p in chances.items()]
    return tuple(sorted(found, key=lambda candidate: -candidate.p))


def decided(whole: Candidates, *parts: Candidates) -> object:
    return choose(asked_in_all(whole, *parts), THRESHOLDS)


def test_the_question_between_hello_and_thanks_is_answered() -> None:
    whole = saying(greet=0.4, returns=0.35, thank=0.2)

    found = decided(whole, saying(greet=0.9), saying(returns=0.85, refund=0.1), saying(thank=0.95))

    assert found == Answer("returns", 0.85)


def test_two_questions_are_both_offered_and_neither_is_answered_alone() -> None:
    whole = saying(returns=0.75, sizes=0.2)

    assert decided(whole, saying(returns=0.9), saying(sizes=0.8)) == Clarify(("returns", "sizes"))


def test_of_two_questions_the_one_that_the_whole_message_asks_comes_first() -> None:
    """A story may tell of a return and ask for a size: its sentences alone do not know which of them is the question."""
    whole = saying(sizes=0.8, returns=0.3)

    found = asked_in_all(whole, saying(returns=0.9), saying(sizes=0.6))

    assert [candidate.target.id for candidate in found] == ["sizes", "returns"]
    assert [candidate.p for candidate in found] == pytest.approx([0.45, 0.45])


def test_the_same_question_twice_is_one() -> None:
    whole = saying(returns=0.75, sizes=0.2)

    assert decided(whole, saying(returns=0.9), saying(returns=0.8)) == Answer("returns", 0.75)


def test_a_story_with_one_question_is_taken_as_a_whole() -> None:
    whole = saying(returns=0.8, sizes=0.1)

    assert asked_in_all(whole, saying(sizes=0.3, returns=0.2), saying(returns=0.9)) == whole


def test_doubtful_small_talk_is_not_dropped() -> None:
    whole = saying(returns=0.5, greet=0.3)

    assert asked_in_all(whole, saying(greet=0.4), saying(returns=0.9)) == whole


def test_asking_for_an_order_is_no_small_talk() -> None:
    whole = saying(track_order=0.6, returns=0.3)

    assert asked_in_all(whole, saying(track_order=0.9), saying(returns=0.9)) == whole


def test_only_small_talk_stays_what_it_is() -> None:
    whole = saying(thank=0.9, greet=0.1)

    assert asked_in_all(whole, saying(greet=0.9), saying(thank=0.9)) == whole


def test_one_sentence_is_the_message() -> None:
    whole = saying(greet=0.9)

    assert asked_in_all(whole) == whole


def test_probabilities_stay_in_order_and_below_what_was_asked() -> None:
    whole = saying(care=0.95, returns=0.2, sizes=0.1)

    found = asked_in_all(whole, saying(returns=0.6), saying(sizes=0.9))

    assert [candidate.target.id for candidate in found] == ["sizes", "returns", "care"]
    assert [candidate.p for candidate in found] == pytest.approx([0.45, 0.3, 0.3])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi! Where is it?  Thanks.", ["Hi!", "Where is it?", "Thanks."]),
        ("one line\nanother\r\nthird", ["one line", "another", "third"]),
        ("size 4.5 or www.shop.com", ["size 4.5 or www.shop.com"]),
        ("??? !!! ...", []),
        ("🙂 🙂. hello", ["hello"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_long_message_has_few_sentences() -> None:
    assert len(sentences("so. " * 5_000)) == MOST_SENTENCES
