"""What a call of Meta's holds for us, whichever channel it is of."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.channels.meta.graph import GraphError
from bot.messages import RemoteFile

# Meta repeats a call for up to 7 days. What is older was kept by somebody and sent again: by then its number may be forgotten.
OLDEST = timedelta(days=14)

ProviderId = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Address = Annotated[str, StringConstraints(pattern=r"^[\w.-]{0,128}$")]  # "" as if it were not there


class Malformed(Exception):
    """This is not what Meta sends."""


class Part(BaseModel):
    """A part of what Meta sends. What is not read may be anything: Meta adds to it as it likes. Null is as if absent."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {name: value for name, value in given.items() if value is not None}


class Envelope(Part):
    """Of one account: the page's id, or the business account's."""

    id: str = ""
    changes: list[Any] = Field(default=[], max_length=1000)
    messaging: list[Any] = Field(default=[], max_length=1000)


@dataclass(frozen=True)
class Heard:
    """One thing that a shopper sent. `words` is the text, the caption, or the id of the pressed button."""

    kind: Literal["text", "press", "unsupported"]
    id: str
    address: str
    at: datetime
    words: str = ""
    name: str = ""
    files: tuple[RemoteFile, ...] = ()
    former: str = ""  # the address under which she may be known already
    phone: str = ""  # as the provider vouches for it, with its +; "" where it does not tell


@dataclass(frozen=True)
class Told:
    """What became of a message of ours. `correlation` is what we sent along; `error` says why it failed."""

    state: Literal["sent", "delivered", "read", "failed"]
    addresses: tuple[str, ...]
    provider_id: str = ""
    correlation: str = ""
    error: GraphError | None = None
    up_to: datetime | None = None  # everything that was sent until then, where no message is named


@dataclass(frozen=True)
class News:
    """All that one call holds, in its order. `odd` says of what is not as Meta sends it why it is none of the others."""

    heard: list[Heard] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    @contextmanager
    def each(self) -> Iterator[None]:
        """Around the reading of one thing: an odd one keeps no other of its call from being read."""
        try:
            yield
        except Malformed as error:
            self.odd.append(str(error))
        except ValidationError as error:
            self.odd.append(f"{error.error_count()} fields do not hold what Meta puts there")


def moment(seconds: float) -> datetime:
    """A time that Meta names. Raises Malformed for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Malformed("a time that no calendar has") from None


def entries(body: object, expected: str) -> list[Any]:
    """What the body holds of each account, to be read as an Envelope.

    Raises:
        Malformed: it is of another kind than `expected`.
    """
    if not isinstance(body, Mapping) or body.get("object") != expected:
        raise Malformed(f"the object is not '{expected}'")
    found = body.get("entry")
    if not isinstance(found, list) or not 0 < len(found) <= 1000:
        raise Malformed("there is no entry, or there are too many")
    return found


@dataclass(frozen=True)
class Correlation:
    """What goes along with a part of a message, and comes back with what becomes of it.

    `anew` tells one sending of the message from those before it (Outbox.anew).
    """

    message_id: str
    part: int
    parts: int
    anew: int = 0

    def __str__(self) -> str:
        return f"{self.message_id}.{self.part}.{self.parts}.{self.anew}"

    @property
    def is_last(self) -> bool:
        """Of an earlier part it says nothing of the whole message."""
        return self.part == self.parts


_CORRELATION = re.compile(r"([0-9a-f]{32})\.(\d{1,4})\.(\d{1,4})(?:\.(\d{1,6}))?")


def correlation(given: str) -> Correlation | None:
    """What came back, read; None for what is not of ours. What was sent before faqdesk counted has three numbers."""
    found = _CORRELATION.fullmatch(given)
    if found is None:
        return None
    message_id, *numbers = found.groups("0")
    part, parts, anew = map(int, numbers)
    return Correlation(message_id, part, parts, anew)
