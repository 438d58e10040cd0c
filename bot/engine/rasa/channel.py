"""The desk's own channel into the engine: POST /webhooks/desk/webhook.

Rasa's REST channel asks for no credentials even when a token is set, swallows exceptions into an empty answer, and forgets
what the message was understood as. This one does none of that.
"""

import asyncio
import hmac
import traceback
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

import structlog
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

log = structlog.get_logger()


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
            replies = Replies()
            try:
                message = UserMessage(text, replies, sender, input_channel=self.name(), metadata=metadata)
                await on_new_message(message)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                # Rasa's own handlers would log the values of all variables: words of shoppers, and this channel's token.
                trace = traceback.format_tb(error.__traceback__, limit=-4)
                log.error("desk.turn.failed", sender=sender, reason=f"{type(error).__name__}: {error}", trace=trace)
                return response.json({"error": "the turn failed"}, status=500)
            return response.json(
                {
                    "messages": replies.messages,
                    "understanding": replies.faqdesk_understanding,
                    "failed": replies.faqdesk_failed,
                }
            )

        return desk
