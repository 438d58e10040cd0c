"""Which stories say of `offered` and `outcome` what the running system does not: `rasa test` would believe them.

A story is played with the real actions. What they find outside, such as articles and orders, is tried out: a story is true
when there is something to find with which they set exactly the two slots, and the values, that the story states after each.
Forms are played as far as that: a message without a value is rejected, and with the last value the form is done.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.utils import call_potential_coroutine

from actions.orders.base import Order, OrdersUnavailable
from actions.server import all_actions
from actions.understanding import UnderstandingService
from faq_index.articles import Article
from faq_index.calibrate import Thresholds

from .coverage import ROOT, Did, Loop, Said, Set, Step, Story

TOLD = ("offered", "outcome")  # the slots that rules go on from
FORM = "track_order_form"
FIELDS = ("order_number", "order_contact")

_SURE, _PERHAPS, _LITTLE = 0.9, 0.5, 0.3  # probabilities beside these thresholds
_THRESHOLDS = Thresholds(answer=0.8, clarify=0.2, target_precision=0.9, expected_coverage=0.5)

Found = tuple[tuple[str, float], ...]  # articles, and how probably each is meant


@dataclass(frozen=True)
class World:
    """What one action finds outside."""

    found: Found = ()
    articles_gone: bool = False
    order: str = "theirs"  # or "unknown", "unreachable"
    tries_left: int = 3

    @property
    def service(self) -> UnderstandingService:
        release = SimpleNamespace(id="r1", languages=("en", "es", "vi"), thresholds=_THRESHOLDS, article=self._article)
        return cast(UnderstandingService, SimpleNamespace(release=release))

    def _article(self, article_id: str, language: str) -> Article | None:
        return None if self.articles_gone else Article(article_id, language, article_id, "", ())


@dataclass(frozen=True)
class Shop:
    """The orders of a world, asked by somebody with this e-mail address or phone number."""

    world: World
    contact: str

    def find(self, number: str) -> Order | None:
        if self.world.order == "unreachable":
            raise OrdersUnavailable
        if self.world.order == "unknown":
            return None
        return Order(number, "sent", self.contact, self.contact, date(2026, 11, 17), ())


@dataclass(frozen=True)
class Moment:
    """A conversation at one of its steps.

    `meant` is what each text was understood as, and the same text means the same. `buttons` are articles that the shopper
    presses a button for in this story, so that an earlier answer may offer them.
    """

    buttons: tuple[str, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    said: Said = field(default_factory=lambda: Said(""))
    loop: str | None = None
    unanswered: bool = False  # the last message, so far
    fills: bool = False  # whether that message holds a value that the form asks for
    meant: Mapping[str, Found] = field(default_factory=dict)

    def with_slots(self, slots: Mapping[str, Any]) -> "Moment":
        return replace(self, slots={**self.slots, **slots})


class Untrue(Exception):
    """Where a story leaves what the actions do, and how far it got."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"step {position + 1}: {reason}")
        self.position = position


def untrue(stories: Iterable[Story]) -> list[str]:
    """Each story that no world makes true, and why."""
    wrong = []
    for story in stories:
        try:
            pressed = (step.entities.get("article_id") for step in story.steps if isinstance(step, Said))
            _play(story.steps, 0, Moment(tuple(filter(None, pressed))))
        except Untrue as reason:
            wrong.append(f"{story.name}: {reason}")
    return wrong


def _play(steps: tuple[Step, ...], position: int, moment: Moment) -> None:
    """Raises Untrue with what the world that led farthest ran into."""
    if position == len(steps):
        return
    step = steps[position]
    following = steps[position + 1] if position + 1 < len(steps) else None
    told = _told(following.slots) if isinstance(following, Set) else {}
    if isinstance(step, Set) and position == 0 and _told(step.slots):
        raise Untrue(position, "nothing has happened yet that sets a slot")
    farthest = Untrue(-1, "")
    for sets, after in _after(step, following, moment, position):
        try:
            if sets != told:
                raise Untrue(position, f"{_name(step)} sets {_in_words(sets)}; the story says {_in_words(told)}")
            _play(steps, position + 1, after)
        except Untrue as reason:
            farthest = max(farthest, reason, key=lambda untrue: untrue.position)
        else:
            return
    raise farthest


def _name(step: Step) -> str:
    match step:
        case Said(intent, _, text):
            return repr(text or intent)
        case Did(action):
            return action
        case Loop(name):
            return f"active_loop: {name}"
        case Set():
            return "slot_was_set"


