"""Which parts are measured: by two files, by folders, by a folder of folders."""

from pathlib import Path

import pytest

from bench.peers.suite import from_files, from_suite, from_words
from bot.errors import UserError
from faq_index.errors import KnowledgeError
from tests.unit.bench.peers.peer_builders import write_set


def test_a_suite_has_every_set_and_a_part_for_each_value_of_a_split(tmp_path: Path) -> None:
    write_set(tmp_path / "shop")
    write_set(tmp_path / "bank")
    (tmp_path / "no set").mkdir()
    (tmp_path / "README.md").write_text("words")
    parts = from_suite(tmp_path, ["shop:lang"])
    assert [(part.name, part.where) for part in parts] == [
        ("bank", ()),
        ("shop en", (("lang", "en"),)),
        ("shop es", (("lang", "es"),)),
    ]


def test_a_part_is_named_by_its_folder_and_condition(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "a:b")
    assert from_words(str(folder)).where == ()
    part = from_words(f"{folder}:lang=a=b")
    assert (part.name, part.where, part.kb) == ("a:b a=b", (("lang", "a=b"),), folder / "kb.csv")


def test_two_files_take_conditions() -> None:
    part = from_files(Path("shop/kb.csv"), Path("elsewhere/q.csv"), ["lang=vi", "domain="])
    assert part.where == (("lang", "vi"), ("domain", ""))
    assert part.queries == Path("elsewhere/q.csv")


@pytest.mark.parametrize("condition", ["lang", "=vi", ""])
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(UserError, match="COLUMN=VALUE"):
        from_files(Path("kb.csv"), Path("q.csv"), [condition])


@pytest.mark.parametrize("split", ["shop", ":lang", "shop:", "bank:lang"])
def test_a_split_needs_a_set_of_the_suite_and_a_column(split: str, tmp_path: Path) -> None:
    write_set(tmp_path / "shop")
    with pytest.raises(UserError):
        from_suite(tmp_path, [split])


def test_a_split_by_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_set(tmp_path / "shop")
    with pytest.raises(KnowledgeError, match="colour"):
        from_suite(tmp_path, ["shop:colour"])


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"kb\.csv"):
        from_words(str(tmp_path))
    with pytest.raises(UserError, match="no evaluation set"):
        from_suite(tmp_path, [])
