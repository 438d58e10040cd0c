"""The engine's sessions do not grow without end, and what the bot has in mind is not lost when one begins anew.

Runs in the engine's own interpreter, on its real store; the dialogue is written down by hand, so no model is needed.
"""

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.project import Places

PROJECT = Path(__file__).parents[2]

_SCRIPT = """
import asyncio, json, sys
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from bot.engine.rasa.tracker_store import SqliteTrackers

domain = Domain.load("domain.yml")

async def play(file, turns, form_from, form_to, most=40):
    for number in range(turns):
        store = SqliteTrackers(domain, file, most_events=most)  # as after a restart
        tracker = await store.get_or_create_tracker("c.1")
        tracker.update(UserUttered(f"question {number}", {"name": "faq"}), domain)
        if number == 0:
            tracker.update(SlotSet("articles_tried", ["returns"]), domain)
            tracker.update(SlotSet("offered", "feedback"), domain)
        if number == form_from:
            tracker.update(ActionExecuted("track_order_form"), domain)
            tracker.update(ActiveLoop("track_order_form"), domain)
            tracker.update(SlotSet("requested_slot", "order_number"), domain)
        if number == form_to:
            tracker.update(ActiveLoop(None), domain)
            tracker.update(SlotSet("requested_slot", None), domain)
        tracker.update(BotUttered("an answer"), domain)
        tracker.update(ActionExecuted("action_listen"), domain)
        await store.save(tracker)
        loaded = await store.retrieve("c.1")
        print(json.dumps({
            "of": turns,
            "events": len(loaded.events),
            "slots": {name: loaded.get_slot(name) for name in ("articles_tried", "offered", "requested_slot")},
            "loop": loaded.active_loop_name,
            "listens": loaded.latest_action_name == "action_listen",
        }))
    full = await store.retrieve_full_tracker("c.1")
    said = [event.text for event in full.events if isinstance(event, UserUttered)]
    assert said == [f"question {number}" for number in range(turns)], "an event was lost or stored twice"

for number, (turns, form_from, form_to) in enumerate(json.loads(sys.argv[2])):
    asyncio.run(play(f"{sys.argv[1]}/{number}.sqlite", turns, form_from, form_to))
"""
PLAIN, WITH_FORM = (60, -1, -1), (40, 5, 30)  # turns, and those in which a form begins and ends


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[dict[str, Any]]]:
    """The tracker as it is loaded after each turn, by the number of turns; one process plays both, for it starts slowly."""
    python, folder = Places(PROJECT, PROJECT / "var").engine_python, tmp_path_factory.mktemp("trackers")
    if not python.exists():
        pytest.fail("this needs the engine's interpreter, which is not built: ./faqdesk setup engine")
    run = subprocess.run(
        [python, "-c", _SCRIPT, str(folder), json.dumps([PLAIN, WITH_FORM])],
        cwd=PROJECT, env={"PYTHONPATH": str(PROJECT), "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "HOME": str(folder)},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    seen = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return {turns: [one for one in seen if one["of"] == turns] for turns, *_ in (PLAIN, WITH_FORM)}


def test_a_session_stays_short_and_forgets_nothing(played: dict[int, list[dict[str, Any]]]) -> None:
    seen = played[60]
    assert len(seen) == 60
    assert max(one["events"] for one in seen) <= 45
    assert sum(after["events"] < before["events"] for before, after in itertools.pairwise(seen)) >= 3
    for one in seen:
        assert (one["slots"]["articles_tried"], one["slots"]["offered"]) == (["returns"], "feedback")
        assert one["listens"]


def test_an_open_form_is_not_cut_and_the_session_is_when_it_is_done(
    played: dict[int, list[dict[str, Any]]],
) -> None:
    seen = played[40]
    in_form = seen[5:30]
    assert {(one["loop"], one["slots"]["requested_slot"]) for one in in_form} == {("track_order_form", "order_number")}
    assert in_form[-1]["events"] > 45
    assert seen[-1]["events"] < 45
    assert seen[-1]["loop"] is None
