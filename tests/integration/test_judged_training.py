"""From a shopper's thumb to the release: stored by the gateway, written by `train`, used by the trainer."""

import argparse
import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.cli import train
from bot.project import Places
from bot.supervise.training import is_up_to_date
from handoff.database import Database
from handoff.migrate import upgrade
from tests.unit.bot.scripted import Stage, says

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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A shop of three articles; the desk has never run."""
    for article_id, phrasings in ARTICLES.items():
        file = tmp_path / "data" / "articles" / "en" / f"{article_id}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        listed = "".join(f"\n  - {phrasing}" for phrasing in phrasings)
        file.write_text(
            f"---\nid: {article_id}\nlanguage: en\ntitle: About {article_id}\nphrasings:{listed}\n---\nAll of it.\n"
        )
    shutil.copytree(CHECKOUT / "data" / "nlu", tmp_path / "data" / "nlu")
    for name in ("config.yml", "domain.yml"):
        shutil.copy(CHECKOUT / name, tmp_path)
    rasa = tmp_path / ".venv-engine" / "bin" / "python"
    rasa.parent.mkdir(parents=True)
    rasa.write_text(_RASA)
    rasa.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(CHECKOUT), os.environ.get("PYTHONPATH", ""))))
    return Places(tmp_path, tmp_path / "var")


@pytest.fixture
def stage(project: Places) -> Iterator[Stage]:
    """A gateway on the project's own database, made by the migrations; opened by the tests that need one."""
    database = Database(f"sqlite:///{project.var / 'faqdesk.sqlite'}")
    upgrade(database)
    yield Stage(database)
    database.close()


def judge(stage: Stage, shopper: str, words: str, article_id: str, helpful: bool) -> None:
    """The shopper is shown the article, and says whether it helped."""
    article = {"id": article_id, "language": "en", "title": "T", "body": "B", "link": "", "updated": ""}
    answer = {"custom": {"kind": "answer", "article": article, "release": "r", "p": 0.9}}
    thumb = {"custom": {"kind": "feedback", "article_id": article_id, "helpful": helpful}}
    for said, reply in ((words, says(answer)), ("no", says(thumb, intent="helpful" if helpful else "not_helpful"))):
        stage.engine.reply = reply
        stage.write(said, address=shopper)
        asyncio.run(stage.answer_all())
        stage.now += timedelta(seconds=1)


def run_train() -> None:
    assert train.run(argparse.Namespace(force=False)) == 0


def manifest(places: Places) -> dict[str, Any]:
    home = places.releases / (places.releases / "current").read_text().strip()
    found: dict[str, Any] = json.loads((home / "manifest.json").read_text("utf-8"))
    return found


@pytest.mark.timeout(300)
def test_thumbs_refine_the_next_release(
    project: Places, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    run_train()  # a desk that never ran
    assert not project.judgements.exists()
    assert not (project.var / "faqdesk.sqlite").exists()
    plain = manifest(project)
    assert "judged" not in plain

    stage: Stage = request.getfixturevalue("stage")
    for number, verb in enumerate(("dye", "shorten", "iron", "wash", "mend")):
        judge(stage, f"shopper-{number}", f"can you {verb} the dress", "returns", helpful=False)
    judge(stage, "lan", "may i bring the dress back to you", "returns", helpful=True)
    judge(stage, "minh", "will it fit me", "an-article-that-is-gone", helpful=True)
    assert is_up_to_date(project)["release"], "`up` goes on with what was trained until somebody trains"

    capsys.readouterr()
    run_train()
    assert "6 judged answers" in capsys.readouterr().err
    refined = manifest(project)
    assert refined["judged"] == 6
    assert refined["id"] != plain["id"]
    assert refined["calibrator"] != plain["calibrator"]
    assert project.judgements.read_text("utf-8").count("\n") == 8
    assert is_up_to_date(project) == {"release": True, "dialogue": True}

    project.judgements.unlink()
    assert not is_up_to_date(project)["release"]
