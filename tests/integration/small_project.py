"""A shop of three articles that is trained in a second or two."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.cli import train
from bot.project import Places
from bot.supervise import training
from bot.supervise.training import Say
from faq_index import __main__ as builder
from tests.unit.faq_index.encoder_builders import save_encoder

CHECKOUT = Path(next(iter(bot.__path__))).parent
ARTICLES = {
    "returns": ["how do i return a dress", "send the dress back", "return period for shoes"],
    "delivery": ["how long does delivery take", "delivery time to london", "when will my parcel come"],
    "payment": ["which cards do you take", "can i pay by bank transfer", "is paypal possible"],
}
_INTENTS = """version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - good morning to you
      - hi there
  - intent: request_human
    examples: |
      - i want to talk to a person
      - a real person please
      - can somebody call me
"""
# In the place of Rasa, whose training is not what this is about.
_RASA = """#!/bin/sh
mkdir -p models && : > "models/$5.tar.gz"
"""


def make_project(folder: Path, patch: pytest.MonkeyPatch) -> Places:
    """The shop in `folder`, which becomes the current one; its desk has never run."""
    for article_id, phrasings in ARTICLES.items():
        file = folder / "data" / "articles" / "en" / f"{article_id}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        listed = "".join(f"\n  - {phrasing}" for phrasing in phrasings)
        file.write_text(
            f"---\nid: {article_id}\nlanguage: en\ntitle: About {article_id}\nphrasings:{listed}\n---\nAll of it.\n"
        )
    intents = folder / "data" / "nlu" / "en" / "intents.yml"
    intents.parent.mkdir(parents=True)
    intents.write_text(_INTENTS)
    for name in ("config.yml", "domain.yml"):
        shutil.copy(CHECKOUT / name, folder)
    rasa = folder / ".venv-engine" / "bin" / "python"
    rasa.parent.mkdir(parents=True)
    rasa.write_text(_RASA)
    rasa.chmod(0o755)
    encoder = folder / "encoder"
    save_encoder(encoder, layers=3)
    patch.setenv("FAQDESK_UNDERSTANDING_ENCODER", str(encoder))
    patch.setattr(training, "_run_builder", build_here)
    patch.chdir(folder)
    patch.setenv("FAQDESK_PROJECT", str(folder))
    return Places(folder, folder / "var")


def build_here(arguments: list[str], places: Places, say: Say) -> dict[str, Any]:
    """In the place of the process that builds a release: what it runs, without the seconds in which it imports torch."""
    return builder.build(builder.read_arguments(arguments), lambda step: say("release", step))


def run_train(*, fine_tune: bool = False) -> None:
    assert train.run(argparse.Namespace(force=False, fine_tune=fine_tune)) == 0


def manifest(places: Places) -> dict[str, Any]:
    """Of the release that is served."""
    home = places.releases / (places.releases / "current").read_text().strip()
    found: dict[str, Any] = json.loads((home / "manifest.json").read_text("utf-8"))
    return found
