"""`--report` of the command: refused before the work, written after it."""

import os
from pathlib import Path

import pytest

from faq_index.evaluation.__main__ import main
from faq_index.evaluation.report.folder import FolderError, prepare, write
from faq_index.fakes import HashEmbedder

PROJECT = Path(__file__).parents[5]
KB = """faq_id,route,title,example
returns,faq,Returns,how do i send a dress back
returns,faq,Returns,return a dress
returns,faq,Returns,can i give it back
delivery,faq,Delivery,how long does delivery take
delivery,faq,Delivery,when will my parcel arrive
delivery,faq,Delivery,delivery time to london
cards,faq,Cards,which cards do you take
cards,faq,Cards,can i pay by card
cards,faq,Cards,pay with paypal
"""
QUERIES = """qid,text,route,faq_id,lang
1,how long does delivery take,faq,delivery,en
2,what about the moon,handoff,,en
3,pay by card,faq,cards,en
4,which cards do you take,faq,returns,en
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "kb.csv").write_text(KB, "utf-8")
    (tmp_path / "queries.csv").write_text(QUERIES, "utf-8")
    return ["--project", str(PROJECT), "--kb", str(tmp_path / "kb.csv"), "--queries", str(tmp_path / "queries.csv")]


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    prepare(tmp_path / "results" / "today")
    assert (tmp_path / "results" / "today").is_dir()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", "utf-8")
    with pytest.raises(FolderError, match="Name a folder"):
        prepare(tmp_path / "taken")
    with pytest.raises(FolderError, match="Name a folder"):
        prepare(tmp_path / "taken" / "below")


def test_a_page_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(FolderError, match=r"index\.html cannot be written"):
        prepare(tmp_path)


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # as on a disk mounted for reading; root may write elsewhere
    with pytest.raises(FolderError, match="cannot be written"):
        prepare(tmp_path)


def test_an_old_report_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    write(tmp_path, "old")
    assert write(tmp_path, "nueva: ñ").read_text("utf-8") == "nueva: ñ"
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(FolderError, match="could not be written"):
        write(tmp_path, "new")
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


def test_the_command_refuses_before_it_reads_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("mine", "utf-8")
    missing = str(tmp_path / "no.csv")
    assert main(["--kb", missing, "--queries", missing, "--report", str(tmp_path / "taken")]) == 2
    assert "Name a folder" in capsys.readouterr().err


def test_the_command_writes_what_it_measured(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("faq_index.embedder.open_encoder", lambda *_, **__: HashEmbedder())
    assert main([*files, "--report", str(tmp_path / "report")]) == 0
    html = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert str(tmp_path / "report" / "index.html") in capsys.readouterr().out.replace("\n", "")
    for expected in (f"{tmp_path.name}/kb.csv", "which cards do you take", "of 4 queries", HashEmbedder().card.name):
        assert expected in html.replace("<wbr>", ""), expected


def test_without_the_option_nothing_is_written(
    files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faq_index.embedder.open_encoder", lambda *_, **__: HashEmbedder())
    assert main(files) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kb.csv", "queries.csv"]
