"""What admins see of the channels, and change: words and values for the pages of handoff/console/pages/channels.py."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from pydantic import ValidationError

from bot.channels import forms
from bot.channels.base import Kind, Surroundings
from bot.channels.host import Channels
from bot.channels.setup import Setup
from handoff import channel_setups, outbox
from handoff.channel_setups import Entered
from handoff.console.channel_desk import (
    ChannelField,
    FromSettings,
    NotSent,
    ShownChannel,
    UnknownChannel,
    WrongValues,
)
from handoff.model import Agent
from handoff.outbox import TransportError
from handoff.sealing import KeyTrouble
from handoff.whys import in_words

log = structlog.get_logger()

_LOOK_WITHIN_SECONDS = 5.0  # a provider that does not answer in time is as good as away
# The words of pydantic's own complaints; a setup's own have words by their own types.
_SAID = {
    "missing": "needed", "too_short": "needed", "string_too_short": "needed", "needed": "needed",
    "string_pattern_mismatch": "form", "string_too_long": "too_long", "too_long": "too_long",
    "literal_error": "choice", "int_parsing": "number", "int_type": "number",
    "greater_than_equal": "number", "less_than_equal": "number",
}  # fmt: skip


class ChannelAdmin:
    """A handoff.console.channel_desk.ChannelDesk."""

    def __init__(self, surroundings: Surroundings, channels: Channels) -> None:
        self._at, self._channels = surroundings, channels

    async def all(self, language: str) -> list[ShownChannel]:
        """Every channel, those that run asked at once."""
        return list(await asyncio.gather(*(self.one(name, language) for name in self._channels.kinds)))

    async def one(self, name: str, language: str) -> ShownChannel:
        """Raises UnknownChannel."""
        kind = self._kind(name)
        entered, waiting = await asyncio.to_thread(self._read, name)
        wrong = await self._look(name)
        words = _Words(self._at, name, language)
        given = self._channels.from_settings(name)
        origin: Literal["settings", "page", ""] = (
            "settings" if given is not None else "page" if entered is not None else ""
        )
        return ShownChannel(
            name=name,
            title=words.of("title", name.title()),
            about=words.of("about"),
            address_label=words.of("address", words.any("address")),
            address_hint=words.of("address_hint"),
            is_on=given is not None or (entered is not None and entered.switched_on),
            runs=name in self._channels.running,
            origin=origin,
            trouble=self._channels.troubles.get(name, ""),
            wrong=tuple(words.wrong(key) for key in wrong),
            waiting=waiting.get(name, 0),
            webhook=f"{self._at.settings.base_url}/channels/{name}/webhook" if kind.called else "",
            fields=tuple(_fields(kind.setup, given, self._values(entered), words)),
        )

    async def save(self, name: str, typed: dict[str, str], agent_id: str, language: str) -> None:
        """Raises WrongValues, FromSettings, UnknownChannel."""
        kind = self._changeable(name)
        words = _Words(self._at, name, language)
        entered, _ = await asyncio.to_thread(self._read, name)
        before = self._values(entered) or {}
        values = forms.without_orphans(kind.setup, forms.with_kept(kind.setup, typed, before))
        try:
            kind.setup.model_validate(forms.values_of(kind.setup, values))
        except ValidationError as error:
            raise WrongValues(dict(_complaints(error, words))) from None
        if astray := [one for one in forms.led_astray(kind.setup, typed, before) if values[one]]:
            raise WrongValues(dict.fromkeys(astray, words.any("wrong.again")))
        changed = forms.changed(kind.setup, values, before)

        def keep() -> None:
            with self._at.database.write() as session:
                by = session.get_one(Agent, agent_id)
                channel_setups.save(session, name, values, changed, self._at.sealer, by, self._at.now())

        try:
            await asyncio.to_thread(keep)
        except KeyTrouble:
            raise WrongValues({"": words.any("wrong.key")}) from None
        await self._channels.refresh()

    async def switch(self, name: str, on: bool, agent_id: str) -> None:
        """Raises FromSettings, UnknownChannel."""
        self._changeable(name)

        def change() -> None:
            with self._at.database.write() as session:
                channel_setups.switch(session, name, on, session.get_one(Agent, agent_id), self._at.now())

        await asyncio.to_thread(change)
        await self._channels.refresh()

    async def forget(self, name: str, agent_id: str) -> None:
        """Raises FromSettings, UnknownChannel."""
        self._changeable(name)

        def delete() -> None:
            with self._at.database.write() as session:
                channel_setups.forget(session, name, session.get_one(Agent, agent_id), self._at.now())

        await asyncio.to_thread(delete)
        await self._channels.refresh()

    async def send_test(self, name: str, address: str, language: str) -> None:
        """Raises NotSent, UnknownChannel."""
        self._kind(name)
        words = _Words(self._at, name, language)
        running = self._channels.running.get(name)
        if running is None:
            raise NotSent(words.any("wrong.off"))
        try:
            async with asyncio.timeout(2 * _LOOK_WITHIN_SECONDS):
                await running.channel.send_test(address)
        except TransportError as error:
            reason = in_words(self._at.gateway.wording, language, error.why, error.said)
            raise NotSent(words.any("wrong.not_sent", reason=reason)) from None
        except TimeoutError:
            raise NotSent(words.any("wrong.unreachable")) from None

    # ---- helpers ----------------------------------------------------------------------------------------------------

    def _kind(self, name: str) -> Kind:
        if name not in self._channels.kinds:
            raise UnknownChannel(name)
        return self._channels.kinds[name]

    def _changeable(self, name: str) -> Kind:
        kind = self._kind(name)
        if self._channels.from_settings(name) is not None:
            raise FromSettings(name)
        return kind

    def _read(self, name: str) -> tuple[Entered | None, dict[str, int]]:
        with self._at.database.read() as session:
            return channel_setups.all_entered(session).get(name), outbox.waiting(session)

    def _values(self, entered: Entered | None) -> Mapping[str, str] | None:
        """None when there is nothing, or nothing that can be opened."""
        try:
            return entered.values(self._at.sealer) if entered is not None else None
        except KeyTrouble:
            return None

    async def _look(self, name: str) -> list[str]:
        """What is wrong with a channel that runs. Whatever happens, its page can be seen: there it is mended."""
        running = self._channels.running.get(name)
        if running is None:
            return []
        try:
            async with asyncio.timeout(_LOOK_WITHIN_SECONDS):
                return await running.channel.check()
        except TimeoutError:
            return ["unreachable"]
        except Exception:
            log.exception("channel.check_failed", channel=name)
            return ["other"]


class _Words:
    """The words of one channel in one language, below [channels] of bot/words."""

    def __init__(self, surroundings: Surroundings, name: str, language: str) -> None:
        self._say, self._language = surroundings.words.say, language
        self._own = surroundings.words.section(language, f"channels.{name}")
        self._of_all = surroundings.words.section(language, "channels.any.wrong")
        self._name = name

    def of(self, key: str, otherwise: str = "") -> str:
        """The channel's own."""
        return self._say(self._language, f"channels.{self._name}.{key}") if key in self._own else otherwise

    def any(self, key: str, **values: Any) -> str:
        """Those of all channels."""
        return self._say(self._language, f"channels.any.{key}", **values)

    def __contains__(self, key: str) -> bool:
        """Whether there are words for what is wrong with a value."""
        return f"wrong.{key}" in self._own or key in self._of_all

    def complaint(self, key: str, values: Mapping[str, Any]) -> str:
        """What is wrong with a value: the channel's own words, or those of all."""
        if f"wrong.{key}" in self._own:
            return self._say(self._language, f"channels.{self._name}.wrong.{key}", **values)
        return self.any(f"wrong.{key if key in self._of_all else 'unsuitable'}", **values)

    def wrong(self, key: str) -> str:
        """What is wrong, and what to do."""
        return self.of(f"wrong.{key}") or self.any("wrong.unreachable" if key == "unreachable" else "wrong.other")


