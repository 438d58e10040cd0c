"""A stand-in for the action server as the desk asks it: articles, and the shop's orders, on a loopback port."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]


def article(article_id: str, title: str, body: str, p: float) -> Json:
    return {
        "id": article_id, "language": "en", "title": title, "tags": [], "link": f"/help/en/{article_id}",
        "updated": "2026-01-01", "p": p, "body": body,
    }  # fmt: skip


def order(number: str = "CS-204518", state: str = "sent", **given: Any) -> Json:
    return {
        "number": number, "state": state, "placed_on": "2026-11-18", "sent_on": "2026-11-20", "expected_on": "2026-11-24",
        "delivered_on": None, "items": [{"name": "Linen shirt, sand, M", "quantity": 1}], "carrier": "Royal Mail",
        "tracking_number": "GB0123456789", "tracking_url": "https://carrier.example/GB0123456789",
    } | given  # fmt: skip


@dataclass
class KnowledgeStandin:
    articles: list[Json] = field(default_factory=list)  # found for whatever is asked
    orders: dict[str, Json] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths with their queries
    away: bool = False

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(self, *given))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """As for a new test."""
        self.articles.clear()
        self.orders.clear()
        self.asked.clear()
        self.away = False

    def answer(self, path: str) -> tuple[int, Json]:
        self.asked.append(path)
        if self.away:
            return 503, {"error": "away"}
        parts = urlsplit(path)
        if parts.path == "/search":
            return 200, {"articles": [{k: v for k, v in one.items() if k != "body"} for one in self.articles]}
        if parts.path == "/order":
            found = self.orders.get(parse_qs(parts.query)["number"][0])
            return (200, {"order": found}) if found else (404, {"error": "no such order"})
        wanted = unquote(parts.path.rpartition("/")[2])
        known = next((one for one in self.articles if one["id"] == wanted), None)
        return (200, {"release": "r1", "article": known}) if known else (404, {"error": "no such article"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, knowledge: KnowledgeStandin, *given: Any) -> None:
        self.knowledge = knowledge
        super().__init__(*given)

    def do_GET(self) -> None:
        status, answer = self.knowledge.answer(self.path)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
