"""What a yes or a no means depends on what the bot offered last; nobody is left without an answer to either."""

from tests.living_system import LivingSystem
from tests.people import Shopper


def test_a_typed_yes_after_an_article_says_that_it_helped(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("how long does delivery take")

    assert "Good to know" in shopper.say("yes")[-1]["text"]


def test_a_typed_no_after_an_article_moves_on_and_a_yes_then_brings_a_person(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("how long does delivery take")

    sorry = shopper.say("no")
    shopper.say("yes")

    assert sorry[-1]["type"] in ("text", "choices")
    if sorry[-1]["type"] == "text":
        assert shopper.owner == "queue"


def test_no_to_a_choice_offers_a_person_and_no_again_asks_for_other_words(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    assert shopper.say("how much to send it back")[-1]["type"] == "choices"

    offered = shopper.say("no")[-1]
    rephrase = shopper.say("no")[-1]
    okay = shopper.say("ok")[-1]

    assert "would you like a person" in offered["text"].lower()
    assert "other words" in rephrase["text"]
    assert shopper.owner == "bot", "ok to other words is no wish for a person"
    assert okay["type"] == "text"


def test_yes_to_the_only_choice_shows_it(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    choice = shopper.say("how much to send it back")[-1]
    assert choice["type"] == "choices"
    assert len(choice["buttons"]) == 2, "one article and something else"

    assert shopper.say("yes")[-1]["article"]["id"] == choice["articles"][0]["id"]


def test_yes_to_several_choices_asks_which(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    assert len(shopper.say("payment")[-1]["articles"]) > 1

    assert "Which of them" in shopper.say("yes")[-1]["text"]


def test_another_question_to_the_same_article_points_to_it(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("how much is delivery")

    answer = shopper.say("what does shipping cost")[-1]

    assert answer["type"] == "text"
    assert "How much is delivery?" in answer["text"]
    assert [button["title"] for button in answer["buttons"]] == ["Yes", "No"]


def test_where_is_my_order_twice_is_answered_twice(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("where is my order")

    again = shopper.say("where is my order")

    assert [content["type"] for content in again] == ["text", "ask"]


def test_two_unreadable_values_offer_a_person_and_yes_brings_one(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("where is my order")
    shopper.say("qwx zzrt")

    offer = shopper.say("plmk oijn")
    shopper.say("yes please")

    assert "a person can look the order up" in offer[0]["text"]
    assert shopper.owner == "queue"


def test_not_having_the_number_ends_the_form_with_help(living: LivingSystem) -> None:
    shopper = Shopper(living.url)
    shopper.say("where is my order")

    told = shopper.say("no")
    after = shopper.say("how long does delivery take")

    assert "confirmation e-mail" in told[-1]["text"]
    assert [content["type"] for content in after] == ["article"], "the form does not ask any more"


def test_yes_and_no_to_nothing_are_no_question(living: LivingSystem) -> None:
    for word in ("yes", "no", "ok thanks", "sí", "không"):
        shopper = Shopper(living.url)
        answer = shopper.say(word)

        assert shopper.owner == "bot", (word, answer)
        assert all(content["type"] == "text" for content in answer), (word, answer)
