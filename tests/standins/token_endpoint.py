"""A stand-in for a provider's token endpoint (RFC 6749, section 6) on a loopback port: refresh tokens for access tokens."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

CLIENT, SECRET, FIRST = "client-1", "client-secret", "refresh-0"
Json = dict[str, Any]


@dataclass
class TokenStandin:
    """The service as tests see it. `rotates`: each answer lends a new refresh token, and the old one is used up."""

    rotates: bool = False
    asked: list[str] = field(default_factory=list)  # refresh tokens that came, also in vain
    refresh_token: str = FIRST
    lasts: Any = 3600
    faults: list[tuple[int, bytes, float]] = field(default_factory=list)  # status, body, seconds; one for each call

    def start(self) -> Self:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(self, *given))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/token"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Json) -> tuple[int, bytes]:
        with self._lock:
            self.asked.append(asked.get("refresh_token", ""))
            fault = self.faults.pop(0) if self.faults else (200, b"", 0.0)
        time.sleep(fault[2])
        if fault[0] != 200 or fault[1]:
            return fault[:2]
        with self._lock:
            status, found = self._token(asked)
        return status, json.dumps(found).encode()

    def _token(self, asked: Json) -> tuple[int, Json]:
        if asked.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type"}
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if asked.get("refresh_token") != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        number = len(self.asked)
        found: Json = {"access_token": f"access-{number}", "token_type": "Bearer", "expires_in": self.lasts}
        if self.rotates:
            self.refresh_token = f"refresh-{number}"
            found["refresh_token"] = self.refresh_token
        return 200, found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, provider: TokenStandin, *given: Any) -> None:
        self.provider = provider
        super().__init__(*given)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        status, content = self.provider.answer({name: values[0] for name, values in parse_qs(body).items()})
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
