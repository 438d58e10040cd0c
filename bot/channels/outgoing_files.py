"""Files that agents send, for channels that take their bytes; those that do not get a link that works for a while."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handoff import attachments, file_links
from handoff.database import Database
from handoff.outbox import Delivery, TransportError


@dataclass(frozen=True)
class OutgoingFile:
    """One file with its bytes."""

    name: str
    media_type: str
    data: bytes


class OutgoingFiles:
    """`base_url` is where shoppers reach the desk."""

    def __init__(self, database: Database, base_url: str, now: Callable[[], datetime]) -> None:
        self._database, self._base_url, self._now = database, base_url, now

    @staticmethod
    def of(delivery: Delivery) -> list[Mapping[str, Any]]:
        """What a message has of files, as it names them."""
        found = delivery.content.get("attachments", ())
        return list(found)  # type: ignore[call-overload, no-any-return]  # content is JSON

    async def bytes_of(self, file: Mapping[str, Any]) -> OutgoingFile:
        """A file of a message. Raises TransportError when it was erased meanwhile."""
        found = await self.read(file["id"])
        if found is None:
            raise TransportError("erased", permanent=True)
        return found

    async def read(self, file_id: str) -> OutgoingFile | None:
        """A file of a message; None when it was erased meanwhile."""

        def look() -> OutgoingFile | None:
            with self._database.read() as session:
                found = attachments.content(session, file_id)
                return OutgoingFile(found[0].name, found[0].media_type, found[1]) if found is not None else None

        return await asyncio.to_thread(look)

    async def link(self, file_id: str) -> str:
        """An address at which whoever has it gets the file, until it expires."""

        def sign() -> str:
            with self._database.write() as session:
                return file_links.path(session, file_id, self._now())

        return self._base_url + await asyncio.to_thread(sign)

    async def line(self, file: Mapping[str, Any]) -> str:
        """A file as a line of text."""
        return f"{file['name']}: {await self.link(file['id'])}"

    @staticmethod
    def remark(file: Mapping[str, Any], reason: object) -> str:
        """What the provider said of a file that it refused, so that it went as a link."""
        return f"{file['name']}: {reason}"

    async def in_words(self, delivery: Delivery) -> Delivery:
        """The message with a line for each of its files, for a channel that sends text only."""
        files = self.of(delivery)
        if not files:
            return delivery
        lines = "\n".join([await self.line(file) for file in files])
        text = "\n\n".join(filter(None, (str(delivery.content["text"]), lines)))
        content = {name: value for name, value in delivery.content.items() if name != "attachments"}
        return replace(delivery, content=content | {"text": text})
