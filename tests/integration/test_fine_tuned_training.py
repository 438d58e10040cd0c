"""`train --fine-tune`: the release that is served is a tuned one, until somebody trains without or something changes."""

from functools import partial

import pytest

from bot.cli.train import train_with_progress
from bot.project import Places
from bot.supervise.training import is_up_to_date
from faq_index import fine_tuning
from tests.integration.small_project import manifest, run_train


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fine_tuning, "Recipe", partial(fine_tuning.Recipe, steps=20, learning_rate=1e-3))


def test_a_tuned_release_is_kept_until_somebody_trains_without_or_something_changes(
    project: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_train(fine_tune=True)
    tuned = manifest(project)
    assert tuned["fine_tuning"]["loss"]["end"] < tuned["fine_tuning"]["loss"]["start"]
    assert is_up_to_date(project)["release"]
    assert train_with_progress(project).release == tuned["id"], "`up` goes on with it"

    run_train()
    assert "fine_tuning" not in manifest(project)

    monkeypatch.setenv("FAQDESK_UNDERSTANDING_FINE_TUNE", "true")
    assert not is_up_to_date(project)["release"]
    run_train()
    assert manifest(project)["id"] == tuned["id"]

    article = project.project / "data" / "articles" / "en" / "payment.md"
    article.write_text(article.read_text("utf-8") + "More of it.\n", "utf-8")
    assert not is_up_to_date(project)["release"]
