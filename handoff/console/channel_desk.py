"""What the pages of channels ask of whoever runs the channels: the desk itself does not know them."""

from dataclasses import dataclass
from typing import Literal, Protocol


class UnknownChannel(Exception):
    """There is no channel of this name."""


class FromSettings(Exception):
    """The channel is set up by faqdesk.toml or a variable, so no page may change it."""


class WrongValues(Exception):
    """What was typed cannot be saved: words by field, "" for the whole of it."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class NotSent(Exception):
    """The test was not sent; the words say why."""


@dataclass(frozen=True)
class ChannelField:
    """One value as the form shows it. A secret's `value` is always empty, `is_set` says whether there is one."""

    name: str
    label: str
    hint: str
    sort: Literal["text", "secret", "choice", "switch", "number", "list"]
    value: str
    is_set: bool
    required: bool
    seldom: bool  # what most shops leave as it is
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShownChannel:
    """One channel in words. `trouble` is why it does not run though it is on; `wrong` what its provider complains about."""

    name: str
    title: str
    about: str
    address_label: str  # what a test is sent to
    address_hint: str
    is_on: bool
    runs: bool
    origin: Literal["settings", "page", ""]  # where its values come from
    trouble: Literal["key", "values", "failed", ""]
    wrong: tuple[str, ...]
    waiting: int  # messages that are not delivered yet
    webhook: str  # the address to give to the provider; "" when it asks for none
    fields: tuple[ChannelField, ...]

    @property
    def state(self) -> Literal["works", "wrong", "off", "none"]:
        """In one word."""
        if not self.is_on:
            return "off" if self.origin else "none"
        return "wrong" if self.trouble or self.wrong or not self.runs else "works"


class ChannelDesk(Protocol):
    """Who runs the channels. Texts come in the language that is asked for; each raises UnknownChannel."""

    async def all(self, language: str) -> list[ShownChannel]:
        """Every channel, with what is wrong just now."""

    async def one(self, name: str, language: str) -> ShownChannel:
        """One of them."""

    async def save(self, name: str, typed: dict[str, str], agent_id: str, language: str) -> None:
        """Keep what was typed, and run the channel by it. A secret left empty stays. Raises WrongValues, FromSettings."""

    async def switch(self, name: str, on: bool, agent_id: str) -> None:
        """On or off, with the values that are kept. Raises FromSettings."""

    async def forget(self, name: str, agent_id: str) -> None:
        """Switch it off and delete its values. Raises FromSettings."""

    async def send_test(self, name: str, address: str, language: str) -> None:
        """Raises NotSent."""
