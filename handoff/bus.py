"""The bus of one desk: it only says that a conversation has something new; whoever cares fetches it.

Nothing here is a truth. A missed nudge is harmless, because every reader asks for "after n" and can ask again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

# What somebody at a conversation does just now. Who comes is told by the others that they are there; "writes" is a reply, and
# the only thing that the shopper learns.
Doing = Literal["comes", "looks", "writes", "notes", "leaves"]
SHOPPER = "shopper"

# Conversations with news that a reader has not been told of yet. Who lets more of them pile up does not keep up.
_MOST_WAITING = 256


class Nudge(NamedTuple):
    """Conversation `conversation_id`, of the shopper's identity `identity_id`, has events up to `seq`."""

    conversation_id: str
    identity_id: str
    seq: int


class Whisper(NamedTuple):
    """`who`, an agent's id or SHOPPER, does something at a conversation. Never stored, and forgotten within seconds."""

    conversation_id: str
    identity_id: str
    who: str
    doing: Doing

    @property
    def for_shopper(self) -> bool:
        """Whether the shopper of the conversation may hear it: not of herself, and nothing of notes and of who looks."""
        return self.doing == "writes" and self.who != SHOPPER


class Resync(NamedTuple):
    """Nudges may have been missed: look at everything again."""


class TooSlow(Exception):
    """The reader does not keep up. It must leave; when it comes back, it looks at everything again."""


class Subscription:
    """What one reader has not been told yet: the newest nudge of each conversation. Lives on one event loop."""

    def __init__(self, identity_id: str | None) -> None:
        self.identity_id = identity_id
        self.loop = asyncio.get_running_loop()
        self._waiting: dict[str, Nudge] = {}
        self._whispers: dict[tuple[str, str], Whisper] = {}
        self._resync = self._too_slow = False
        self._something = asyncio.Event()

    def offer(self, news: Nudge | Whisper | Resync) -> None:
        """Called on the loop."""
        if isinstance(news, Resync):
            self._waiting.clear()
            self._resync = True
        elif isinstance(news, Whisper):
            if len(self._whispers) < _MOST_WAITING:  # one that is lost harms nobody
                self._whispers[news.conversation_id, news.who] = news
        elif news.conversation_id in self._waiting or len(self._waiting) < _MOST_WAITING:
            known = self._waiting.get(news.conversation_id)
            # Threads may overtake each other between their commits and here.
            self._waiting[news.conversation_id] = max(known, news, key=lambda one: one.seq) if known else news
        else:
            self._too_slow = True
        self._something.set()

    async def next(self) -> Nudge | Whisper | Resync:
        """The oldest news, waited for when there are none.

        Raises:
            TooSlow: more has piled up than is kept.
        """
        await self._something.wait()
        if self._too_slow:
            raise TooSlow
        if self._resync:
            self._resync = False
            news: Nudge | Whisper | Resync = Resync()
        elif self._waiting:
            news = self._waiting.pop(next(iter(self._waiting)))
        else:
            news = self._whispers.pop(next(iter(self._whispers)))
        if not self._waiting and not self._resync and not self._whispers:
            self._something.clear()
        return news

    @property
    def waits(self) -> bool:
        """Whether there are news."""
        return self._something.is_set()


class Bus:
    """Publish from any thread, subscribe on the event loop."""

    def __init__(self) -> None:
        self._subscribers: set[Subscription] = set()

    def publish(self, news: Nudge | Whisper) -> None:
        """Tell every subscriber whom it concerns; returns at once."""
        public = not isinstance(news, Whisper) or news.for_shopper
        for subscriber in tuple(self._subscribers):
            if subscriber.identity_id is None or (public and subscriber.identity_id == news.identity_id):
                _offer(subscriber, news)

    def resync(self) -> None:
        """Make every subscriber look again: nudges of other desks may have been missed."""
        for subscriber in tuple(self._subscribers):
            _offer(subscriber, Resync())

    @contextmanager
    def subscribe(self, identity_id: str | None = None) -> Iterator[Subscription]:
        """Nudges while the block lasts: of one shopper's identity, or of all."""
        subscriber = Subscription(identity_id)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)


def _offer(subscriber: Subscription, news: Nudge | Whisper | Resync) -> None:
    if not subscriber.loop.is_closed():
        subscriber.loop.call_soon_threadsafe(subscriber.offer, news)
