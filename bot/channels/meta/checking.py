"""What keeps an account from answering, in the words that admins read."""

from collections.abc import Awaitable
from typing import Any, Literal

import httpx

from bot.channels.meta.graph import GraphError, UnreadableAnswer

Wrong = Literal["token", "refused", "unreachable"]
_TOKEN = (0, 102, 190)


async def wrong_with(call: Awaitable[Any]) -> Wrong | None:
    """What is wrong, by one call to the account; None when it answers."""
    try:
        await call
    except GraphError as error:
        return "token" if error.code in _TOKEN or error.status == 401 else "refused"
    except (httpx.HTTPError, httpx.InvalidURL, UnreadableAnswer):
        return "unreachable"
    return None
