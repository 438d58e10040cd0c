"""The channels that run on this desk, and the one address at which providers call them."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from bot.channels.base import Channel, Surroundings
from bot.channels.files import FileSource
from bot.channels.registry import switched_on
from bot.workers import Transport
from handoff.windows import Window


class Channels:
    """By name. `router` has the routes of all of them."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._running = {channel.name: channel for channel in switched_on(surroundings)}
        self.router = APIRouter()
        for channel in self:
            self.router.include_router(channel.router)
        self.router.add_api_route("/channels/{name}/webhook", self.webhook, methods=["GET", "POST"])

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._running.values())

    @property
    def transports(self) -> Mapping[str, Transport]:
        """Of those that are sent to."""
        return {one.name: one.transport for one in self if one.transport is not None}

    def files_of(self, name: str) -> FileSource | None:
        """How the files of a channel's shoppers are fetched; None for one that is off, or has none to fetch."""
        return getattr(self._running.get(name), "files", None)

    def window_of(self, name: str) -> Window | None:
        """For how long after a shopper's word a channel takes free text; None where that has no end."""
        return getattr(self._running.get(name), "window", None)

    async def webhook(self, request: Request, name: Annotated[str, Path(pattern="^[a-z]{1,20}$")]) -> Response:
        """Hand a provider's call to its channel; 404 for one that is not switched on, as for one that never was."""
        channel = self._running.get(name)
        if channel is None:
            raise HTTPException(404, "no such channel is switched on here")
        return await channel.webhook(request)
