"""From a shopper's thumb to the release: stored by the gateway, written by `train`, used by the trainer."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.project import Places
from bot.supervise.training import is_up_to_date
from handoff.database import Database
from handoff.migrate import upgrade
from tests.integration.small_project import manifest, run_train
from tests.unit.bot.scripted import Stage, says


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
