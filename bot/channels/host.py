"""The channels that run on this desk: started, stopped and built anew while it runs, each without touching the others.

What the settings give wins; for the other channels it is what admins entered. That stands in the database, and every desk looks
there now and then, so a change made at one desk reaches all.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import ValidationError

from bot.channels.base import Channel, Kind, Surroundings
from bot.channels.email.channel import EmailChannel
from bot.channels.email.pressing import pressing_routes
from bot.channels.files import FileSource
from bot.channels.forms import values_of
from bot.channels.registry import KINDS
from bot.channels.setup import Setup
from bot.channels.web.channel import WebChannel
from bot.mail import ShopMailer
from bot.workers import Transport
from handoff import channel_setups
from handoff.channel_setups import Entered
from handoff.outbox import Delivery, Sent
from handoff.sealing import KeyTrouble
from handoff.windows import Window

log = structlog.get_logger()

Origin = Literal["settings", "page"]
Trouble = Literal["key", "values", "failed"]
_LOOK_EVERY_SECONDS = 2.0
_BEGIN_AGAIN_SECONDS = 30.0  # after a channel's own work has failed
_GRACE_SECONDS = 10.0  # what is being sent may come to its end before its channel is stopped


class _Lane:
    """A channel's transport that knows whether it is sending."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.sends_files = bool(getattr(transport, "sends_files", False))
        self._busy, self.idle = 0, asyncio.Event()
        self.idle.set()

    async def send(self, delivery: Delivery) -> str | Sent | None:
        self._busy += 1
        self.idle.clear()
        try:
            return await self._transport.send(delivery)
        finally:
            self._busy -= 1
            if not self._busy:
                self.idle.set()


@dataclass(frozen=True)
class Wanted:
    """A channel as it should run. A higher `version` is a newer state of the same."""

    kind: Kind
    setup: Setup
    origin: Origin
    version: int


@dataclass
class Running:
    """A channel as it runs; `task` is its own work, once the desk is alive."""

    wanted: Wanted
    channel: Channel
    lane: _Lane | None
    task: asyncio.Task[None] | None = None


