"""The three processes of an instance: what to start, with which addresses and secrets, and how to tell that each works."""

import os
import secrets
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.engine.client import Engine
from bot.project import Places
from bot.supervise.child import Child
from bot.supervise.instance import write_private
from bot.supervise.ports import choose, is_free
from bot.supervise.training import Trained, engine_environment

_LOOPBACK = "127.0.0.1"
# Trusts nobody, because loopback is asked without TLS; reading all authorities anew for each look would take a tenth of a
# core from parts that are starting.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Addresses:
    """Ports of one instance; engine and actions are on loopback only."""

    host: str
    desk: int
    engine: int
    actions: int

    @property
    def desk_url(self) -> str:
        host = _LOOPBACK if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.desk}"

    @property
    def engine_url(self) -> str:
        return f"http://{_LOOPBACK}:{self.engine}"

    @property
    def actions_url(self) -> str:
        return f"http://{_LOOPBACK}:{self.actions}"

    def are_taken(self) -> bool:
        """Whether somebody listens at any of them now."""
        everywhere = ((self.host, self.desk), (_LOOPBACK, self.engine), (_LOOPBACK, self.actions))
        return not all(is_free(host, port) for host, port in everywhere)


def choose_addresses(host: str, port: int, *, fixed: bool) -> Addresses:
    """Free ports; the desk's is the wished one when `fixed`, else the next free. Raises UserError."""
    desk = choose(host, port, fixed=fixed)
    engine = choose(_LOOPBACK, 5005, taken=(desk,))
    actions = choose(_LOOPBACK, 5055, taken=(desk, engine))
    return Addresses(host, desk, engine, actions)


class Parts:
    """Builds the children. Tokens are fresh for every start and stand only in files that their owner may read."""

    def __init__(self, places: Places, addresses: Addresses, trained: Trained, settings: dict[str, str]) -> None:
        self._places, self._at, self._trained = places, addresses, trained
        self._engine_token, self._actions_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._instance = secrets.token_hex(8)  # by which the desk that answers is known to be this one
        self._settings = settings  # more FAQDESK_... variables for the desk and the actions, as replays need

    def all(self) -> list[Child]:
        """Slowest first, so that they start side by side."""
        return [self._engine(), self._actions(), self._desk()]

    def _engine(self) -> Child:
        endpoints, credentials = self._places.run / "endpoints.yml", self._places.run / "credentials.yml"
        write_private(
            endpoints, _ENDPOINTS.format(url=self._at.actions_url, token=self._actions_token, db=self._trackers)
        )
        write_private(credentials, _CREDENTIALS.format(token=self._engine_token))
        command = [
            str(self._places.engine_python), "-m", "rasa", "run", "--interface", _LOOPBACK, "--port", str(self._at.engine),
            "--model", str(self._trained.model), "--endpoints", str(endpoints), "--credentials", str(credentials),
            "--enable-api", "--auth-token", self._engine_token,
        ]  # fmt: skip
        client = Engine(self._at.engine_url, self._engine_token)

        async def ready() -> str | None:
            # Its known sentence needs the understanding service; asking earlier would only fill the log.
            missing = await _answers(f"{self._at.actions_url}/health", self._actions_token)
            return f"waits for the actions: {missing}" if missing else await client.ready(self._trained.model.name)

        async def healthy() -> str | None:
            return await _answers(f"{self._at.engine_url}/status?token={self._engine_token}", "")

        environment = engine_environment(self._places) | {"SANIC_WORKERS": "1"}
        return self._child("engine", command, environment, ready, healthy)

    @property
    def _trackers(self) -> Path:
        return self._places.var / "trackers.sqlite"

    def _actions(self) -> Child:
        environment = self._python_environment() | {
            "FAQDESK_ACTIONS_PORT": str(self._at.actions),
            "FAQDESK_ACTIONS_TOKEN": self._actions_token,
            "FAQDESK_ACTIONS_RELEASES": str(self._places.releases),
            "FAQDESK_ACTIONS_DEMO_ORDERS": str(self._places.var / "demo-orders.sqlite"),
        }

        async def healthy() -> str | None:
            return await _answers(f"{self._at.actions_url}/health", self._actions_token)

        return self._child("actions", [sys.executable, "-m", "actions"], environment, healthy, healthy)

    def _desk(self) -> Child:
        environment = self._python_environment() | {
            "FAQDESK_DESK_HOST": self._at.host,
            "FAQDESK_DESK_PORT": str(self._at.desk),
            "FAQDESK_DESK_INSTANCE": self._instance,
            "FAQDESK_DESK_ENGINE_URL": self._at.engine_url,
            "FAQDESK_DESK_ENGINE_URLS": "",  # those of faqdesk.toml are for desks that are started without `up`
            "FAQDESK_DESK_ENGINE_TOKEN": self._engine_token,
            "FAQDESK_DESK_KNOWLEDGE_URL": self._at.actions_url,
            "FAQDESK_DESK_KNOWLEDGE_TOKEN": self._actions_token,
        }
        command = [
            sys.executable, "-m", "uvicorn", "--factory", "bot.app:create_app", "--host", self._at.host,
            "--port", str(self._at.desk), "--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown", "3",
        ]  # fmt: skip

        async def healthy() -> str | None:
            return await _answers(f"{self._at.desk_url}/health", "", self._instance)

        return self._child("desk", command, environment, healthy, healthy)

    def _python_environment(self) -> dict[str, str]:
        return {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1", **self._settings}

    def _child(self, name: str, command: list[str], environment: dict[str, str], ready, healthy) -> Child:  # type: ignore[no-untyped-def]
        log = self._places.logs / f"{name}.log"
        return Child(name, command, environment, self._places.project, log, ready, healthy)


async def _answers(url: str, token: str, instance: str = "") -> str | None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False, verify=_NO_AUTHORITIES) as client:
            answer = await client.get(url, headers=headers)
    except httpx.HTTPError as error:
        return type(error).__name__
    if answer.status_code != 200:
        return f"status {answer.status_code}"
    # Another desk that was faster at this port works as well, but is not ours.
    return None if not instance or instance in answer.text else "another program answers at its port"


_ENDPOINTS = """\
# Written by `faqdesk up` at every start.
action_endpoint:
  url: "{url}/webhook"
  headers: {{authorization: "Bearer {token}"}}
nlu:
  url: "{url}"
  headers: {{authorization: "Bearer {token}"}}
lock_store:
  type: bot.engine.rasa.lock_store.ConversationLocks
tracker_store:
  type: bot.engine.rasa.tracker_store.SqliteTrackers
  db: "{db}"
"""

_CREDENTIALS = """\
# Written by `faqdesk up` at every start.
bot.engine.rasa.channel.DeskChannel:
  token: "{token}"
"""
