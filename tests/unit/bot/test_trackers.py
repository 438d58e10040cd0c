"""What the desk erases, the engine forgets: in the tables that Rasa's SQL tracker store makes."""

import sqlite3
from pathlib import Path

import pytest

from bot.engine.trackers import forget

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
        sessions = [f"{ANA}.1", f"{ANA}.1", f"{ANA}.12", f"{LAN}.1"]
        connection.executemany(
            "INSERT INTO events (sender_id, type_name, data) VALUES (?, 'user', '{}')", [(one,) for one in sessions]
        )
    return file


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
