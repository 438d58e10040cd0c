"""A whole desk on a free port with a stand-in for its engine, and the people in front of it and behind it."""

import http.client
import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Self, TypeVar

import httpx
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from websockets.sync.client import ClientConnection, connect

from bot.app import create_app
from bot.settings import DeskSettings
from handoff import accounts
from handoff.clock import utc_now
from handoff.database import Database
from handoff.model import Conversation, Message, Turn
from handoff.settings import HandoffSettings
from tests.standins.engine import TOKEN as ENGINE_TOKEN

Json = dict[str, Any]
T = TypeVar("T")
PASSWORD = "correct horse battery"
KEY = Fernet.generate_key().decode()  # seals what admins enter; no file is written for it
PATIENCE = 15.0  # seconds before a test gives up waiting for something that should come at once


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    """The first thing that `look` finds."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


class Desk:
    """The real application, served by uvicorn in a thread. `ahead` is how far its clock is ahead of the real one."""

    def __init__(self, database_url: str, engine_url: str, **settings: Any) -> None:
        given = {
            "engine_url": engine_url,
            "engine_token": ENGINE_TOKEN,
            "engine_budget": 5.0,
            "burst_quiet": 0.0,
            "messages_per_minute": 100_000,
            "visitors_per_minute": 100_000,
            "knowledge_url": "http://127.0.0.1:9",  # nobody is there
        }
        self.settings = DeskSettings.model_validate(given | settings)
        self.handoff = HandoffSettings(database_url=database_url, secret_key=SecretStr(KEY))
        self.database = Database(self.handoff.database_url)
        self.ahead = timedelta()
        self.errors: list[str] = []
        self._clients: list[httpx.Client] = []
        self.add_routes: Callable[[FastAPI], None] = lambda app: None

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def start(self) -> Self:
        """Serve until `stop`; may be called again afterwards, as after a restart."""
        self.app = app = create_app(self.settings, self.handoff, self.now)
        self.add_routes(app)
        config = uvicorn.Config(
            app, port=0, log_level="warning", access_log=False, proxy_headers=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._listener = _Errors(self.errors)
        logging.getLogger("uvicorn.error").addHandler(self._listener)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for("the desk to serve", lambda: self._server.started)
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        logging.getLogger("uvicorn.error").removeHandler(self._listener)
        assert not self._thread.is_alive(), "the desk does not stop"

    def close(self) -> None:
        if self._thread.is_alive():
            self.stop()
        for client in self._clients:
            client.close()
        self.database.close()

    def client(self, **headers: str) -> httpx.Client:
        # All is plain HTTP here, and without `verify` each client reads every authority of the world, for 40 ms.
        client = httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=PATIENCE, verify=False)
        self._clients.append(client)
        return client

    def raw(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        """A request whose path goes out as it is written, dots and all; the answer has been read into `.content`."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.content = answer.read()  # type: ignore[attr-defined]
        line.close()
        return answer

    # ---- what is stored ---------------------------------------------------------------------------------------------

    def conversation(self, conversation_id: str) -> Conversation:
        with self.database.read() as session:
            return session.get_one(Conversation, conversation_id)

    def texts(self, conversation_id: str, author: str | None = None) -> list[str]:
        with self.database.read() as session:
            found = session.scalars(
                select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
            )
            return [str(message.content["text"]) for message in found if author in (None, message.author)]

    def turns(self, conversation_id: str) -> list[Turn]:
        with self.database.read() as session:
            return list(session.scalars(select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.seq)))

    def add_agent(self, name: str) -> str:
        """A new account, with PASSWORD; returns its address."""
        email = f"{name.lower()}-{uuid.uuid4().hex[:6]}@shop.example"
        with self.database.write() as session:
            # So many that tests which share an agent need not tidy up after each other.
            accounts.add_agent(session, email, name, "agent", PASSWORD, self.now()).capacity = 1000
        return email


