"""One turn as an action sees it: Rasa's tracker, read with names and types instead of dictionary keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from faq_index.candidate import Candidate
from faq_index.knowledge import Target

Event = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """The latest message, what it was understood as, and what the bot remembers."""

    text: str
    intent: str
    entities: Mapping[str, str]
    metadata: Mapping[str, Any]
    understood: Mapping[str, Any] | None  # None under the light pipeline of `rasa shell`
    slots: Mapping[str, Any]

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        message = tracker.latest_message
        return cls(
            text=message.get("text") or "",
            intent=(message.get("intent") or {}).get("name") or "",
            entities={entity["entity"]: str(entity["value"]) for entity in message.get("entities") or []},
            metadata=message.get("metadata") or {},
            understood=message.get("faqdesk"),
            slots=tracker.slots,
        )

    @property
    def language(self) -> str:
        return str(self.slots.get("language") or "en")

    @property
    def articles_tried(self) -> list[str]:
        return list(self.slots.get("articles_tried") or [])

    def count(self, slot: str) -> int:
        """A counter kept in a slot."""
        return int(self.slots.get(slot) or 0)


def candidates_of(understood: Mapping[str, Any]) -> list[Candidate]:
    """The candidates of a parse result (see actions/understanding.py), best first."""
    return [Candidate(Target(c["kind"], c["id"]), float(c["p"]), c["phrasing"]) for c in understood["candidates"]]


def remember(**slots: Any) -> list[Event]:
    """Slot events: what the bot remembers from here on. `outcome` is what the dialogue rules go on from."""
    return [cast(Event, SlotSet(name, value)) for name, value in slots.items()]
