"""Show the article that the shopper chose, by a button or in words ("the second one", "2", "yes" to the only one)."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer_faq import show_article
from actions.turn import Event, Turn, remember
from actions.understanding import UnderstandingService
from faq_index.text import without_marks

# Without accents, as `without_marks` leaves them; -1 is the last one.
_ORDINALS = {
    "first": 0, "top": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "bottom": -1,
    "primera": 0, "primero": 0, "arriba": 0, "segunda": 1, "segundo": 1, "tercera": 2, "tercero": 2, "cuarta": 3,
    "cuarto": 3, "quinta": 4, "quinto": 4, "ultima": -1, "ultimo": -1, "dau": 0, "tren": 0, "nhat": 0, "hai": 1, "nhi": 1,
    "ba": 2, "thu tu": 3, "thu nam": 4, "cuoi": -1,
}  # fmt: skip
# Only when nothing else points: "the fourth one" is not the first.
_CARDINALS = {"one": 0, "two": 1, "three": 2, "uno": 0, "dos": 1, "tres": 2, "mot": 0}


class ShowArticle(Action):
    """Outcome `answered`, or `nothing` when the choice points to no article; what was offered then stays offered."""

    def __init__(self, service: UnderstandingService) -> None:
        self._service = service

    def name(self) -> str:
        return "action_show_article"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        turn = Turn.of(tracker)
        choices = turn.slots.get("choices") or []
        if turn.intent == "affirm":  # a yes means the only one; with several it means nothing
            article_id = choices[0] if len(choices) == 1 else None
        else:
            article_id = turn.entities.get("article_id") or chosen(turn.text, choices)
        if article_id is None:
            return remember(outcome="nothing", offered="choice" if choices else "nothing")
        return show_article(dispatcher, self._service.release, turn, article_id, None)


def chosen(text: str, choices: list[str]) -> str | None:
    """The choice that a number or an ordinal word in the text points to."""
    # "tư" alone would be the Spanish "tu", and "năm" a year or a name.
    words = re.findall(r"\bthu (?:tu|nam)\b|\w+", without_marks(text))
    for point in (_ordinal, _CARDINALS.get):
        position = next((found for word in words if (found := point(word)) is not None), None)
        if position is not None:
            return choices[position] if choices and position < len(choices) else None
    return None


def _ordinal(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        # 0 points to nothing, as does what is longer than any list.
        return int(word) - 1 if 0 < int(word[:3]) < 100 else len(word) + 100
    return _ORDINALS.get(word)
