"""Rasa with its default pipeline, trained and asked in the engine's interpreter; data crosses by files."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.peers.part import Part
from bench.peers.system import Run, as_prediction
from bot.errors import UserError
from bot.project import Places
from bot.supervise.training import engine_environment
from faq_index.kb_csv import INTENT_OF_ROUTE

_INSIDE = Path(__file__).with_name("inside_rasa.py")
_RETRIEVAL = "faq"
_LAST_WORDS = 8  # lines of a log that say why it broke

Ranking = Sequence[tuple[str, float]]


class Rasa:
    """`form` says what articles are: "responses" of the retrieval intent faq, chosen by ResponseSelector, or "intents"."""

    def __init__(self, name: str, project: Path, form: str) -> None:
        self.name = name
        self._with_responses = form == "responses"
        self._python = Places(project, project / "var").engine_python
        self._environment = engine_environment(Places(project, project / "var"))

    def run(self, part: Part) -> Run:
        labels = rasa_labels(part.targets, part.routes, with_responses=self._with_responses)
        names = dict(zip(labels, part.targets, strict=True))
        found = self._inside(
            {
                "examples": [[text, labels[owner]] for text, owner in zip(part.texts, part.owners, strict=True)],
                "queries": part.asked,
            }
        )
        predictions = []
        for answer in found["answers"]:
            ranked = ranking(answer["intents"], answer["responses"])
            known = [(names[label], score) for label, score in ranked if label in names]
            predictions.append(as_prediction(known[:5], answer["milliseconds"]))
        return Run(predictions, found["training_seconds"])

    def _inside(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What inside_rasa.py says; it works in a folder of its own, where Rasa leaves its cache and models."""
        with tempfile.TemporaryDirectory(prefix="faqdesk-peers-rasa-") as name:
            folder = Path(name)
            (folder / "asked.json").write_text(json.dumps(asked), "utf-8")
            with (folder / "log").open("wb") as log:
                # -I: else this folder would come first on its path, and this module stand for Rasa.
                done = subprocess.run(
                    [str(self._python), "-I", str(_INSIDE), "asked.json", "found.json"],
                    cwd=folder, env=self._environment, stdout=log, stderr=log, check=False,
                )  # fmt: skip
            if done.returncode:
                words = (folder / "log").read_text("utf-8", errors="replace").splitlines()[-_LAST_WORDS:]
                raise UserError(
                    f"Rasa ended with code {done.returncode}",
                    "\n  ".join(words),
                    "When it is not installed rightly: rm -rf .venv-engine && ./faqdesk setup engine",
                )
            answer: dict[str, Any] = json.loads((folder / "found.json").read_text("utf-8"))
            return answer


def rasa_labels(targets: Sequence[str], routes: Mapping[str, str], *, with_responses: bool) -> list[str]:
    """A name that Rasa takes for each target: ids may hold blanks, slashes and any script."""
    return [
        f"{_RETRIEVAL}/a{number}" if with_responses and routes[target] not in INTENT_OF_ROUTE else f"i{number}"
        for number, target in enumerate(targets)
    ]


def ranking(intents: Ranking, responses: Ranking) -> list[tuple[str, float]]:
    """One list of labels from both of Rasa's, best first; a response counts as its intent's share of it.

    What Rasa itself would say stands first, even when another product is larger: its best intent, and, when that is the
    retrieval intent, the best response. With a single intent Rasa trains no intents, and responses stand alone.
    """
    share = dict(intents).get(_RETRIEVAL, 0.0) if intents else 1.0
    candidates = [(label, p) for label, p in intents if label != _RETRIEVAL]
    candidates += [(label, share * p) for label, p in responses] if share else []
    candidates.sort(key=lambda candidate: -candidate[1])
    best = max(intents, key=lambda intent: intent[1])[0] if intents else _RETRIEVAL
    if best == _RETRIEVAL and responses:
        best = max(responses, key=lambda response: response[1])[0]
    return sorted(candidates, key=lambda candidate: candidate[0] != best)
