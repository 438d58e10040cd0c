"""What the desk erases, the engine forgets: in the tables that Rasa's SQL tracker store makes."""

import sqlite3
from collections.abc import Collection
from pathlib import Path

import pytest

from bot.engine.trackers import Strangers, forget

ANA, LAN = "a" * 32, "b" * 32


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """As Rasa 3.6.21 makes it, with two sessions of Ana and one of Lan."""
    file = tmp_path / "trackers.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL,"
            " timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT)"
        )
    save(file, f"{ANA}.1", f"{ANA}.1", f"{ANA}.12", f"{LAN}.1")
    return file


def save(store: Path, *sessions: str) -> None:
    with sqlite3.connect(store) as connection:
        connection.executemany(
            "INSERT INTO events (sender_id, type_name, data) VALUES (?, 'user', '{}')", [(one,) for one in sessions]
        )


def left(store: Path) -> list[str]:
    with sqlite3.connect(store) as connection:
        return [sender for (sender,) in connection.execute("SELECT sender_id FROM events ORDER BY id")]


def test_every_session_of_the_conversation_is_forgotten_and_no_other(store: Path) -> None:
    assert forget(f"sqlite:///{store}", [ANA]) == 3
    assert left(store) == [f"{LAN}.1"]


def test_nothing_to_forget_is_no_mistake(store: Path) -> None:
    assert forget(f"sqlite:///{store}", []) == 0
    assert forget(f"sqlite:///{store}", ["c" * 32]) == 0
    assert len(left(store)) == 4


def test_a_store_that_never_was_knows_nothing(tmp_path: Path) -> None:
    assert forget(f"sqlite:///{tmp_path}/none.sqlite", [ANA]) == 0


def test_what_is_saved_after_its_conversation_was_erased_is_forgotten_later(store: Path) -> None:
    there, url = {ANA, LAN}, f"sqlite:///{store}"
    strangers = Strangers(url, lambda ids: there & set(ids))
    assert strangers.forget() == 0

    there.remove(ANA)
    forget(url, [ANA])
    save(store, f"{ANA}.12", "readiness-1763800000")

    assert strangers.forget() == 2
    assert left(store) == [f"{LAN}.1"]


def test_sessions_that_are_not_the_desks_are_left_alone(store: Path) -> None:
    save(store, "somebody in a rasa shell", f"{'A' * 32}.1", f"{LAN}.x")
    assert Strangers(f"sqlite:///{store}", lambda ids: ids).forget() == 0
    assert len(left(store)) == 7


def test_what_could_not_be_looked_up_is_looked_at_again(store: Path) -> None:
    away = [True]

    def known(_: Collection[str]) -> set[str]:
        if away.pop():
            away.append(False)
            raise ConnectionError("the database is away")
        return set()

    strangers = Strangers(f"sqlite:///{store}", known)
    with pytest.raises(ConnectionError):
        strangers.forget()
    assert strangers.forget() == 4
