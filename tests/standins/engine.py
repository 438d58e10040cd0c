"""A stand-in for the engine: the JSON of bot/engine/rasa/channel.py on a loopback port, with answers by sentence.

Its dialogue is a table: `engine.on("where is it", text("In Hanoi"))`. A press is looked up by the button's payload.
Whatever is not in the table is echoed, so that a test sees which words arrived.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = dict[str, Any]
TOKEN = "stand-in-engine"


@dataclass(frozen=True)
class Reply:
    """What the engine says to one message. `seconds` is how long it thinks; a `status` other than 200 is a failure."""

    messages: tuple[Json, ...]
    intent: str = "chitchat"
    seconds: float = 0.0
    status: int = 200


def text(words: str, *buttons: tuple[str, str], seconds: float = 0.0) -> Reply:
    """Words with buttons (title, payload)."""
    message: Json = {"text": words}
    if buttons:
        message["buttons"] = [{"title": title, "payload": payload} for title, payload in buttons]
    return Reply((message,), seconds=seconds)


def article(title: str, body: str, language: str = "en", link: str = "/help/en/returns") -> Reply:
    shown = {"id": "returns", "language": language, "title": title, "body": body, "link": link, "updated": "2026-01-01"}
    return Reply(({"custom": {"kind": "answer", "article": shown, "release": "r-test", "p": 0.97}},), "faq")


def handoff(question: str) -> Reply:
    command = {"kind": "handoff", "reason": "asked", "question": question, "articles_tried": [], "collected": {}}
    return Reply(({"custom": command},), "request_human")


def broken() -> Reply:
    return Reply((), status=500)


@dataclass
class EngineStandin:
    asked: list[Json] = field(default_factory=list)  # requests in order
    replies: dict[str, Reply] = field(default_factory=dict)

    def on(self, sentence: str, reply: Reply) -> None:
        self.replies[sentence] = reply

    def words(self) -> list[str]:
        return [request["message"] for request in tuple(self.asked)]

    def start(self, port: int = 0) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), lambda *given: _Handler(self, *given))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Json) -> tuple[int, Json]:
        self.asked.append(request)
        said = request["message"]
        key = request["metadata"].get("button") or said
        reply = self.replies.get(key) or text(f"You said: {said}")
        time.sleep(reply.seconds)
        if reply.status != 200:
            return reply.status, {"error": "the turn failed"}
        understood: Json = {
            "language": request["metadata"].get("language") or "en",
            "language_p": 0.99,
            "release": "r-test",
            "decision": "talk",
            "candidates": [],
        }
        understanding = {"intent": {"name": reply.intent, "confidence": 0.99}, "faqdesk": understood}
        return 200, {"messages": list(reply.messages), "understanding": understanding, "failed": []}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, engine: EngineStandin, *given: Any) -> None:
        self.engine = engine
        super().__init__(*given)

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, answer = 404, {"error": "no such path"}
        if self.headers["authorization"] != f"Bearer {TOKEN}":
            status, answer = 401, {"error": "wrong token"}
        elif self.path == "/webhooks/desk/webhook":
            status, answer = self.engine.answer(request)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
