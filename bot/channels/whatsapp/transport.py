"""What a message is to the Cloud API: its parts, its files, and the call that sends one."""

from collections.abc import Mapping
from typing import Any

from bot.channels.meta.graph import Graph
from bot.channels.meta.transport import Message, named
from bot.channels.outgoing_files import OutgoingFiles
from bot.channels.whatsapp.outgoing import MEDIA, parts
from handoff.outbox import Delivery
from handoff.wording import Wording

PER_SECOND = 80  # of one number, as WhatsApp publishes; more only for numbers that it has raised


class WhatsAppShapes:
    """Of one number."""

    provider = "WhatsApp"

    def __init__(self, phone_number_id: str, words: Wording) -> None:
        self._number, self._words = phone_number_id, words

    def parts(self, delivery: Delivery) -> list[Message]:
        """The message without its files."""
        return parts(delivery.content, self._words.say(delivery.language, "whatsapp.choose"))

    def text(self, words: str) -> Message:
        """Plain words."""
        return {"type": "text", "text": {"body": words, "preview_url": False}}

    async def file(self, graph: Graph, facts: Mapping[str, Any], files: OutgoingFiles) -> Message | None:
        """A file, uploaded; None for kinds and sizes that WhatsApp does not take."""
        kind, most = MEDIA.get(facts["media_type"], ("", 0))
        if not kind or facts["size"] > most:
            return None
        file = await files.bytes_of(facts)
        fields = {"messaging_product": "whatsapp", "type": file.media_type}
        sent = await graph.upload(f"{self._number}/media", fields, "file", (file.name, file.data, file.media_type))
        media = {"id": named(sent, "id")}
        return {"type": kind, kind: media | ({"filename": file.name} if kind == "document" else {})}

    async def post(self, graph: Graph, address: str, message: Message, said_by: str, correlation: str) -> str:
        """Send one part; returns its wamid."""
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", **_to(address), **message}
        if correlation:
            body["biz_opaque_callback_data"] = correlation
        return named(await graph.post(f"{self._number}/messages", body), "messages", 0, "id")


def _to(address: str) -> Message:
    """A telephone number, or the id of a shopper who shows none."""
    return {"to": address} if address.isdecimal() else {"recipient": address}
