"""Queries from a file: what is expected of each, and files that cannot be used."""

from pathlib import Path

import pytest

from faq_index.errors import KnowledgeError
from faq_index.evaluation.queries import Query, read_queries


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "queries.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_what_is_expected_is_read(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "qid,text,route,faq_id,acceptable,lang\n"
        "1,where is it,faq,a|b,human|order_status,en\n2,hmm,handoff,,,\n3,thanks,no_faq,,,\n",
    )
    first, second, third = read_queries(file, [])
    assert first == Query("1", "where is it", ("faq", "human", "order_status"), frozenset("ab"), "en")
    assert [q.is_answerable for q in (first, second, third)] == [True, False, False]
    assert [q.must_hand_off for q in (first, second, third)] == [False, True, False]
    assert [q.is_judged for q in (first, second, third)] == [True, True, False]


def test_only_number_and_text_are_needed(tmp_path: Path) -> None:
    assert read_queries(written(tmp_path, "qid,text\n1,\n"), []) == [Query("1", "")]


def test_rows_can_be_chosen(tmp_path: Path) -> None:
    file = written(tmp_path, "qid,text,domain\n1,x,shop\n2,y,bank\n")
    assert [query.qid for query in read_queries(file, [("domain", "bank")])] == ["2"]


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        ("qid\n1\n", [], "lacks the column.* text"),
        ("qid,text\n1,x\n", [("domain", "shop")], "lacks the column.* domain"),
        ("", [], "lacks the column"),
        ("qid,text\n", [], "no query"),
        ("qid,text,domain\n1,x,shop\n", [("domain", "bank")], "no query"),
        (b"qid,text\n1,\xff\xfe\n", [], "UTF-8"),
        ('qid,text\n1,"' + "x" * 100_001 + '"\n', [], "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, content: str | bytes, where: list[tuple[str, str]], reason: str
) -> None:
    with pytest.raises(KnowledgeError, match=reason):
        read_queries(written(tmp_path, content), where)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read_queries(tmp_path / "nothing.csv", [])
