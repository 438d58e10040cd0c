"""Every dialogue rule is in a test story of every language, and a missing one is noticed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from .coverage import LANGUAGES, ROOT, read_rules, uncovered

STORIES = ROOT / "tests" / "conversations"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_is_in_a_story(language: str) -> None:
    assert uncovered(language) == []


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str, Callable[[list[Any]], None]], list[str]]:
    """Changes one English story in a copy, and returns the rules that are uncovered then."""

    def change(topic: str, story: str, edit: Callable[[list[Any]], None]) -> list[str]:
        for file in STORIES.glob("test_*_en.yml"):
            if "whole_conversations" not in file.name:  # they cover common rules a second time
                shutil.copy(file, tmp_path)
        file = tmp_path / f"test_{topic}_en.yml"
        content = yaml.safe_load(file.read_text("utf-8"))
        edit(next(told["steps"] for told in content["stories"] if told["story"] == story))
        file.write_text(yaml.safe_dump(content), "utf-8")
        return uncovered("en", stories=tmp_path)

    return change


def test_a_missing_story_is_noticed(changed: Any) -> None:
    assert changed("small_talk", "never mind", list.clear) == ["small_talk.yml: never mind"]


def test_a_story_that_breaks_off_does_not_cover(changed: Any) -> None:
    assert changed("people", "somebody is angry", list.pop) == ["people.yml: somebody is angry"]


def test_a_story_that_goes_on_does_not_cover(changed: Any) -> None:
    longer = changed("small_talk", "thanks", lambda steps: steps.append({"action": "utter_help"}))
    assert longer == []  # "yes to anything else" says thanks as well
    longer = changed("small_talk", "never mind", lambda steps: steps.append({"action": "utter_help"}))
    assert longer == ["small_talk.yml: never mind"]


def test_another_outcome_does_not_cover(changed: Any) -> None:
    def refuse(steps: list[Any]) -> None:
        steps[-1] = {"slot_was_set": [{"outcome": "limit"}]}

    assert changed("orders", "the order is found", refuse) == ["orders.yml: both values are there, the order is found"]


def test_without_its_condition_a_rule_is_not_covered(changed: Any) -> None:
    def offer_nothing(steps: list[Any]) -> None:
        steps[:] = [step for step in steps if step.get("slot_was_set") != [{"offered": "person"}]]

    assert changed("yes_and_no", "no to a person", offer_nothing) == ["yes_and_no.yml: no to a person"]


def test_every_rule_name_is_told_apart() -> None:
    names = [rule.name for rule in read_rules(ROOT / "data" / "rules")]
    assert len(names) == len(set(names))