def _told(slots: Mapping[str, Any]) -> dict[str, Any]:
    return {name: slots[name] for name in TOLD if name in slots}


def _in_words(slots: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in sorted(slots.items())) or "nothing"


def _after(
    step: Step, following: Step | None, moment: Moment, position: int
) -> Iterator[tuple[dict[str, Any], Moment]]:
    """What a step may set of the told slots, and what it may lead to."""
    match step:
        case Said():
            slots = _slots_of(step)
            sets = {name: value for name, value in _told(slots).items() if value != moment.slots.get(name)}
            fills = any(name in slots for name in FIELDS)
            yield sets, replace(moment.with_slots(slots), said=step, unanswered=True, fills=fills)
        case Did(action) if moment.loop and moment.unanswered and (action == FORM) != moment.fills:
            does = "takes" if moment.fills else "rejects"
            raise Untrue(position, f"the form {does} this message, so {action} is not next")
        case Did(action) if action == FORM:
            done = all(moment.slots.get(name) for name in FIELDS)
            if done != (following == Loop(None)):
                raise Untrue(position, f"the form has {'all' if done else 'not all'} that it asks for")
            yield {}, replace(moment, unanswered=False)
        case Did(action):
            for world, meant in _worlds(action, moment, position):
                slots = _run(action, world, moment)
                yield _told(slots), replace(moment.with_slots(slots), unanswered=False, meant=meant)
        case Loop(name):
            yield {}, replace(moment, loop=name)
        case Set():
            yield {}, moment


def _worlds(action: str, moment: Moment, position: int) -> Iterator[tuple[World, Mapping[str, Found]]]:
    """What this action may find, and what the texts so far mean with it."""
    if action == "action_answer_faq":
        text = moment.said.text
        known = moment.meant.get(text) if text else None
        for found in [known] if known else _ways_to_mean(moment, position):
            yield World(found), {**moment.meant, text: found}
    elif action == "action_show_article":
        yield World(), moment.meant
        yield World(articles_gone=True), moment.meant
    elif action == "action_track_order":
        for order in ("theirs", "unknown", "unreachable"):
            yield World(order=order), moment.meant
        yield World(tries_left=0), moment.meant
    else:
        yield World(), moment.meant


def _ways_to_mean(moment: Moment, position: int) -> Iterator[Found]:
    """One article or one of several, new ones or the one shown last; always enough to be taken for a question."""
    shown = moment.slots.get("articles_tried") or []
    buttons = [article for article in moment.buttons if article not in shown]
    new, other, third, *_ = *buttons, *(f"article-{position}-{letter}" for letter in "abc")
    for first in (new, *shown[-1:]):
        for p in (_SURE, _PERHAPS):
            yield ((first, p),)
            yield (first, p), (other, _LITTLE)
            yield (first, p), (other, _LITTLE), (third, _LITTLE)


def _run(action: str, world: World, moment: Moment) -> dict[str, Any]:
    """The slots that the action sets; none if it is one of Rasa's."""
    shop = Shop(world, moment.slots.get("order_contact") or "")
    runs = {own.name(): own for own in all_actions(world.service, shop)}
    if action not in runs:
        return {}
    said = moment.said
    message = {
        "text": said.text,
        "intent": {"name": said.intent},
        "entities": [{"entity": name, "value": value} for name, value in said.entities.items()],
        "metadata": {"order_lookups_left": world.tries_left},
        "faqdesk": {"candidates": [{"kind": "article", "id": a, "p": p, "phrasing": ""} for a, p in world.found]},
    }
    tracker = Tracker("story", dict(moment.slots), message, [], False, None, {}, None)
    events = asyncio.run(call_potential_coroutine(runs[action].run(CollectingDispatcher(), tracker, {})))
    return {event["name"]: event["value"] for event in events}


def _slots_of(said: Said) -> dict[str, Any]:
    """The slots that a message fills by itself: the mappings of domain.yml."""
    slots = {}
    for slot, kept in _DOMAIN["slots"].items():
        for mapping in kept["mappings"]:
            if mapping["type"] == "from_entity" and said.entities.get(mapping["entity"]):
                slots[slot] = said.entities[mapping["entity"]]
            elif mapping["type"] == "from_intent" and said.intent in mapping["intent"]:
                slots[slot] = mapping["value"]
    return slots


_DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
