"""The journal: what the people outside saw, as JSON lines, so that it can be held against what the desk kept."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

Json = dict[str, Any]


@dataclass(frozen=True)
class Accepted:
    """The desk said yes to a shopper's message. `reference` is its client id or its update's number.

    `first_sent` and `accepted` are monotonic seconds: when it was first sent, and when an answer came that said yes.
    """

    channel: Literal["web", "telegram"]
    who: str
    reference: str
    text: str
    first_sent: float
    accepted: float
    kind: Literal["accepted"] = "accepted"


@dataclass(frozen=True)
class Unsure:
    """Nobody knows whether this message was taken in: no answer came until the end. It may be stored once, or not."""

    channel: Literal["web", "telegram"]
    who: str
    reference: str
    text: str
    kind: Literal["unsure"] = "unsure"


@dataclass(frozen=True)
class Refused:
    """The desk said no to something that was right."""

    who: str
    what: str
    status: int
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True)
class Replied:
    """The desk took an agent's reply."""

    conversation: str
    client_id: str
    text: str
    kind: Literal["replied"] = "replied"


@dataclass(frozen=True)
class Seen:
    """The events of one conversation as a browser put them together, piece by piece."""

    who: str
    conversation: str
    events: list[Json]
    kind: Literal["seen"] = "seen"


@dataclass(frozen=True)
class Delivered:
    """The stand-in for Telegram showed a message in a chat. The order of these records is the order in the chat."""

    chat: str
    provider_id: str
    text: str
    kind: Literal["delivered"] = "delivered"


@dataclass(frozen=True)
class Fault:
    """What was done to the system."""

    what: str
    part: str
    seconds: float = 0.0
    kind: Literal["fault"] = "fault"


Record: TypeAlias = Accepted | Unsure | Refused | Replied | Seen | Delivered | Fault
_KINDS: dict[str, type] = {
    "accepted": Accepted, "unsure": Unsure, "refused": Refused, "replied": Replied, "seen": Seen, "delivered": Delivered,
    "fault": Fault,
}  # fmt: skip


class Journal:
    """Writes records to a file as they come, from any thread, and keeps them."""

    def __init__(self, file: Path) -> None:
        self.records: list[Record] = []
        self._stream = file.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def write(self, record: Record) -> None:
        line = json.dumps({"at": round(time.time(), 3), **asdict(record)}, ensure_ascii=False)
        with self._lock:
            self.records.append(record)
            self._stream.write(line + "\n")

    def close(self) -> None:
        self._stream.close()


def read(file: Path) -> Iterator[Record]:
    """The records of an earlier run."""
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            fields: Json = json.loads(line)
            del fields["at"]
            yield _KINDS[fields["kind"]](**fields)
