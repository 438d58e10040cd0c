"""Judgements: every thumb finds the turn that it judges, and a shopper has one voice."""

from typing import Any

import pytest

from handoff import turns
from handoff.judgements import Judgement, judgements
from handoff.model import Feedback, Turn
from handoff.turns import TurnResult
from tests.unit.handoff.workbench import Bench


class Shop:
    """Conversations in which articles are shown and judged, a second apart."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def opens(self, language: str = "en") -> str:
        return self._bench.conversation(language=language)

    def asks(
        self, conversation: str, text: str, shown: str | None, intent: str = "faq", button: str | None = None
    ) -> None:
        self._bench.later(seconds=1)
        turn_id = self._bench.asks(conversation, text)
        understanding: dict[str, Any] = {"intent": intent}
        with self._bench.database.write() as session:
            session.get_one(Turn, turn_id).button = button
            turns.finish(session, turn_id, self._bench.now, TurnResult(understanding, "answer", shown, 1.0))

    def thumb(self, conversation: str, article: str, helpful: bool) -> None:
        now = self._bench.later(seconds=1)
        with self._bench.database.write() as session:
            session.add(Feedback(conversation_id=conversation, article_id=article, helpful=helpful, at=now))

    def judged(self, newest: int = 5_000) -> list[Judgement]:
        with self._bench.database.read() as session:
            return list(judgements(session, newest))


@pytest.fixture
def shop(bench: Bench) -> Shop:
    return Shop(bench)


def test_a_thumb_judges_the_latest_turn_that_showed_its_article(shop: Shop) -> None:
    lan = shop.opens("vi")
    shop.asks(lan, "trả hàng", "returns")
    shop.asks(lan, "đổi trả thế nào", "returns")
    shop.asks(lan, "giao hàng", "delivery")
    shop.asks(lan, "cảm ơn", None, intent="thank")
    shop.thumb(lan, "returns", helpful=True)
    assert shop.judged() == [Judgement("đổi trả thế nào", "vi", "returns", True)]


def test_what_was_shown_after_the_thumb_is_not_what_it_judges(shop: Shop) -> None:
    lan = shop.opens()
    shop.asks(lan, "can i return it", "returns")
    shop.thumb(lan, "returns", helpful=False)
    shop.asks(lan, "the returns period", "returns")
    assert shop.judged() == [Judgement("can i return it", "en", "returns", False)]


def test_a_thumb_without_such_a_turn_judges_nothing(shop: Shop) -> None:
    lan, minh = shop.opens(), shop.opens()
    shop.asks(lan, "can i return it", "returns")
    shop.thumb(lan, "delivery", helpful=True)
    shop.thumb(minh, "returns", helpful=True)
    assert shop.judged() == []


@pytest.mark.parametrize(("intent", "button"), [("faq", "/show_article"), ("show_article", None)])
def test_an_article_that_was_chosen_from_several_says_nothing_of_the_guess(
    shop: Shop, intent: str, button: str | None
) -> None:
    """Not even of an earlier guess of the same article: the thumb came after the choice."""
    lan = shop.opens()
    shop.asks(lan, "can i return it", "returns")
    shop.asks(lan, "The second one", "returns", intent=intent, button=button)
    shop.thumb(lan, "returns", helpful=True)
    assert shop.judged() == []


def test_who_changes_his_mind_is_heard_once_with_his_last_word(shop: Shop) -> None:
    lan = shop.opens()
    shop.asks(lan, "Can I  return it?", "returns")
    shop.thumb(lan, "returns", helpful=True)
    shop.thumb(lan, "returns", helpful=False)
    shop.asks(lan, "can i return it?", "returns")
    shop.thumb(lan, "returns", helpful=False)
    assert shop.judged() == [Judgement("can i return it?", "en", "returns", False)]


def test_every_shopper_counts_and_so_does_every_article(shop: Shop) -> None:
    for helpful in (True, True, False):
        one = shop.opens()
        shop.asks(one, "can i return it", "returns")
        shop.thumb(one, "returns", helpful)
    shop.asks(one, "can i return it", "refund")
    shop.thumb(one, "refund", helpful=True)
    found = [(judgement.article_id, judgement.helpful) for judgement in shop.judged()]
    assert found == [("refund", True), ("returns", False), ("returns", True), ("returns", True)]


def test_the_newest_are_kept_and_one_shoppers_repetitions_push_nobody_out(shop: Shop) -> None:
    first, second, noisy = shop.opens(), shop.opens(), shop.opens()
    for number, one in enumerate((first, second, noisy)):
        shop.asks(one, f"question {number}", "returns")
        shop.thumb(one, "returns", helpful=True)
    for _ in range(5):
        shop.thumb(noisy, "returns", helpful=False)
    found = [(judgement.text, judgement.helpful) for judgement in shop.judged(newest=2)]
    assert found == [("question 2", False), ("question 1", True)]


def test_a_turn_that_is_not_answered_yet_cannot_have_been_judged(shop: Shop, bench: Bench) -> None:
    lan = shop.opens()
    turn_id = bench.asks(lan, "can i return it")
    with bench.database.write() as session:
        session.get_one(Turn, turn_id).article_id = "returns"
    shop.thumb(lan, "returns", helpful=True)
    assert shop.judged() == []
