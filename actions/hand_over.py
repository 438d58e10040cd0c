"""Ask the desk to bring a person in, and say why and what the person should know."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import payloads
from actions.turn import Event, Turn

# An outcome that ended in a handoff, as the reason that an agent reads.
_BY_OUTCOME = {"limit": "order_lookup", "unavailable": "orders_unavailable"}


class HandOver(Action):  # type: ignore[misc]  # rasa_sdk has no types
    """The words that tell the shopper about queue and waiting are the desk's, in the same transaction as the move."""

    def name(self) -> str:
        return "action_hand_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        collected = {name: str(turn.slots[name]) for name in ("order_number", "order_contact") if turn.slots.get(name)}
        question = (turn.slots.get("last_question") or {}).get("text") or turn.text
        dispatcher.utter_message(
            json_message=payloads.handoff(reason(turn), question, turn.articles_tried, collected)
        )
        return []


def reason(turn: Turn) -> str:
    """Why: one of handoff.reasons, which names them for people."""
    if turn.intent == "request_human":
        return "asked"
    if turn.intent == "anger":
        return "anger"
    outcome = turn.slots.get("outcome")
    if outcome in _BY_OUTCOME:
        return _BY_OUTCOME[outcome]
    if outcome == "again":
        return "not_helpful" if turn.count("not_helpful") > 1 else "not_understood"
    return "asked"  # a yes to the offer of a person
