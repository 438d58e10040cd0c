"""A shopper and an agent for tests of the whole system: they use the same addresses as browsers do."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
PATIENCE = 20.0  # seconds before a test gives up waiting for something that should come at once


def wait_for(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """The first thing that `look` finds; an AssertionError that names `what` when nothing comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class Shopper:
    """One visitor of the web channel."""

    def __init__(self, url: str, language: str = "") -> None:
        self._http = httpx.Client(base_url=url, timeout=30, verify=False)
        self._language = language
        token = self._http.post("/api/chat/visitors").raise_for_status().json()["token"]
        self._http.headers["authorization"] = f"Bearer {token}"
        self.events: list[dict[str, Any]] = []
        self.owner: str | None = None
        self.place: dict[str, Any] | None = None
        self.conversation = ""

    def __del__(self) -> None:
        self._http.close()

    def say(self, text: str) -> list[dict[str, Any]]:
        """Write and wait for the end of the turn; returns the contents that came in answer."""
        return self._send({"text": text})

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press the latest button with this title."""
        buttons = [b for event in self.messages() for b in event["content"].get("buttons", ()) if b["title"] == title]
        assert buttons, f"no button '{title}' among {[m['content']['text'] for m in self.messages()]}"
        return self._send({"button": buttons[-1]["id"]})

    def _send(self, words: dict[str, str]) -> list[dict[str, Any]]:
        seen = len(self.events)
        body = {"client_id": uuid.uuid4().hex, "language": self._language, **words}
        self._http.post("/api/chat/messages", json=body).raise_for_status()
        wait_for("the end of the turn", self._turn_is_over)
        return [e["content"] for e in self.events[seen:] if e["kind"] == "message" and e["author"] != "shopper"]

    def send_only(self, text: str) -> int:
        """Write without waiting; the status code."""
        return self._http.post("/api/chat/messages", json={"client_id": uuid.uuid4().hex, "text": text}).status_code

    def reaches_the_desk(self) -> bool:
        """Whether the desk answers at all."""
        try:
            return self._http.get("/health").status_code == 200
        except httpx.HTTPError:
            return False

    def _turn_is_over(self) -> bool:
        return not self.fetch()["typing"]

    def fetch(self) -> dict[str, Any]:
        """Take in what is new."""
        after = self.events[-1]["seq"] if self.events else 0
        state: dict[str, Any] = self._http.get("/api/chat/events", params={"after": after}).raise_for_status().json()
        self.events += state["events"]
        self.owner, self.place = state["owner"], state["place"]
        self.conversation = state["conversation"] or ""
        return state

    def messages(self, author: str | None = None) -> list[dict[str, Any]]:
        """All messages so far, or those of one author."""
        return [e for e in self.events if e["kind"] == "message" and author in (None, e["author"])]

    def hears(self, words: str, author: str) -> dict[str, Any]:
        """Wait for a message of `author` that holds `words` (a regular expression)."""

        def look() -> dict[str, Any] | None:
            self.fetch()
            return next((m for m in self.messages(author) if re.search(words, m["content"]["text"])), None)

        return wait_for(f"'{words}' from {author}", look)


class AgentAtDesk:
    """A signed-in agent, through the console's own addresses."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, verify=False, headers={"origin": url})
        answer = self._http.post("/desk/login", data={"email": email, "password": password})
        assert answer.status_code == 303, answer.text
        page = self._http.get("/desk").text
        found = re.search(r"csrf&#34;: &#34;([^&]+)", page)
        assert found, "the desk's page has no CSRF token"
        self._http.headers["x-csrf"] = found[1]

    def __del__(self) -> None:
        self._http.close()

    def rows(self, tab: str = "queue") -> list[dict[str, Any]]:
        return list(self._http.get("/desk/api/list", params={"tab": tab}).raise_for_status().json()["rows"])

    def read(self, conversation: str) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(f"/desk/api/conversations/{conversation}").raise_for_status().json()
        return found

    def act(self, conversation: str, move: str) -> int:
        """claim, release, give_to_bot or resolve; the status code."""
        return self._http.post(f"/desk/api/conversations/{conversation}/{move}").status_code

    def write(self, conversation: str, text: str, kind: str = "reply") -> int:
        body = {"text": text, "client_id": uuid.uuid4().hex}
        return self._http.post(f"/desk/api/conversations/{conversation}/{kind}", json=body).status_code
