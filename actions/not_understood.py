"""Nothing in the base is close enough: the first time a person is offered, the second time one is fetched."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Event, Turn, remember


class NotUnderstood(Action):
    """Outcome `first` or `again`; an answer in between starts the count anew."""

    def name(self) -> str:
        return "action_not_understood"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        count = turn.count("not_understood") + 1
        asked = {} if turn.intent != "nlu_fallback" else {"last_question": {"text": turn.text, "articles": []}}
        return remember(outcome="first" if count == 1 else "again", not_understood=count, **asked)


class OfferPerson(Action):
    """Remember that a yes now means a person. Rules call it after the words of the offer."""

    def name(self) -> str:
        return "action_offer_person"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        return remember(offered="person")


class OfferNothing(Action):
    """The offer was turned down: a yes now means nothing in particular."""

    def name(self) -> str:
        return "action_offer_nothing"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        return remember(offered="nothing")
