"""What a message is to Messenger: its parts, its files, and the call that sends one."""

import json
from collections.abc import Mapping
from typing import Any

from bot.channels.messenger.outgoing import LARGEST_FILE, kind_of, parts
from bot.channels.meta.failures import is_window
from bot.channels.meta.graph import Graph, GraphError
from bot.channels.meta.transport import Message, named
from bot.channels.outgoing_files import OutgoingFiles
from handoff.outbox import Delivery

PER_SECOND = (
    300  # of one page, as Messenger publishes for text; sound and video are 10 a second, which nobody here reaches
)


class MessengerShapes:
    """Of one page. `human_agent` lets what people write go out for 7 days, which Meta has to have allowed."""

    provider = "Messenger"

    def __init__(self, page_id: str, *, human_agent: bool) -> None:
        self._page, self._human_agent = page_id, human_agent

    def parts(self, delivery: Delivery) -> list[Message]:
        """The message without its files."""
        return parts(delivery.content)

    def text(self, words: str) -> Message:
        """Plain words."""
        return {"text": words}

    async def file(self, graph: Graph, facts: Mapping[str, Any], files: OutgoingFiles) -> Message | None:
        """A file, uploaded; None for what is larger than Messenger takes."""
        if facts["size"] > LARGEST_FILE:
            return None
        file = await files.bytes_of(facts)
        kind = kind_of(file.media_type)
        about = {"message": json.dumps({"attachment": {"type": kind, "payload": {"is_reusable": False}}})}
        path, given = f"{self._page}/message_attachments", (file.name, file.data, file.media_type)
        sent = await graph.upload(path, about, "filedata", given)
        return {"attachment": {"type": kind, "payload": {"attachment_id": named(sent, "attachment_id")}}}

    async def post(self, graph: Graph, address: str, message: Message, said_by: str, correlation: str) -> str:
        """Send one part; returns its mid."""
        shown = message | ({"metadata": correlation} if correlation else {})
        body: Message = {"recipient": {"id": address}, "message": shown, "messaging_type": "RESPONSE"}
        path = f"{self._page}/messages"
        try:
            answer = await graph.post(path, body)
        except GraphError as error:
            if not (is_window(error) and self._human_agent and said_by == "agent"):
                raise
            answer = await graph.post(path, body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"})
        return named(answer, "message_id")