def _fields(
    setup: type[Setup], given: Setup | None, typed: Mapping[str, str] | None, words: _Words
) -> list[ChannelField]:
    """In the setup's own order. `given` is what the settings say, `typed` what an admin did."""
    found = []
    for name, field in setup.model_fields.items():
        sort = forms.sort_of(field)
        default = forms.default_of(field)
        value = forms.shown(given, name) if given is not None else (typed or {}).get(name, "") or default
        there = forms.is_set(given, name) if given is not None else bool((typed or {}).get(name))
        options = tuple((one, words.of(f"{name}_{one}", one)) for one in forms.options_of(field))
        found.append(
            ChannelField(
                name=name,
                label=words.of(name, name.replace("_", " ").capitalize()),
                hint=words.of(f"{name}_hint"),
                sort=sort,
                value="" if sort == "secret" else value,
                is_set=there,
                required=field.is_required(),
                seldom=sort in ("text", "number") and bool(default),
                options=options if sort == "choice" else (),
            )
        )
    return found


def _complaints(error: ValidationError, words: _Words) -> list[tuple[str, str]]:
    """Field and words; "" is the whole. What is wrong inside one of a list is told by its place in it."""
    found = []
    for one in error.errors(include_url=False, include_input=False):
        name, *inside = one["loc"] or ("",)
        values = dict(one.get("ctx", {}))
        key = _SAID.get(one["type"], one["type"])
        if inside and (one["type"] in _SAID or key not in words):
            key, values = "entry", {"number": int(inside[0]) + 1 if isinstance(inside[0], int) else 1}
        found.append((str(name), words.complaint(key, values)))
    return found