class _Errors(logging.Handler):
    """What the server calls an error: something that no handler of ours dealt with."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors

    def emit(self, record: logging.LogRecord) -> None:
        self._errors.append(self.format(record))


class Visitor:
    """One browser on the shop's pages."""

    def __init__(self, desk: Desk, language: str = "en") -> None:
        self.desk, self.language = desk, language
        self.token: str = desk.client().post("/api/chat/visitors").raise_for_status().json()["token"]
        self.reload()

    def reload(self) -> None:
        """Come back to the desk, which may have moved to another port, with the token that the browser kept."""
        self.http = self.desk.client(authorization=f"Bearer {self.token}")

    def send(self, **body: Any) -> httpx.Response:
        given = {"client_id": uuid.uuid4().hex, "language": self.language}
        return self.http.post("/api/chat/messages", json=given | body)

    def state(self, after: int = 0) -> Json:
        found: Json = self.http.get("/api/chat/events", params={"after": after}).raise_for_status().json()
        return found

    def says(self, text: str) -> Json:
        """Write, and wait until nobody owes an answer; returns the state with all events."""
        assert self.send(text=text).status_code == 202
        return self.answered()

    def presses(self, title: str) -> Json:
        assert self.send(button=self.button(title)).status_code == 202
        return self.answered()

    def answered(self) -> Json:
        return wait_for("the end of the turn", lambda: state if not (state := self.state())["typing"] else None)

    def button(self, title: str) -> str:
        """The id of the latest button with this title."""
        buttons = [
            b for message in self.messages() for b in message["content"].get("buttons", ()) if b["title"] == title
        ]
        return str(buttons[-1]["id"])

    def messages(self, author: str | None = None) -> list[Json]:
        return [e for e in self.state()["events"] if e["kind"] == "message" and author in (None, e["author"])]

    def texts(self, author: str | None = None) -> list[str]:
        return [message["content"]["text"] for message in self.messages(author)]

    @property
    def conversation_id(self) -> str:
        return str(self.state()["conversation"])

    def hears(self, text: str) -> None:
        wait_for(f"'{text}'", lambda: text in self.texts())

    def socket(self, hello: str | bytes | None = None) -> ClientConnection:
        """An open socket that has said its token, or `hello` instead."""
        line = connect(f"ws://127.0.0.1:{self.desk.port}/api/chat/socket", proxy=None)
        line.send(json.dumps({"token": self.token}) if hello is None else hello)
        return line


class Console:
    """A signed-in agent at the desk's own page."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name, self.email = desk, name, desk.add_agent(name)
        self.http = desk.client(origin=desk.url)
        self.sign_in()

    def sign_in(self) -> None:
        answer = self.http.post("/desk/login", data={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        found = re.search(r'setup="([^"]*)"', self.http.get("/desk").text)
        assert found is not None
        self.setup: Json = json.loads(unescape(found[1]))
        self.http.headers["x-csrf"] = self.setup["csrf"]

    @property
    def id(self) -> str:
        return str(self.setup["me"]["id"])

    def act(self, conversation_id: str, act: str, **body: Any) -> httpx.Response:
        given = {"client_id": uuid.uuid4().hex} | body if "text" in body else body or None
        return self.http.post(f"/desk/api/conversations/{conversation_id}/{act}", json=given)

    def rows(self, tab: str) -> list[str]:
        """The ids of the conversations in a tab."""
        return [row["id"] for row in self.list(tab)["rows"]]

    def list(self, tab: str) -> Json:
        """A tab with all its pages: many tests share a desk, and each is to find its own."""
        found: Json = self._page(tab=tab)
        while found["more"]:
            following = self._page(tab=tab, after=json.dumps(found["rows"][-1]["key"]))
            found = following | {"rows": found["rows"] + following["rows"]}
        return found

    def _page(self, **asked: str) -> Json:
        found: Json = self.http.get("/desk/api/list", params=asked).raise_for_status().json()
        return found

    def reads(self, conversation_id: str, after: int = 0) -> Json:
        path = f"/desk/api/conversations/{conversation_id}"
        found: Json = self.http.get(path, params={"after": after}).raise_for_status().json()
        return found

    def socket(self) -> ClientConnection:
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        headers = {"cookie": cookies, "origin": self.desk.url}
        return connect(f"ws://127.0.0.1:{self.desk.port}/desk/socket", additional_headers=headers, proxy=None)
