"""The chat on the shop's pages: shoppers fetch, so there is no provider to stand in for."""

import uuid
from typing import Any

import pytest

from tests.channels.adapters.base import Adapter, Got, Sent, Shopper
from tests.integration.harness import Desk, Visitor


class WebShopper(Shopper):
    def __init__(self, desk: Desk, language: str) -> None:
        self.visitor = Visitor(desk, language)

    def write(self, text: str) -> Sent:
        return self._make(text=text)

    def press(self, message: Got, title: str) -> Sent:
        return self._make(button=message.buttons[title])

    def send_file(self, name: str, content: bytes, words: str = "") -> Sent:
        put = self.visitor.http.post("/api/chat/files", params={"name": name}, content=content)
        return self._make(files=[put.raise_for_status().json()["id"]], text=words)

    def got(self) -> list[Got]:
        contents = [m["content"] for m in self.visitor.messages() if m["author"] != "shopper"]
        return [
            Got(one["text"], {button["title"]: button["id"] for button in one.get("buttons", ())}, self._files(one))
            for one in contents
        ]

    def _files(self, content: dict[str, Any]) -> tuple[bytes, ...]:
        listed = [file["id"] for file in content.get("attachments", ())]
        return tuple(self.visitor.http.get(f"/api/chat/files/{one}").raise_for_status().content for one in listed)

    def anew(self) -> Shopper:
        return WebShopper(self.visitor.desk, self.visitor.language)

    def _make(self, **body: Any) -> Sent:
        return Sent(self, {"client_id": uuid.uuid4().hex, "language": self.visitor.language, **body})


class WebAdapter(Adapter):
    name = "web"
    pushes = False
    takes_files = True

    def start(self, patch: pytest.MonkeyPatch) -> dict[str, Any]:
        return {}

    def stop(self) -> None:
        """There is nothing."""

    def shopper(self, language: str = "en") -> Shopper:
        return WebShopper(self.desk, language)

    def deliver(self, *sent: Sent) -> None:
        for one in sent:
            assert isinstance(one.shopper, WebShopper)
            answer = one.shopper.visitor.http.post("/api/chat/messages", json=one.body)
            # A button that is not hers is told at once, where other channels answer with a message.
            assert answer.status_code == 202 or ("button" in one.body and answer.status_code == 422), answer.text

    def forge(self, sent: Sent) -> list[int]:
        assert isinstance(sent.shopper, WebShopper)
        token = sent.shopper.visitor.token
        given = ["", "Bearer", f"Bearer {token}x", f"Bearer {token[:-1]}", f"Basic {token}", token]
        return [
            self.desk.client(authorization=one).post("/api/chat/messages", json=sent.body).status_code for one in given
        ]
