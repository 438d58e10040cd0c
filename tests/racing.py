"""Races: threads that a barrier lets go together, run many times."""

import threading
from collections.abc import Callable
from typing import Any

ROUNDS = 12


def together(*works: Callable[[], Any]) -> list[Any]:
    """What each returned, or the exception that it raised."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def do(number: int, work: Callable[[], Any]) -> None:
        barrier.wait(30)
        try:
            results[number] = work()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def failures(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]