class Channels:
    """By name. `router` has the routes of all of them."""

    def __init__(self, surroundings: Surroundings, kinds: tuple[Kind, ...] = KINDS) -> None:
        kinds = () if surroundings.settings.only_web else kinds
        surroundings = replace(surroundings, mailer=lambda: self.mailer)
        self._at, self.kinds = surroundings, {kind.name: kind for kind in kinds}
        self.web = WebChannel(surroundings)
        self.troubles: dict[str, Trouble] = {}  # why a channel that is switched on does not run
        self._one_change = asyncio.Lock()
        self._running: dict[str, Running] = {}
        for wanted in self._from_settings():
            self._running[wanted.kind.name] = self._build(wanted)
        self.router = APIRouter()
        self.router.include_router(self.web.router)
        self.router.include_router(pressing_routes(surroundings))
        self.router.add_api_route("/channels/{name}/webhook", self.webhook, methods=["GET", "POST"])

    def __iter__(self) -> Iterator[Channel]:
        return iter([self.web, *(one.channel for one in self._running.values())])

    @property
    def running(self) -> Mapping[str, Running]:
        """Those that were set up and run now."""
        return self._running

    @property
    def mailer(self) -> ShopMailer | None:
        """Who sends mails in the shop's name; None while e-mail is off."""
        found = self._running.get("email")
        return found.channel.mailer if found is not None and isinstance(found.channel, EmailChannel) else None

    def transports(self) -> Mapping[str, Transport]:
        """Of those that run now and are sent to."""
        return {name: one.lane for name, one in self._running.items() if one.lane is not None}

    def files_of(self, name: str) -> FileSource | None:
        """How the files of a channel's shoppers are fetched; None for one that is off, or has none to fetch."""
        return getattr(self._channel(name), "files", None)

    def window_of(self, name: str) -> Window | None:
        """For how long after a shopper's word a channel takes free text; None where that has no end."""
        return getattr(self._channel(name), "window", None)

    def _channel(self, name: str) -> Channel | None:
        found = self._running.get(name)
        return found.channel if found is not None else None

    async def webhook(self, request: Request, name: Annotated[str, Path(pattern="^[a-z]{1,20}$")]) -> Response:
        """Hand a provider's call to its channel; 404 for one that is not switched on, as for one that never was."""
        found = self._running.get(name)
        if found is None:
            raise HTTPException(404, "no such channel is switched on here")
        return await found.channel.webhook(request)

    # ---- while the desk lives ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep what runs in step with what is wanted, until cancelled; then stop all of them."""
        web = asyncio.create_task(_keep_going(self.web))
        try:
            async with self._one_change:
                for one in self._running.values():
                    self._begin(one)
            while True:
                try:
                    await self.refresh()
                except Exception:
                    log.exception("channels.refresh_failed")
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        finally:
            web.cancel()
            await asyncio.gather(*(self._stop(name) for name in tuple(self._running)), return_exceptions=True)

    async def refresh(self) -> None:
        """Start, stop and build anew whatever differs from what is wanted now. Others are not touched."""
        async with self._one_change:
            entered = await asyncio.to_thread(self._entered)
            wanted = {one.kind.name: one for one in (*self._from_settings(), *self._from_page(entered))}
            for name in tuple(self._running):
                if name not in wanted or not _is_same(self._running[name].wanted, wanted[name]):
                    await self._stop(name)
            for name in wanted.keys() - self._running.keys():
                self._start(wanted[name])

    def _start(self, wanted: Wanted) -> None:
        name = wanted.kind.name
        try:
            built = self._build(wanted)
        except Exception:
            if self.troubles.get(name) != "failed":
                log.exception("channel.not_started", channel=name)
            self.troubles[name] = "failed"
            return
        self._running[name] = built
        self.troubles.pop(name, None)
        self._begin(built)
        log.info("channel.started", channel=name, origin=wanted.origin)

    def _build(self, wanted: Wanted) -> Running:
        channel = wanted.kind.build(self._at, wanted.setup)
        lane = _Lane(channel.transport) if channel.transport is not None else None
        return Running(wanted, channel, lane)

    def _begin(self, one: Running) -> None:
        one.task = asyncio.create_task(_keep_going(one.channel))

    async def _stop(self, name: str) -> None:
        """Nothing new is begun with it; what is being sent comes to its end, within a grace."""
        one = self._running.pop(name)
        if one.lane is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(one.lane.idle.wait(), _GRACE_SECONDS)
        if one.task is not None:
            one.task.cancel()
            await asyncio.gather(one.task, return_exceptions=True)
        log.info("channel.stopped", channel=name)

    # ---- what is wanted ---------------------------------------------------------------------------------------------

    def from_settings(self, name: str) -> Setup | None:
        """What the settings give for a channel: then admins cannot change it."""
        found: Setup | None = getattr(self._at.settings, name)
        return found

    def _from_settings(self) -> list[Wanted]:
        given = ((kind, self.from_settings(kind.name)) for kind in self.kinds.values())
        return [Wanted(kind, setup, "settings", 0) for kind, setup in given if setup is not None]

    def _entered(self) -> dict[str, Entered]:
        with self._at.database.read() as session:
            return channel_setups.all_entered(session)

    def _from_page(self, entered: Mapping[str, Entered]) -> Iterator[Wanted]:
        for name, kind in self.kinds.items():
            row = entered.get(name)
            if self.from_settings(name) is not None or row is None or not row.switched_on:
                self.troubles.pop(name, None)
                continue
            current = self._running.get(name)
            if current is not None and current.wanted.version == row.version:
                yield current.wanted
                continue
            try:
                setup = kind.setup.model_validate(values_of(kind.setup, row.values(self._at.sealer)))
            except KeyTrouble as error:
                self._note(name, "key", str(error))
            except ValidationError:
                self._note(name, "values", "what was entered does not suit this version")
            else:
                yield Wanted(kind, setup, "page", row.version)

    def _note(self, name: str, trouble: Trouble, reason: str) -> None:
        if self.troubles.get(name) != trouble:
            log.error("channel.not_started", channel=name, trouble=trouble, reason=reason)
        self.troubles[name] = trouble


def _is_same(one: Wanted, other: Wanted) -> bool:
    return (one.origin, one.version) == (other.origin, other.version)


async def _keep_going(channel: Channel) -> None:
    """The channel's own work; should it fail, it is begun again."""
    while True:
        try:
            await channel.run()
            return
        except Exception:
            log.exception("channel.failed", channel=channel.name)
            await asyncio.sleep(_BEGIN_AGAIN_SECONDS)
