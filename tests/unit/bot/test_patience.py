"""A desk that starts before its database waits for it."""

import itertools
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from bot.patience import patiently

AWAY = OperationalError("SELECT 1", {}, Exception("the database system is starting up"))


class InPlainWords(Exception):
    """As the command line says it."""


def fails(times: int, error: Exception, cause: Exception | None = None) -> tuple[Callable[[], str], Callable[[], int]]:
    """Work that fails so many times, and how often it was tried."""
    tries = itertools.count(1)
    made = [0]

    def work() -> str:
        made[0] = next(tries)
        if made[0] <= times:
            raise error from cause
        return "done"

    return work, lambda: made[0]


def test_work_is_done_as_soon_as_the_database_is_there() -> None:
    work, tries = fails(2, AWAY)

    assert patiently(work, seconds=30) == "done"
    assert tries() == 3


def test_an_error_in_plain_words_hides_no_database_that_is_away() -> None:
    work, _ = fails(1, InPlainWords(), AWAY)

    assert patiently(work, seconds=30) == "done"


def test_it_does_not_wait_for_ever() -> None:
    work, tries = fails(1_000_000, AWAY)

    with pytest.raises(OperationalError):
        patiently(work, seconds=0.5)
    assert tries() >= 2


def test_other_errors_are_not_waited_for() -> None:
    work, tries = fails(1, InPlainWords())

    with pytest.raises(InPlainWords):
        patiently(work, seconds=30)
    assert tries() == 1
