"""A shop of three articles that is trained in a second or two."""

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.cli import train
from bot.project import Places

CHECKOUT = Path(next(iter(bot.__path__))).parent
ARTICLES = {
    "returns": ["how do i return a dress", "send the dress back", "return period for shoes"],
    "delivery": ["how long does delivery take", "delivery time to london", "when will my parcel come"],
    "payment": ["which cards do you take", "can i pay by bank transfer", "is paypal possible"],
}
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
    shutil.copytree(CHECKOUT / "data" / "nlu", folder / "data" / "nlu")
    for name in ("config.yml", "domain.yml"):
        shutil.copy(CHECKOUT / name, folder)
    rasa = folder / ".venv-engine" / "bin" / "python"
    rasa.parent.mkdir(parents=True)
    rasa.write_text(_RASA)
    rasa.chmod(0o755)
    patch.chdir(folder)
    patch.setenv("FAQDESK_PROJECT", str(folder))
    patch.setenv("PYTHONPATH", os.pathsep.join((str(CHECKOUT), os.environ.get("PYTHONPATH", ""))))
    return Places(folder, folder / "var")


def run_train(*, fine_tune: bool = False) -> None:
    assert train.run(argparse.Namespace(force=False, fine_tune=fine_tune)) == 0


def manifest(places: Places) -> dict[str, Any]:
    """Of the release that is served."""
    home = places.releases / (places.releases / "current").read_text().strip()
    found: dict[str, Any] = json.loads((home / "manifest.json").read_text("utf-8"))
    return found
