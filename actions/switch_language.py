"""Go on in the language that the shopper asked for."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import payloads
from actions.turn import Event, Turn, remember
from actions.understanding import UnderstandingService


class SwitchLanguage(Action):
    """Outcome `answered`, or `nothing` when no language, or one that the shop does not have, was named."""

    def __init__(self, service: UnderstandingService) -> None:
        self._service = service

    def name(self) -> str:
        return "action_switch_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        wanted = Turn.of(tracker).entities.get("wanted_language")
        if wanted not in self._service.release.languages:
            return remember(outcome="nothing")
        dispatcher.utter_message(json_message=payloads.language(wanted))
        return remember(outcome="answered", language=wanted)
