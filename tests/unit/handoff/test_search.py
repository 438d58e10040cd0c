"""Search: what is found, in which words, and what a query cannot do; on both databases."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from handoff import conversations, erasure, order_lookups, search
from handoff.desk_model import Label, Labelled
from handoff.model import Conversation
from handoff.search_model import Searchable
from handoff.search_text import Piece, folded, snippet, terms
from tests.unit.handoff.workbench import Bench


def found(bench: Bench, query: str, *conditions: Any) -> list[str]:
    with bench.database.read() as session:
        return [one.conversation_id for one in search.find(session, query, conditions)]


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("Tôi muốn đổi cỡ áo dài", "doi co"), ("Tôi muốn đổi cỡ áo dài", "ĐỔI"), ("¿Dónde está mi envío?", "donde env"),
        ("The parcel of order CS-10045", "cs 10045"), ("order #10045", "#10045"), ("lan@example.com", "lan@example.com"),
        ("A lamp, broken.", "LAMP brok"), ("a" + "\u0302\u0301" + "o", "ao"), ("naïve Straße", "strasse naive"),
    ],
)  # fmt: skip
def test_words_are_found_by_their_beginnings_without_accents_and_case(bench: Bench, said: str, query: str) -> None:
    conversation_id, other = bench.conversation(), bench.conversation()
    bench.says(conversation_id, said)
    bench.says(other, "something else altogether")
    assert found(bench, query) == [conversation_id]


@pytest.mark.parametrize(
    "query",
    [
        '"', "'", "lamp' OR 1=1 --", 'lamp" OR "a"', "lamp*", "NEAR(lamp parcel)", "lamp AND NOT x", "^lamp", "folded:lamp",
        "lamp & !x", "lamp <-> x", "')", "\\", ":*", "{a b}: c", "-lamp", "%", "_", "\x00lamp", "a" * 5000, "( (", "",
        "'; DROP TABLE searchable; --", "lamp\u202e", "🙂🙂",
    ],
)  # fmt: skip
def test_no_query_is_more_than_words(bench: Bench, query: str) -> None:
    bench.says(bench.conversation(), "nothing of that kind here")
    assert found(bench, query) == []


def test_notes_names_orders_and_labels_are_found_and_say_where(bench: Bench) -> None:
    ada = bench.agent()
    conversation_id = bench.conversation("queue")
    bench.acts.note(conversation_id, ada, "third complaint about the lámpara", None, bench.now)
    with bench.database.write() as session:
        order_lookups.record(session, conversations.lock(session, conversation_id), "CS-777", True, bench.now)
        label = Label(id=conversations.new_id(), name="Wholesale", colour="teal", created_at=bench.now)
        session.add(label)
        session.flush()
        session.add(Labelled(conversation_id=conversation_id, label_id=label.id, agent_id=ada, at=bench.now))
    with bench.database.read() as session:
        kinds = {
            word: [one.where for one in search.find(session, word, [])] for word in ("lampara", "777", "lan", "whole")
        }
        (note,) = search.find(session, "lampara", [])
    assert kinds == {"lampara": ["note"], "777": ["about"], "lan": ["about"], "whole": ["label"]}
    assert [piece["text"] for piece in note.pieces if piece["hit"]] == ["lámpara"]
    assert found(bench, "lampara", Conversation.owner == "closed") == []


def test_what_is_undone_is_not_found_and_what_is_erased_no_longer(bench: Bench) -> None:
    conversation_id = bench.conversation()
    with pytest.raises(RuntimeError):
        bench.says_and_gives_up(conversation_id)
    bench.says(conversation_id, "porcelain")
    assert (found(bench, "lost"), found(bench, "porcelain")) == ([], [conversation_id])
    with bench.database.write() as session:
        erasure.erase(session, erasure.find(session, conversation_id=conversation_id), "test", bench.now)
    assert found(bench, "porcelain") == []
    with bench.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Searchable)) == 0
        if bench.database.is_sqlite:  # and SQLite's index agrees with its table
            session.execute(text("INSERT INTO searchable_fts(searchable_fts, rank) VALUES ('integrity-check', 1)"))


def test_the_latest_words_come_first_and_a_conversation_once(bench: Bench) -> None:
    old, new = bench.conversation(), bench.conversation()
    for one in (old, new, old, new):
        bench.says(one, "lamp")
    assert found(bench, "lamp") == [new, old]
    bench.says(old, "the lamp again")
    assert found(bench, "lamp") == [old, new]


def test_what_the_bot_says_to_everybody_is_not_looked_through(bench: Bench) -> None:
    bench.says(bench.conversation(), "You may return a lamp within 30 days", "bot")
    assert found(bench, "lamp") == []


def test_a_hit_is_marked_with_some_of_what_stands_around_it() -> None:
    said = "x " * 60 + "Tôi muốn đổi <b>áo</b>, đổi ngay" + " y" * 200
    pieces = snippet(said, terms("DOI"))
    assert [piece.text for piece in pieces if piece.hit] == ["đổi", "đổi"]
    assert pieces[0] == pieces[-1] == Piece("…", hit=False)
    assert "<b>áo</b>" in "".join(piece.text for piece in pieces)
    assert snippet("nothing", ["else"]) == [Piece("nothing", hit=False)]
    assert (folded("Áo dài ĐỎ!"), terms("a")) == ("ao dai do", [])
