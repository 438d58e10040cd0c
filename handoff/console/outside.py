"""What the console asks of others. The desk does not know who they are: whoever puts it together passes the questions in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]


class OutOfReach(Exception):
    """Whom the desk asked does not answer now; trying later may work."""


async def _nothing(*_: str) -> None:
    raise OutOfReach("this desk was put together without it")


async def _no_articles(*_: str) -> list[Found]:
    raise OutOfReach("this desk was put together without it")


@dataclass(frozen=True)
class Outside:
    """Each raises OutOfReach. `order(number)`; `suggest(language, words)`, at most three articles with their probability;
    `search(language, words)`, articles with link and text; `article(language, id)`, with html and text; `card(language, id)`,
    the same one as the content of a message, as the bot shows it."""

    order: Callable[[str], Awaitable[Found | None]] = _nothing
    suggest: Callable[[str, str], Awaitable[list[Found]]] = _no_articles
    search: Callable[[str, str], Awaitable[list[Found]]] = _no_articles
    article: Callable[[str, str], Awaitable[Found | None]] = _nothing
    card: Callable[[str, str], Awaitable[Found | None]] = _nothing


NOBODY = Outside()
