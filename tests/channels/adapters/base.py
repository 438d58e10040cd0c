"""What the contract suite asks of a channel: its provider's stand-in, shoppers who use it, and what may go wrong between."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from tests.integration.harness import Desk

# What becomes of the next message that the desk sends to a shopper: the provider asks to wait, fails, takes it and says
# nothing, or will never take it.
Failure = Literal["wait", "broken", "silent", "refused"]
NUMBERS = itertools.count(1)  # whoever needs names that no other test has


@dataclass(frozen=True)
class Sent:
    """Something that a shopper did, in the provider's wire format. The desk does not know of it before it is delivered."""

    shopper: "Shopper"
    body: Any


@dataclass(frozen=True)
class Got:
    """One message as it reached a shopper. `buttons` are by title; their values are the adapter's own business."""

    text: str
    buttons: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[bytes, ...] = ()


class Shopper(ABC):
    """One person at the other end of a channel. What she does is made here, and delivered by her channel."""

    @abstractmethod
    def write(self, text: str) -> Sent:
        """She writes."""

    @abstractmethod
    def press(self, message: Got, title: str) -> Sent:
        """She presses a button, under a message that she, or somebody else, got."""

    @abstractmethod
    def got(self) -> list[Got]:
        """What has reached her so far, oldest first, with nothing left out and nothing put together."""

    def send_file(self, name: str, content: bytes, words: str = "") -> Sent:
        """She sends a file, with words if the channel lets her. Only where `Adapter.takes_files`."""
        raise NotImplementedError

    def anew(self) -> "Shopper":
        """The same person after the shop has erased her: at the same address, where the channel gives her no new one."""
        return self


class Adapter(ABC):
    """One channel. Made once for the whole suite: `start`, then a desk with these settings, then `connect`, at last `stop`."""

    name: str  # the channel's
    pushes = True  # the desk sends; False: shoppers fetch what is theirs
    takes_files = False
    desk: Desk

    @abstractmethod
    def start(self, patch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Start the provider's stand-in; returns values for DeskSettings. Slow politeness may be patched away."""

    def connect(self, desk: Desk) -> None:
        """The desk is there."""
        self.desk = desk

    @abstractmethod
    def stop(self) -> None:
        """End what `start` began."""

    @abstractmethod
    def shopper(self, language: str = "en") -> Shopper:
        """Somebody whom the desk has never heard of."""

    @abstractmethod
    def deliver(self, *sent: Sent) -> None:
        """Hand these to the desk, in this order, as the provider would. An AssertionError when one is not accepted."""

    @abstractmethod
    def forge(self, sent: Sent) -> list[int]:
        """Hand it over in every way that must be refused (no signature, a wrong one, a changed body); the answers' codes."""

    def fail(self, shopper: Shopper, failure: Failure) -> None:
        """The next message to this shopper meets this. Only where `pushes`."""
        raise NotImplementedError

    def tried(self, shopper: Shopper) -> int:
        """How often the desk has tried to send something to her. Only where `pushes`."""
        raise NotImplementedError
