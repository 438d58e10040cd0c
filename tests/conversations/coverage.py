"""Which dialogue rules the test stories of a language leave out: `.venv/bin/python tests/conversations/coverage.py`.

A story covers a rule when somewhere in it the rule's condition holds, the rule's steps follow one another, and then the bot
listens. A rule without a loop in its condition is covered only outside of loops, as Rasa applies it. Slots that a story
states beyond those of the rule do not matter, but the ones that the rule names must be stated right where it names them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "es", "vi")

_ANNOTATED = re.compile(r"\[(?P<text>[^\]]+)\](?:\((?P<name>\w+)\)|(?P<json>\{[^}]*\}))")  # [CS-204518](order_number)
_BUTTON = re.compile(r"/\w+(?P<entities>\{.*\})")


@dataclass(frozen=True)
class Said:
    """What the shopper meant, the entities in it with their values, and the text of a test story."""

    intent: str
    entities: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Did:
    action: str


@dataclass(frozen=True)
class Loop:
    """The form that is active from here on."""

    name: str | None


@dataclass(frozen=True)
class Set:
    """Slots that got values, all of one place."""

    slots: Mapping[str, Any]


Step = Said | Did | Loop | Set


@dataclass(frozen=True)
class Rule:
    name: str  # with its file, as people look for it
    loop: str | None
    slots: Mapping[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Story:
    name: str
    steps: tuple[Step, ...]


@dataclass
class State:
    """What a story has come to at one of its steps."""

    loop: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)

    def after(self, step: Step) -> "State":
        if isinstance(step, Loop):
            return State(step.name, self.slots)
        return State(self.loop, {**self.slots, **step.slots}) if isinstance(step, Set) else self

    def allows(self, rule: Rule) -> bool:
        return self.loop == rule.loop and rule.slots.items() <= self.slots.items()


def uncovered(
    language: str, rules: Path = ROOT / "data" / "rules", stories: Path = ROOT / "tests" / "conversations"
) -> list[str]:
    """The names of the rules that no test story of this language covers, in the order of the rule files."""
    told = list(read_stories(stories, f"test_*_{language}.yml"))
    return [rule.name for rule in read_rules(rules) if not any(covers(story, rule) for story in told)]


def covers(story: Story, rule: Rule) -> bool:
    """Whether the rule applies anywhere in the story."""
    state = State()
    for position, step in enumerate(story.steps):
        if state.allows(rule) and _follow(rule.steps, story.steps[position:]):
            return True
        state = state.after(step)
    return False


def _follow(wanted: tuple[Step, ...], told: tuple[Step, ...]) -> bool:
    """Whether `told` begins with the wanted steps, and the bot listens after them."""
    for want in wanted:
        if not told:
            return False
        if isinstance(want, Set):
            if not isinstance(told[0], Set) or not want.slots.items() <= told[0].slots.items():
                return False
        else:
            told = _after_slots(told)
            if not told or not _same(want, told[0]):
                return False
        told = told[1:]
    told = _after_slots(told)
    return not told or isinstance(told[0], Said)


def _after_slots(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return steps[1:] if steps and isinstance(steps[0], Set) else steps


def _same(want: Step, told: Step) -> bool:
    if isinstance(want, Said) and isinstance(told, Said):
        return want.intent == told.intent and want.entities.keys() <= told.entities.keys()
    return want == told


def read_rules(folder: Path) -> Iterator[Rule]:
    """Every rule of the folder's files."""
    for file in sorted(folder.glob("*.yml")):
        for rule in yaml.safe_load(file.read_text("utf-8")).get("rules") or []:
            held = State()
            for step in _steps(rule.get("condition") or []):
                held = held.after(step)
            yield Rule(f"{file.name}: {rule['rule']}", held.loop, held.slots, _steps(rule["steps"]))


def read_stories(folder: Path, files: str) -> Iterator[Story]:
    """Every story in the files with such a name."""
    for file in sorted(folder.glob(files)):
        for story in yaml.safe_load(file.read_text("utf-8")).get("stories") or []:
            yield Story(f"{file.name}: {story['story']}", _steps(story["steps"]))


def _steps(raw: list[dict[str, Any]]) -> tuple[Step, ...]:
    """Slots in neighbouring steps are put together, so that it does not matter how they were written down."""
    steps: list[Step] = []
    for step in map(_step, raw):
        last = steps[-1] if steps else None
        if isinstance(step, Set) and isinstance(last, Set):
            steps[-1] = Set({**last.slots, **step.slots})
        else:
            steps.append(step)
    return tuple(steps)


def _step(raw: dict[str, Any]) -> Step:
    if "intent" in raw:
        return Said(raw["intent"], _entities(raw), raw.get("user", ""))
    if "action" in raw:
        return Did(raw["action"])
    if "active_loop" in raw:
        return Loop(raw["active_loop"])
    if "slot_was_set" in raw:
        return Set({name: value for slot in raw["slot_was_set"] for name, value in slot.items()})
    raise ValueError(f"a step that this script does not know: {raw}; teach it, or write the story without it")


def _entities(raw: dict[str, Any]) -> dict[str, Any]:
    """Listed in a rule or a training story, annotated in a typed text, or in the payload of a button."""
    text = raw.get("user", "")
    if button := _BUTTON.fullmatch(text):
        return dict(json.loads(button["entities"]))
    found: dict[str, Any] = {}
    for listed in raw.get("entities") or []:
        found |= {listed: None} if isinstance(listed, str) else listed
    for match in _ANNOTATED.finditer(text):
        annotated = json.loads(match["json"]) if match["json"] else {"entity": match["name"]}
        found[annotated["entity"]] = annotated.get("value", match["text"])
    return found


def main() -> None:
    total = len(list(read_rules(ROOT / "data" / "rules")))
    missing = {language: uncovered(language) for language in LANGUAGES}
    for language, names in missing.items():
        print(f"{language}: {total - len(names)} of {total} rules covered")
        for name in names:
            print(f"  not covered: {name}")
    raise SystemExit(any(missing.values()))


if __name__ == "__main__":
    main()
