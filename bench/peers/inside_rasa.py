"""Runs in the engine's interpreter (Python 3.10) and imports nothing but Rasa: trains Rasa's own default pipeline and asks it.

    .venv-engine/bin/python -I inside_rasa.py ASKED.json FOUND.json

ASKED holds `examples` as [text, label] ("faq/..." is a response of the retrieval intent faq) and `queries`; FOUND gets
`training_seconds` and `answers`, one a query: `intents` and `responses` as [label, confidence], and `milliseconds`.
"""

# mypy: disable-error-code="import-not-found"

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

# Without a pipeline Rasa takes its default one, the same that `rasa init` trains.
_CONFIG = "recipe: default.v1\nassistant_id: peer\nlanguage: en\n"


def main(asked_file: Path, found_file: Path) -> None:
    """Works in the current folder."""
    from rasa.core.agent import Agent

    asked = json.loads(asked_file.read_text("utf-8"))
    _write_project(asked["examples"])
    seconds, model = _train()
    agent = Agent.load(model)
    answers = asyncio.run(_ask(agent, asked["queries"]))
    found_file.write_text(json.dumps({"training_seconds": seconds, "answers": answers}), "utf-8")


def _write_project(examples: list[list[str]]) -> None:
    """As JSON, which is YAML too: in Rasa's own YAML a bracket in an example would mark an entity."""
    common = [{"text": text, "intent": label, "entities": []} for text, label in examples]
    Path("nlu.json").write_text(json.dumps({"rasa_nlu_data": {"common_examples": common}}), "utf-8")
    labels = sorted({label for _, label in examples})
    responses = {f"utter_{label}": [{"text": label}] for label in labels if "/" in label}
    intents = sorted({label.partition("/")[0] for label in labels})
    Path("domain.yml").write_text(json.dumps({"version": "3.1", "intents": intents, "responses": responses}), "utf-8")
    Path("config.yml").write_text(_CONFIG, "utf-8")


def _train() -> "tuple[float, str]":
    from rasa.model_training import train_nlu

    began = time.perf_counter()
    model = train_nlu(config="config.yml", nlu_data="nlu.json", output="models", domain="domain.yml")
    if not model:
        raise SystemExit("Rasa trained no model.")
    return time.perf_counter() - began, model


async def _ask(agent: Any, queries: list[str]) -> list[dict[str, Any]]:
    await agent.parse_message("warm up")
    answers = []
    for query in queries:
        began = time.perf_counter()
        parsed = await agent.parse_message(query)
        milliseconds = (time.perf_counter() - began) * 1000
        answers.append({**confidences(parsed), "milliseconds": milliseconds})
    return answers


def confidences(parsed: dict[str, Any]) -> dict[str, Any]:
    """What the fallback put in front is not there: thresholds are drawn afterwards, for every system alike."""
    intents = [[i["name"], i["confidence"]] for i in parsed.get("intent_ranking", []) if i["name"] != "nlu_fallback"]
    selector = parsed.get("response_selector", {}).get("default", {})
    responses = [[r["intent_response_key"], r["confidence"]] for r in selector.get("ranking", [])]
    return {"intents": intents, "responses": [r for r in responses if r[0]]}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
