"""The desk's own channel into the engine: POST /webhooks/desk/webhook.

Rasa's REST channel asks for no credentials even when a token is set, swallows exceptions into an empty answer, and forgets
what the message was understood as. This one does none of that.
"""

import asyncio
import hmac
import traceback
from collections import OrderedDict
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text, Tuple

import structlog
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

log = structlog.get_logger()
Handle = Callable[[UserMessage], Awaitable[Any]]
Answer = Tuple[int, Dict[Text, Any]]  # the status, and the body
_REMEMBERED = 1_000  # turns whose answers can be given again


class Replies(CollectingOutputChannel):
    """Collects a turn's replies whole: text, buttons and custom payload of one reply stay together."""

    def __init__(self) -> None:
        super().__init__()
        self.faqdesk_understanding: Optional[Dict[Text, Any]] = None
        self.faqdesk_failed: List[Text] = []

    @classmethod
    def name(cls) -> Text:
        return "desk"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        kept = {key: message[key] for key in ("text", "buttons", "custom") if message.get(key)}
        if kept:
            self.messages.append(kept)


class DeskChannel(InputChannel):
    """Named in credentials.yml with the token that every request must carry as a bearer."""

    def __init__(self, token: Text) -> None:
        self._bearer = f"Bearer {token}".encode()
        self._turns: "OrderedDict[Text, asyncio.Future[Answer]]" = OrderedDict()

    @classmethod
    def name(cls) -> Text:
        return "desk"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "DeskChannel":
        token = (credentials or {}).get("token")
        if not token:
            raise ValueError("credentials.yml: the desk channel needs a token; nobody could be told from the gateway")
        return cls(str(token))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """One route. 401 without the token, 400 for a wrong body, 500 when the turn failed."""
        desk = Blueprint("desk_webhook", __name__)

        @desk.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            given = request.headers.get("authorization", "").encode()
            if not hmac.compare_digest(given, self._bearer):
                return response.json({"error": "wrong token"}, status=401)
            body = request.json or {}
            sender, text, metadata = body.get("sender"), body.get("message"), body.get("metadata") or {}
            if not isinstance(sender, str) or not isinstance(text, str) or not isinstance(metadata, dict):
                return response.json({"error": "sender and message must be text, metadata an object"}, status=400)
            message = UserMessage(text, Replies(), sender, input_channel=self.name(), metadata=metadata)
            turn = body.get("turn")
            if isinstance(turn, str) and turn:
                status, answer = await self._once(f"{sender} {turn[:64]}", on_new_message, message)
            else:
                status, answer = await _take(on_new_message, message)
            return response.json(answer, status=status)

        return desk

    async def _once(self, key: Text, handle: Handle, message: UserMessage) -> Answer:
        """A turn that is asked again, because the desk ended or the answer was lost, gets the answer that it got.

        Taken in a second time it would be a repeated question, and answered as one. What failed is tried anew.
        """
        known = self._turns.get(key)
        if known is None:
            # Not the request's own task: that is cancelled when the desk goes away in the middle.
            known = self._turns[key] = asyncio.ensure_future(_take(handle, message))
            if len(self._turns) > _REMEMBERED:
                self._turns.popitem(last=False)
        status, answer = await asyncio.shield(known)
        if status != 200 or answer["failed"] or not answer["messages"]:
            self._turns.pop(key, None)
        return status, answer


async def _take(handle: Handle, message: UserMessage) -> Answer:
    """Have Rasa handle a message; the status, and what the desk is told."""
    replies = message.output_channel
    assert isinstance(replies, Replies)
    try:
        await handle(message)
    except Exception as error:
        # Rasa's own handlers would log the values of all variables: words of shoppers, and this channel's token.
        trace = traceback.format_tb(error.__traceback__, limit=-4)
        log.error("desk.turn.failed", sender=message.sender_id, reason=f"{type(error).__name__}: {error}", trace=trace)
        return 500, {"error": "the turn failed"}
    return 200, {
        "messages": replies.messages,
        "understanding": replies.faqdesk_understanding,
        "failed": replies.faqdesk_failed,
    }
