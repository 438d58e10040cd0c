"""A stand-in for Zalo's API for Official Accounts, version 3, on a loopback port: messages, tokens, and what goes wrong.

Failures come as HTTP 200 with an error's number, as Zalo's do. A refresh token is good for one exchange. Events for the webhook
are made here too, and signed as Zalo signs them.
"""

import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

from tests.standins.forms import files_of

Json = dict[str, Any]
APP_ID, APP_SECRET, OA_SECRET, FIRST_REFRESH = "360846524940903967", "app-secret", "oa-secret", "refresh-0"
OA = "388613280878808645"


@dataclass(frozen=True)
class Fault:
    """What becomes of a call: an error's number, an HTTP status, or a connection that drops before or after its effect."""

    error: int = 0
    status: int = 200
    drop: str = ""  # "before" or "after"
    body: bytes | None = None  # instead of the answer
    slow: float = 0.0  # seconds
    only: Callable[[Json], bool] = lambda asked: True


def sign(body: bytes, timestamp: str, *, app_id: str = APP_ID, secret: str = OA_SECRET) -> str:
    return "mac=" + sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


@dataclass
class ZaloStandin:
    """The service as tests see it. `sent` has what reached somebody, in order: the request's body with its `message_id`."""

    sent: list[Json] = field(default_factory=list)
    tried: list[Json] = field(default_factory=list)  # also what was refused
    templated: list[Json] = field(default_factory=list)  # templates that reached somebody
    variables: dict[str, set[str]] = field(default_factory=dict)  # of the approved templates, by their ID
    exchanged: list[str] = field(default_factory=list)  # refresh tokens that came, also in vain
    refresh_token: str = FIRST_REFRESH
    access_tokens: set[str] = field(default_factory=set)  # that work now
    lasts: int = 90_000  # seconds
    uploaded: dict[str, tuple[str, str, bytes]] = field(
        default_factory=dict
    )  # kind, name, bytes; by what messages name
    media: dict[str, bytes] = field(default_factory=dict)  # what shoppers sent, by the last part of its address

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self._faults: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(self, *given))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def setup(self) -> Json:
        """Values for ZaloSetup."""
        return {
            "app_id": APP_ID, "app_secret": APP_SECRET, "oa_secret": OA_SECRET, "refresh_token": FIRST_REFRESH,
            "language": "en", "api": self.url, "oauth": self.url,
        }  # fmt: skip

    def fault(self, path: str, *faults: Fault) -> None:
        """The next calls whose path ends so meet these, one each."""
        with self._lock:
            self._faults += [(path, fault) for fault in faults]

    # ---- events for the webhook -------------------------------------------------------------------------------------

    def event(self, name: str, user: str, **more: Any) -> Json:
        """An event about a shopper, now; `more` adds or replaces fields."""
        made: Json = {
            "app_id": APP_ID, "user_id_by_app": f"9{user}", "event_name": name, "timestamp": str(int(time.time() * 1000)),
            "sender": {"id": user}, "recipient": {"id": OA},
        }  # fmt: skip
        return made | more

    def text(self, user: str, words: str, **more: Any) -> Json:
        message = {"text": words, "msg_id": f"m{next(self._ids):015x}"}
        return self.event("user_send_text", user, message=message, **more)

    def file(self, user: str, name: str, content: bytes, words: str = "") -> Json:
        """She sends a file, which is kept here."""
        number = next(self._ids)
        self.media[str(number)] = content
        payload = {
            "url": f"{self.url}/media/{number}", "name": name, "size": str(len(content)),
            "checksum": md5(content, usedforsecurity=False).hexdigest(), "type": name.rpartition(".")[2],
        }  # fmt: skip
        return self.attached(user, "file", payload, words)

    def attached(self, user: str, kind: str, payload: Json, words: str = "") -> Json:
        """She sends something that is not text."""
        message: Json = {"msg_id": f"m{next(self._ids):015x}", "attachments": [{"type": kind, "payload": payload}]}
        return self.event(f"user_send_{kind}", user, message=message | ({"text": words} if words else {}))

    # ---- the API ----------------------------------------------------------------------------------------------------

    def answer(self, path: str, headers: Any, asked: Json) -> tuple[int, bytes, str]:
        """Status, body, and whether the connection drops."""
        fault = self._take_fault(path, asked)
        time.sleep(fault.slow)
        if fault.drop == "before":
            return 0, b"", "before"
        if fault.error or fault.status != 200 or fault.body is not None:
            if path.endswith("/message/cs"):
                self.tried.append(asked)
            said = {"error": fault.error, "message": "as the test wants it"} if fault.error else {}
            return fault.status, fault.body if fault.body is not None else json.dumps(said).encode(), ""
        return 200, json.dumps(self._act(path, headers, asked)).encode(), fault.drop

    def _take_fault(self, path: str, asked: Json) -> Fault:
        with self._lock:
            for one in self._faults:
                if path.endswith(one[0]) and one[1].only(asked):
                    self._faults.remove(one)
                    return one[1]
        return Fault()

    def _act(self, path: str, headers: Any, asked: Json) -> Json:
        with self._lock:
            if path.endswith("/v4/oa/access_token"):
                return self._exchange(headers, asked)
            if headers.get("access_token") not in self.access_tokens:
                return {"error": -216, "message": "Access token is invalid or expired"}
            if path.endswith("/v2.0/oa/getoa"):
                return {"error": 0, "message": "Success", "data": {"oa_id": OA, "name": "Casa Sen"}}
            if "/v2.0/oa/upload/" in path:
                return self._take_file(path.rpartition("/")[2], asked)
            if path.endswith("/v3.0/oa/message/template"):
                return self._take_template(asked)
            return self._take_message(asked)

    def _exchange(self, headers: Any, asked: Json) -> Json:
        self.exchanged.append(asked.get("refresh_token", ""))
        if headers.get("secret_key") != APP_SECRET or asked.get("app_id") != APP_ID:
            return {"error": -14004, "error_name": "Invalid secret key", "error_description": "Secret key is invalid"}
        if asked.get("refresh_token") != self.refresh_token:
            return {"error": -14020, "error_name": "Invalid refresh token", "error_description": "It was used before"}
        number = len(self.exchanged)
        self.refresh_token, access = f"refresh-{number}", f"access-{number}"
        self.access_tokens = {access}
        return {"access_token": access, "refresh_token": self.refresh_token, "expires_in": str(self.lasts)}

    def _take_file(self, kind: str, asked: Json) -> Json:
        name, content = asked["file"]
        endings, most = {"image": ("jpg|jpeg|png", 1), "gif": ("gif", 5), "file": ("pdf|doc|docx", 5)}[kind]
        if len(content) > most * 1024 * 1024:
            return {"error": -201, "message": "File size exceeds the maximum"}
        if name.rpartition(".")[2].lower() not in endings.split("|"):
            return {"error": 0, "message": "Success", "data": {}}  # seen at the real one
        named = f"up{next(self._ids):015x}"
        self.uploaded[named] = (kind, name, content)
        return {"error": 0, "message": "Success", "data": {"token" if kind == "file" else "attachment_id": named}}

    def _take_template(self, asked: Json) -> Json:
        if asked.keys() != {"user_id", "template_id", "template_data"} or asked["template_id"] not in self.variables:
            return {"error": -109, "message": "Template ID invalid"}
        if asked["template_data"].keys() != self.variables[asked["template_id"]] or not all(
            asked["template_data"].values()
        ):
            return {"error": -1123, "message": "Template data is not of this template"}
        sent = f"t{next(self._ids):015x}"
        self.templated.append(asked | {"message_id": sent})
        return {"error": 0, "message": "Success", "data": {"message_id": sent, "user_id": asked["user_id"]}}

    def file_of(self, message: Json) -> tuple[str, str, bytes] | None:
        """The uploaded file that a message names: its kind, name and bytes."""
        attachment = message.get("attachment", {})
        payload = attachment.get("payload", {})
        if attachment.get("type") == "file":
            return self.uploaded.get(payload.get("token"))
        (element,) = payload.get("elements", [{}])
        found = self.uploaded.get(element.get("attachment_id"))
        return found if found and element["media_type"] == found[0] else None

    def _take_message(self, asked: Json) -> Json:
        self.tried.append(asked)
        message = asked.get("message", {})
        buttons = message.get("attachment", {}).get("payload", {}).get("buttons", [])
        text = message.get("text", "")
        if not (text.strip() or self.file_of(message)) or len(text) > 2000 or len(buttons) > 5:
            return {"error": -201, "message": "Params is invalid"}
        if any(len(one["title"]) > 100 or not 0 < len(one["payload"]) <= 1000 for one in buttons):
            return {"error": -201, "message": "Params is invalid"}
        sent = f"s{next(self._ids):015x}"
        self.sent.append(asked | {"message_id": sent})
        data = {"message_id": sent, "user_id": asked["recipient"]["user_id"], "quota": {"quota_type": "reply"}}
        return {"error": 0, "message": "Success", "data": data}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, api: ZaloStandin, *given: Any) -> None:
        self.api = api
        super().__init__(*given)

    def do_GET(self) -> None:
        if self.path.startswith("/media/"):
            content = self.api.media.get(self.path.rpartition("/")[2])
            self._send(404 if content is None else 200, content or b"", "application/octet-stream")
        else:
            self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        kind = self.headers.get("content-type") or ""
        if kind.startswith("application/json"):
            self._answer(json.loads(body))
        elif kind.startswith("multipart/"):
            self._answer({name: (file, content) for name, (file, content) in files_of(kind, body).items()})
        else:
            self._answer({name: values[0] for name, values in parse_qs(body.decode()).items()})

    def _answer(self, asked: Json) -> None:
        status, content, drop = self.api.answer(self.path, self.headers, asked)
        if drop:
            self.close_connection = True  # without a word
            return
        self._send(status, content, "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
