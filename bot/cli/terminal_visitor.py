"""A visitor of the web channel without a browser: for `chat` and `replay`."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bot.errors import UserError

Event = dict[str, Any]

_LOOK_EVERY = 1.0  # seconds, if the desk does not tell of news before
_PATIENCE = 30.0  # seconds for one answer, more than the engine's whole budget


class TerminalVisitor:
    """One shopper. `button_numbers` are counted over the latest message that had buttons."""

    def __init__(self, url: str, language: str = "", http: httpx.AsyncClient | None = None) -> None:
        self._http = http or httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)
        self._owns_http = http is None
        self._language = language
        self._headers: dict[str, str] = {}
        self._socket: ClientConnection | None = None
        self._after = 0
        self._buttons: list[tuple[str, str]] = []
        self.waiting = False
        self.owner: str | None = None
        self.conversation: str | None = None

    async def __aenter__(self) -> "TerminalVisitor":
        try:
            answer = await self._http.post("/api/chat/visitors")
            answer.raise_for_status()
            token = answer.json()["token"]
            address = str(self._http.base_url).removeprefix("http").rstrip("/")
            self._socket = await connect(f"ws{address}/api/chat/socket", proxy=None)
            await self._socket.send(json.dumps({"token": token}))
        except (httpx.HTTPError, WebSocketException, OSError) as error:
            raise UserError("the desk does not answer", str(error), "Is `faqdesk up` still running?") from None
        self._headers = {"authorization": f"Bearer {token}"}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._owns_http:
            await self._http.aclose()

    async def say(self, text: str) -> str | None:
        """Send words, or press the button with this number; returns why it was refused, or None."""
        body: dict[str, str] = {"client_id": uuid.uuid4().hex, "language": self._language}
        pressed = self._buttons[int(text) - 1] if text.isdecimal() and 0 < int(text) <= len(self._buttons) else None
        body |= {"button": pressed[0]} if pressed else {"text": text}
        answer = await self._http.post("/api/chat/messages", json=body, headers=self._headers)
        if answer.status_code == 202:
            self._buttons = []
            return None
        detail = answer.json().get("detail", "")
        return str(detail.get("reason", detail) if isinstance(detail, dict) else detail)

    async def answer(self) -> list[Event]:
        """The events up to and with the end of the turn: what the bot said, or that the bot is not asked."""
        self.waiting = True
        found: list[Event] = []
        deadline = time.monotonic() + _PATIENCE
        try:
            while time.monotonic() < deadline:
                state = await self._state()
                found += state["events"]
                if not state.get("typing"):
                    return found
                await self._news()
        finally:
            self.waiting = False
        return found

    async def _news(self) -> None:
        """Wait until the desk tells of something new, as a browser does; look by the clock when it cannot tell."""
        try:
            async with asyncio.timeout(_LOOK_EVERY):
                if self._socket is not None:
                    await self._socket.recv()
        except TimeoutError:
            return
        except WebSocketException:
            await asyncio.sleep(_LOOK_EVERY)

    async def fetch(self) -> list[Event]:
        """What is new."""
        return list((await self._state())["events"])

    async def _state(self) -> dict[str, Any]:
        answer = await self._http.get(f"/api/chat/events?after={self._after}", headers=self._headers)
        answer.raise_for_status()
        state: dict[str, Any] = answer.json()
        self._after = max(self._after, state["last"])
        self.owner, self.conversation = state["owner"], state["conversation"]
        return state

    def buttons_of(self, event: Event) -> Iterator[tuple[int, str]]:
        """The buttons under a message, numbered on from those that were shown before it."""
        for button in event["content"].get("buttons", ()):
            self._buttons.append((button["id"], button["title"]))
            yield len(self._buttons), button["title"]
