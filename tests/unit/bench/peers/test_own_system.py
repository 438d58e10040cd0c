"""faqdesk beside its peers is the faqdesk that `evaluate` measures."""

import csv
from pathlib import Path

import pytest

from bench.peers.__main__ import PROJECT
from bench.peers.own import Faqdesk
from bench.peers.part import read_part
from bench.peers.suite import from_words
from faq_index.evaluation.__main__ import main as evaluate
from faq_index.evaluation.predict import write_predictions
from faq_index.fakes import HashEmbedder
from faq_index.settings import UnderstandingSettings
from tests.unit.bench.peers.peer_builders import write_set


def test_it_says_what_evaluate_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_set(tmp_path / "shop")
    theirs, ours = tmp_path / "evaluate.csv", tmp_path / "peers.csv"
    monkeypatch.setattr("faq_index.embedder.open_encoder", lambda *_, **__: HashEmbedder())
    files = ["--kb", str(folder / "kb.csv"), "--queries", str(folder / "queries.csv")]
    assert evaluate(["--project", str(PROJECT), *files, "--out", str(theirs)]) == 0

    part = read_part(from_words(str(folder)))
    run = Faqdesk("faqdesk", PROJECT, HashEmbedder(), UnderstandingSettings()).run(part)
    write_predictions(ours, part.queries, run.predictions)
    assert without_times(ours) == without_times(theirs)


def without_times(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [row | {"ms": ""} for row in csv.DictReader(stream)]


def test_a_condition_leaves_out_the_other_rows(tmp_path: Path) -> None:
    part = read_part(from_words(f"{write_set(tmp_path / 'shop')}:lang=en"))
    run = Faqdesk("faqdesk", tmp_path, HashEmbedder(), UnderstandingSettings()).run(part)
    assert [found.top for found in run.predictions[:2]] == ["returns", "delivery"]
    assert {target for found in run.predictions for target, _ in found.candidates} == {
        "returns",
        "delivery",
        "talk to us",
    }
