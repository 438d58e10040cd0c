"""Every story is one that the actions can tell, and a slot that no action sets so is noticed."""

import pytest

from .coverage import LANGUAGES, ROOT, Did, Loop, Said, Set, Step, Story, read_stories
from .replay import FORM, untrue

ASKED = Said("faq", text="how long does delivery take")
ANSWERED = Set({"outcome": "answered", "offered": "feedback"})
MOVED_ON = Set({"offered": "nothing"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_story_is_what_the_actions_make_of_it(language: str) -> None:
    assert untrue(read_stories(ROOT / "tests" / "conversations", f"test_*_{language}.yml")) == []


def test_the_training_stories_are_true_as_well() -> None:
    stories = list(read_stories(ROOT / "data" / "stories", "*.yml"))
    assert stories
    assert untrue(stories) == []


def why_untrue(*steps: Step) -> str:
    return " ".join(untrue([Story("told here", steps)]))


def test_what_the_code_sets_is_true() -> None:
    assert why_untrue(ASKED, Did("action_answer_faq"), ANSWERED, Said("helpful"), Did("action_helpful"), MOVED_ON) == ""


def test_a_slot_that_is_left_out_is_noticed() -> None:
    why = why_untrue(ASKED, Did("action_answer_faq"), Set({"outcome": "answered"}))
    assert "says outcome: answered" in why


def test_a_slot_that_nothing_sets_is_noticed() -> None:
    assert "nothing has happened yet" in why_untrue(Set({"offered": "choice"}), Said("deny"))
    assert "'deny' sets nothing" in why_untrue(Said("deny"), Set({"offered": "person"}))
    assert "utter_greet sets nothing" in why_untrue(Said("greet"), MOVED_ON, Did("utter_greet"), MOVED_ON)
    assert "active_loop: track_order_form sets nothing" in why_untrue(ASKED, Loop(FORM), MOVED_ON)


def test_a_message_that_resets_what_was_offered_is_noticed() -> None:
    assert "'greet' sets offered: nothing" in why_untrue(Said("greet"), Did("utter_greet"))
    assert why_untrue(Said("greet"), MOVED_ON, Did("utter_greet"), Said("help"), Did("utter_help")) == ""


def test_a_first_question_is_never_without_an_answer() -> None:
    assert "action_answer_faq sets" in why_untrue(ASKED, Did("action_answer_faq"), Set({"outcome": "nothing"}))


def test_the_same_text_means_the_same_each_time() -> None:
    again = (ASKED, Did("action_answer_faq"), Set({"outcome": "same", "offered": "feedback"}))
    assert "action_answer_faq sets" in why_untrue(ASKED, Did("action_answer_faq"), ANSWERED, *again)


def test_a_count_that_the_story_has_not_reached_is_noticed() -> None:
    unclear = (Said("nlu_fallback"), Did("action_not_understood"))
    assert "sets outcome: first" in why_untrue(*unclear, Set({"outcome": "again"}))
    assert why_untrue(*unclear, Set({"outcome": "first"}), *unclear, Set({"outcome": "again"})) == ""


def test_a_form_takes_values_rejects_the_rest_and_ends_with_the_last() -> None:
    number, address = Said("inform", {"order_number": "CS-204518"}), Said("inform", {"email": "ana@correo.example"})
    begun = (Said("track_order"), MOVED_ON, Did(FORM), Loop(FORM))
    assert why_untrue(*begun, number, Did(FORM), address, Did(FORM), Loop(None)) == ""
    assert "not all" in why_untrue(*begun, number, Did(FORM), Loop(None))
    assert "has all" in why_untrue(*begun, number, Did(FORM), address, Did(FORM))
    assert "takes this message" in why_untrue(*begun, number, Did("utter_noted"))
    assert "rejects this message" in why_untrue(*begun, Said("thank"), Did(FORM))
