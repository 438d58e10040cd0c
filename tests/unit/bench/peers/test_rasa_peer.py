"""Rasa as a peer: what we give it, how its two lists become one, and what is said when it breaks down."""

import json
import sys
from pathlib import Path

import pytest

from bench.peers import inside_rasa
from bench.peers.part import read_part
from bench.peers.rasa import Rasa, ranking, rasa_labels
from bench.peers.suite import from_words
from bot.errors import UserError
from tests.unit.bench.peers.peer_builders import ROUTES, write_set


def engine(project: Path, script: str) -> Path:
    """A project whose engine's interpreter runs `script`, with ASKED.json and FOUND.json as `asked` and `found`."""
    python = project / ".venv-engine" / "bin" / "python"
    python.parent.mkdir(parents=True)
    start = "import json, sys\nasked, found = sys.argv[-2:]\nasked = json.load(open(asked, encoding='utf-8'))\n"
    python.write_text(f"#!{sys.executable}\n{start}{script}", "utf-8")
    python.chmod(0o755)
    return project


def test_articles_are_responses_and_the_rest_are_intents_with_names_that_rasa_takes() -> None:
    targets = ["returns", "talk to us", "pago"]
    assert rasa_labels(targets, ROUTES, with_responses=True) == ["faq/a0", "i1", "faq/a2"]
    assert rasa_labels(targets, ROUTES, with_responses=False) == ["i0", "i1", "i2"]


@pytest.mark.parametrize(
    ("intents", "responses", "ranked"),
    [
        ([("faq", 0.8), ("i1", 0.1)], [("faq/a0", 0.75), ("faq/a2", 0.25)], {"faq/a0": 0.6, "faq/a2": 0.2, "i1": 0.1}),
        # Rasa says the best response of the best intent, though the other intent has more than it.
        ([("faq", 0.5), ("i1", 0.4)], [("faq/a0", 0.6), ("faq/a2", 0.4)], {"faq/a0": 0.3, "i1": 0.4, "faq/a2": 0.2}),
        # ... and the best intent, though a response of another has more.
        ([("i1", 0.5), ("faq", 0.5)], [("faq/a0", 1.0)], {"i1": 0.5, "faq/a0": 0.5}),
        ([], [("faq/a0", 0.9), ("faq/a2", 0.1)], {"faq/a0": 0.9, "faq/a2": 0.1}),
        ([("i0", 0.7), ("i1", 0.3)], [], {"i0": 0.7, "i1": 0.3}),
        ([("unheard of", 1.0)], [], {"unheard of": 1.0}),
        ([], [], {}),
    ],
)
def test_one_ranking_begins_with_what_rasa_says(
    intents: list[tuple[str, float]], responses: list[tuple[str, float]], ranked: dict[str, float]
) -> None:
    found = ranking(intents, responses)
    assert [label for label, _ in found] == list(ranked)
    assert dict(found) == pytest.approx(ranked)


def test_labels_come_back_as_ids_and_what_is_no_target_is_left_out(tmp_path: Path) -> None:
    part = read_part(from_words(str(write_set(tmp_path / "shop"))))
    answer = {"intents": [["faq", 0.5], ["unheard of", 0.3], ["i3", 0.2]], "milliseconds": 7.0}
    answer["responses"] = [["faq/a2", 0.8], ["faq/a0", 0.2]]
    script = (
        f"answers = [{answer!r} for _ in asked['queries']]\nassert ['i want a person', 'i3'] in asked['examples']\n"
    )
    script += "json.dump({'training_seconds': 60.5, 'answers': answers}, open(found, 'w'))\n"
    run = Rasa("rasa", engine(tmp_path, script), "responses").run(part)
    assert run.training_seconds == 60.5
    assert len(run.predictions) == 5
    ids = [(target, round(p, 6)) for target, p in run.predictions[0].candidates]
    assert ids == [("returns", 0.4), ("talk to us", 0.2), ("delivery", 0.1)]
    assert run.predictions[0].milliseconds == 7.0


def test_a_broken_engine_is_told_with_its_last_words(tmp_path: Path) -> None:
    part = read_part(from_words(str(write_set(tmp_path / "shop"))))
    with pytest.raises(UserError, match=r"code 3(.|\n)*no memory left(.|\n)*setup engine"):
        Rasa("rasa", engine(tmp_path, "print('no memory left')\nsys.exit(3)\n"), "intents").run(part)


def test_a_missing_engine_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="interpreter"):
        Rasa("rasa", tmp_path, "responses")


def test_what_runs_inside_rasa_imports_nothing_of_ours_and_reads_its_answers() -> None:
    source = Path(inside_rasa.__file__).read_text("utf-8")
    imported = {line.split()[1].partition(".")[0] for line in map(str.strip, source.splitlines()) if _imports(line)}
    assert imported <= {"rasa", *sys.stdlib_module_names}
    parsed = {
        "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.3}, {"name": "i1", "confidence": 0.2}],
        "response_selector": {"default": {"ranking": [{"intent_response_key": "faq/a0", "confidence": 0.9}]}},
    }
    said = inside_rasa.confidences(parsed)
    assert json.loads(json.dumps(said)) == {"intents": [["i1", 0.2]], "responses": [["faq/a0", 0.9]]}


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from "))
