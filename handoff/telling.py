"""Telling a browser through its socket that there is something new, and letting go of browsers that do not keep up."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from handoff.bus import Nudge, Resync, Subscription, TooSlow, Whisper

# "Try again later": the chat and the desk come back by themselves, and fetch everything after what they have.
TOO_SLOW = 1013
_SENDING_SECONDS = 10.0  # a browser that takes a line of text no faster is not there
_CLOSING_SECONDS = 2.0


async def tell(websocket: WebSocket, nudges: Subscription, listening: Awaitable[Any]) -> None:
    """Say what is new for as long as `listening` lasts, which hears what the browser says and ends when it goes away.

    A browser that does not keep up is shown out with TOO_SLOW.
    """
    listener = asyncio.ensure_future(listening)
    teller = asyncio.create_task(_tell(websocket, nudges))
    try:
        await asyncio.wait((listener, teller), return_when=asyncio.FIRST_COMPLETED)
        if teller.done() and isinstance(teller.exception(), (TooSlow, TimeoutError)):
            with contextlib.suppress(TimeoutError, RuntimeError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await websocket.close(TOO_SLOW, "too slow; come back and fetch what is new")
    finally:
        for task in (listener, teller):
            task.cancel()
        ends = await asyncio.gather(listener, teller, return_exceptions=True)
    for end in ends:
        # A browser that goes away or falls silent ends its socket in one of these ways; none is an error of ours.
        gone = (WebSocketDisconnect, RuntimeError, TimeoutError, TooSlow, asyncio.CancelledError)
        if isinstance(end, BaseException) and not isinstance(end, gone):
            raise end


async def _tell(websocket: WebSocket, nudges: Subscription) -> None:
    while True:
        said = _said(await nudges.next(), to_shopper=nudges.identity_id is not None)
        await asyncio.wait_for(websocket.send_json(said), _SENDING_SECONDS)


def _said(news: Nudge | Whisper | Resync, *, to_shopper: bool) -> dict[str, Any]:
    match news:
        case Nudge():
            return {"conversation": news.conversation_id, "seq": news.seq}
        case Whisper() if to_shopper:
            return {"typing": True}
        case Whisper():
            return {"whisper": {"conversation": news.conversation_id, "who": news.who, "doing": news.doing}}
        case Resync():
            return {"resync": True}
