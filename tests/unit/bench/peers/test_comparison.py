"""The command: one table for a part, all parts side by side, who is better, and CSV."""

import csv
from pathlib import Path

import pytest

from bench.peers.__main__ import main
from bench.peers.measure import Measured
from bench.peers.tables import print_suite, print_verdicts
from bench.peers.verdict import mean, verdicts
from tests.unit.bench.peers.peer_builders import write_set


def measured(part: str, system: str, top1: float | None, aurc: float | None) -> Measured:
    return Measured(part, system, 10, 20, top1, 1.0, None, 0.5, aurc, 0.6, 1.0, 2.0)


MEASURED = [
    measured("shop", "faqdesk", 0.8, 0.10),
    measured("shop", "tfidf", 0.7, 0.20),
    measured("shop", "hybrid", 0.8, 0.08),
    measured("shop", "rasa", 0.9, 0.01),
    measured("bank", "faqdesk", 0.6, 0.10),
    measured("bank", "tfidf", 0.7, 0.20),
    measured("bank", "hybrid", 0.5, 0.30),
]


def test_we_are_held_against_the_best_baseline_of_each_figure() -> None:
    shop, bank = verdicts(MEASURED)
    assert (shop.best_top1, shop.best_aurc, shop.reaches_top1, shop.reaches_aurc) == (0.8, 0.08, True, False)
    assert shop.aurc_change == pytest.approx(0.25)
    assert (bank.best_top1, bank.best_aurc, bank.reaches_top1, bank.reaches_aurc) == (0.7, 0.20, False, True)
    both = mean([shop, bank])
    assert both.top1_gain == pytest.approx(-0.05)
    assert both.aurc_change == pytest.approx(0.10 / 0.14 - 1)


def test_without_our_own_figures_or_a_baseline_there_is_no_verdict() -> None:
    assert verdicts([measured("shop", "tfidf", 0.7, 0.2)]) == []
    assert verdicts([measured("shop", "faqdesk", 0.7, 0.2), measured("shop", "rasa", 0.7, 0.2)]) == []
    assert verdicts([measured("shop", "faqdesk", None, None), measured("shop", "tfidf", None, None)]) == []


def test_a_faultless_baseline_has_no_relative_change(capsys: pytest.CaptureFixture[str]) -> None:
    found = verdicts([measured("shop", "faqdesk", 1.0, 0.1), measured("shop", "tfidf", 1.0, 0.0)])
    assert found[0].aurc_change is None
    print_verdicts(found)
    assert "top1 reached on 1, AURC on 0 of 1 parts" in capsys.readouterr().out


def test_the_mean_of_the_changes_lets_every_part_count_alike(capsys: pytest.CaptureFixture[str]) -> None:
    print_verdicts(verdicts(MEASURED))
    out = capsys.readouterr().out
    assert "top1 reached on 1, AURC on 1 of 2 parts; mean of the changes in AURC -12%" in out
    assert [line.split()[-3:] for line in out.splitlines() if "mean of 2" in line] == [["0.140", "-29%", "yes"]]


def test_means_are_over_the_parts(capsys: pytest.CaptureFixture[str]) -> None:
    print_suite([m for m in MEASURED if m.system != "rasa"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["mean", "0.700", "/", "0.100", "0.700", "/", "0.200", "0.650", "/", "0.190"] in lines


def test_the_command_measures_parts_with_the_named_peers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_set(tmp_path / "suite" / "shop")
    table = tmp_path / "out.csv"
    asked = [
        "--suite",
        str(tmp_path / "suite"),
        "--split",
        "shop:lang",
        "--peer",
        "tfidf",
        "bm25",
        "--table",
        str(table),
    ]
    # Spanish has one article and no intent: no base at all.
    assert main(asked) == 1
    assert "only one article" in capsys.readouterr().err
    assert not table.exists()

    asked[2:4] = ["--part", f"{tmp_path}/suite/shop:lang=en"]
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert "shop: 6 phrasings, 5 queries" in out
    assert "shop en: 5 phrasings, 4 queries" in out
    with table.open(encoding="utf-8", newline="") as stream:
        rows = [(row["part"], row["system"], row["top1"]) for row in csv.DictReader(stream)]
    assert rows == [(part, peer, "1.0000") for part in ("shop en", "shop") for peer in ("tfidf", "bm25")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "what to measure"),
        (["--kb", "kb.csv"], "belong together"),
        (["--part", "nowhere", "--where", "lang=en"], "--where is for"),
        (["--part", "nowhere", "--split", "shop:lang"], "--split is for"),
        (["--part", "nowhere", "--peer", "dialogflow"], "invalid choice"),
        (["--part", "nowhere", "--table", "nowhere/out.csv"], "cannot be written"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert words in capsys.readouterr().err


def test_a_part_is_not_measured_twice_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write_set(tmp_path / "shop"))
    assert main(["--part", folder, folder]) == 1
    assert "shop would be measured twice" in capsys.readouterr().err
