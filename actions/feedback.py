"""Whether the article helped, and what else there is when it did not."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import payloads
from actions.answer_faq import offer_articles
from actions.turn import Event, Turn, remember
from actions.understanding import UnderstandingService
from faq_index.decide import worth_offering


class Helpful(Action):
    """The question is done: what was tried for it no longer counts."""

    def name(self) -> str:
        return "action_helpful"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        if turn.articles_tried:
            dispatcher.utter_message(json_message=payloads.feedback(turn.articles_tried[-1], helpful=True))
        return remember(offered="nothing", articles_tried=None, not_helpful=0, last_question=None)


class NotHelpful(Action):
    """Outcome `others` (something else was close and is offered), `rephrase`, or `again` for the second time."""

    def __init__(self, service: UnderstandingService) -> None:
        self._service = service

    def name(self) -> str:
        return "action_not_helpful"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        if turn.articles_tried:
            dispatcher.utter_message(json_message=payloads.feedback(turn.articles_tried[-1], helpful=False))
        count = turn.count("not_helpful") + 1
        if count > 1:
            return remember(outcome="again", not_helpful=count, offered="nothing")
        others = self._others(turn)
        if not others:
            return remember(outcome="rephrase", not_helpful=count, offered="nothing")
        offer_articles(dispatcher, self._service.release, turn.language, others)
        return remember(outcome="others", not_helpful=count, offered="choice", choices=others)

    def _others(self, turn: Turn) -> list[str]:
        """Articles that were close to the last question, have not been shown, and are still in the release."""
        release = self._service.release
        question = turn.slots.get("last_question") or {"articles": []}
        left = [(article, p) for article, p in question["articles"] if article not in turn.articles_tried]
        there = [(article, p) for article, p in left if release.article(article, turn.language)]
        ruled_out = sum(p for article, p in question["articles"] if article in turn.articles_tried)
        return list(worth_offering(there, release.thresholds, ruled_out))
