"""Ask the desk to bring a person in, and say why and what the person should know."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import payloads
from actions.turn import Event, Turn
from actions.understanding import UnderstandingService

# An outcome that ended in a handoff, as the reason that an agent reads.
_BY_OUTCOME = {"limit": "order_lookup", "unavailable": "orders_unavailable"}


class HandOver(Action):
    """The words that tell the shopper about queue and waiting are the desk's, in the same transaction as the move."""

    def __init__(self, service: UnderstandingService) -> None:
        self._service = service

    def name(self) -> str:
        return "action_hand_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        collected = {name: str(turn.slots[name]) for name in ("order_number", "order_contact") if turn.slots.get(name)}
        question = (turn.slots.get("last_question") or {}).get("text") or turn.text
        articles = [self._service.release.article(article_id, turn.language) for article_id in turn.articles_tried]
        tried = [article for article in articles if article is not None]
        dispatcher.utter_message(json_message=payloads.handoff(reason(turn), question, tried, collected))
        return []


def reason(turn: Turn) -> str:
    """Why: one of handoff.reasons, which names them for people."""
    if turn.intent in ("request_human", "affirm"):  # asked for, or a yes to the offer of one
        return "asked"
    if turn.intent == "anger":
        return "anger"
    outcome = turn.slots.get("outcome")
    if outcome in _BY_OUTCOME:
        return _BY_OUTCOME[outcome]
    if outcome == "again":
        return "not_helpful" if turn.count("not_helpful") > 1 else "not_understood"
    return "asked"
