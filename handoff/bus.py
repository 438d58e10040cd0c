"""The in-process bus: it only says that a conversation has something new; whoever cares fetches it.

Nothing here is a truth. A missed nudge is harmless, because every reader asks for "after n" and can ask again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

# A reader that does not keep up so long is not worth waiting for; it will fetch everything at its next look.
_KEPT = 256


class Nudge(NamedTuple):
    """Conversation `conversation_id`, of the shopper's identity `identity_id`, has events up to `seq`."""

    conversation_id: str
    identity_id: str
    seq: int


class Bus:
    """Publish from any thread, subscribe on the event loop."""

    def __init__(self) -> None:
        self._subscribers: set[_Subscriber] = set()

    def publish(self, nudge: Nudge) -> None:
        """Tell every subscriber whom it concerns; returns at once."""
        for subscriber in tuple(self._subscribers):
            wanted = subscriber.identity_id in (None, nudge.identity_id)
            if wanted and not subscriber.loop.is_closed():
                subscriber.loop.call_soon_threadsafe(_offer, subscriber.waiting, nudge)

    @contextmanager
    def subscribe(self, identity_id: str | None = None) -> Iterator[asyncio.Queue[Nudge]]:
        """A queue that receives nudges while the block lasts: of one shopper's identity, or of all."""
        subscriber = _Subscriber(asyncio.get_running_loop(), asyncio.Queue(maxsize=_KEPT), identity_id)
        self._subscribers.add(subscriber)
        try:
            yield subscriber.waiting
        finally:
            self._subscribers.discard(subscriber)


@dataclass(frozen=True, eq=False)
class _Subscriber:
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Queue[Nudge]
    identity_id: str | None


def _offer(waiting: asyncio.Queue[Nudge], nudge: Nudge) -> None:
    if waiting.full():
        waiting.get_nowait()
    waiting.put_nowait(nudge)
