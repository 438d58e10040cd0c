"""The only file that speaks HTTP with Rasa."""

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from bot.engine.replies import EngineMisbehaved, EngineReply, parse_reply

LONGEST_FOR_ENGINE = 2_000  # characters; what a message is about stands in its beginning
# Needs the engine, the understanding service and the trained rules to come back as a greeting.
_KNOWN_SENTENCE, _KNOWN_INTENT = "hello", "greet"
# However they alternate: what is left of "/ /restart" after one slash would be a command again.
_COMMAND_SIGNS = re.compile(r"^[\s/]+")


class EngineUnavailable(Exception):
    """The engine gave no usable answer inside the time budget; the message says what happened."""


@dataclass(frozen=True)
class EngineTurn:
    """What the engine is told of a turn. `session` names the bot's session with a conversation: <conversation>.<number>."""

    session: str
    text: str
    metadata: dict[str, Any]
    id: str = ""  # of the turn: asked again it gets the same answer, as long as the engine remembers

    @property
    def conversation(self) -> str:
        return self.session.partition(".")[0]


class Answering(Protocol):
    """Whoever answers turns: one engine, or several behind one face."""

    async def answer(self, turn: EngineTurn) -> tuple[EngineReply, float]:
        """The reply and the milliseconds it took. Raises EngineUnavailable."""


class TryFailed(Exception):
    """One try gave no usable answer. `answered` says that the engine is there, and only this message went wrong."""

    def __init__(self, error: Exception, *, answered: bool) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.answered = answered


class Engine:
    """Speaks with one engine, over connections that are kept open."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self._token = url.rstrip("/"), token
        # Sanic closes an idle connection after 5 s; one that we drop earlier is never written to while it closes.
        limits = httpx.Limits(max_keepalive_connections=32, keepalive_expiry=4)
        self._http = httpx.AsyncClient(base_url=self.url, limits=limits, trust_env=False)

    async def try_once(self, turn: EngineTurn, seconds: float) -> EngineReply:
        """The reply to one turn. Raises TryFailed, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):  # httpx counts each read anew; a trickle would last for ever
                body = await self._ask(turn, seconds)
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise TryFailed(error, answered=False) from None
        try:
            return parse_reply(body)
        except EngineMisbehaved as error:
            raise TryFailed(error, answered=True) from None

    async def _ask(self, turn: EngineTurn, seconds: float) -> Any:
        body: dict[str, Any] = {
            "sender": turn.session,
            "message": safe_for_engine(turn.text),
            "metadata": turn.metadata,
        }
        body |= {"turn": turn.id} if turn.id else {}
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        response = await self._http.post("/webhooks/desk/webhook", json=body, headers=headers, timeout=seconds)
        response.raise_for_status()
        return response.json()

    async def ready(self, model: str | None = None) -> str | None:
        """None when the engine can answer, else what is missing.

        Health alone proves nothing: Rasa reports it with no model at all, and loads a broken one untrained. So the status,
        the model's file name and one known sentence are checked.
        """
        try:
            status = await self._http.get("/status", params={"token": self._token}, timeout=5)
            if status.status_code != 200:
                return f"status {status.status_code}"
            loaded = status.json().get("model_file")
            if model is not None and loaded != model:
                return f"serves {loaded} instead of {model}"
            turn = EngineTurn(f"readiness-{time.time_ns()}", _KNOWN_SENTENCE, {})
            reply = parse_reply(await self._ask(turn, 5))
        except (httpx.HTTPError, EngineMisbehaved, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return (
            None if reply.intent == _KNOWN_INTENT and reply.shown else f"took '{_KNOWN_SENTENCE}' for {reply.intent!r}"
        )

    async def close(self) -> None:
        await self._http.aclose()


def safe_for_engine(text: str) -> str:
    """The text without what Rasa takes for commands: a leading slash would set intents and slots.

    Never empty, because the engine has to be asked all the same.
    """
    return _COMMAND_SIGNS.sub("", text).rstrip()[:LONGEST_FOR_ENGINE] or "…"
