"""A stand-in for Meta's Graph API on a loopback port: WhatsApp's and Messenger's calls with their published answers and errors.

`POST /<version>/<phone number id>/messages`, `.../media`, `GET /<version>/<media id>`, `POST /<version>/<page>/messages`,
`.../message_attachments`, and the bytes of media below /media. What it was asked is in `calls`; faults are scripted.
"""

import hashlib
import hmac
import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message as Headers
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
TOKEN, APP_SECRET, VERIFY_TOKEN = "EAAstand-in-token", "stand-in-app-secret", "a-verify-token"
NUMBER, PAGE = "106540352242922", "104000000000001"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call: an error of Graph's, or the connection drops before or after its effect."""

    status: int = 400
    code: int = 0
    subcode: int | None = None
    details: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    drop: str = ""  # "before" or "after"
    only: Callable[[Json], bool] = lambda body: True


@dataclass
class Call:
    """One request as it came in."""

    method: str
    path: str
    asked: Json
    body: Json
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)


class MetaStandin:
    """The service as tests see it. `sent` is what was accepted, in order, with the id that it got."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.sent: list[Json] = []
        self.media: dict[str, tuple[str, bytes]] = {}  # what shoppers sent: media type and bytes, by id
        self.people: dict[str, Json] = {}  # profiles, by the id that the page has for somebody
        self.uploaded: dict[str, tuple[str, str, bytes]] = {}  # by the id that an upload got
        self.trickle = 0.0  # seconds between the bytes of a file
        self._ids = itertools.count(1)
        self._faults: dict[str, list[Fault]] = {}

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(self, *given))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """As it was at first."""
        for kept in (self.calls, self.sent, self.media, self.people, self.uploaded, self._faults):
            kept.clear()

    def fault(self, what: str, *faults: Fault) -> None:
        """The next calls whose path ends so go wrong, each once."""
        self._faults.setdefault(what, []).extend(faults)

    def next_fault(self, path: str, body: Json) -> Fault | None:
        for what, waiting in self._faults.items():
            if path.endswith(what) and waiting and waiting[0].only(body):
                return waiting.pop(0)
        return None

    def texts(self, to: str) -> list[str]:
        """What one shopper reads, whatever it stands in."""
        return [words for one in list(self.sent) if _recipient(one) == to and (words := words_of(one))]

    def new_id(self, kind: str) -> str:
        return f"{kind}.{next(self._ids)}"

    # ---- webhooks ---------------------------------------------------------------------------------------------------

    @staticmethod
    def signature(body: bytes, secret: str = APP_SECRET) -> str:
        return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def words_of(sent: Json) -> str:
    """The words of a message in either channel's shape."""
    if "message" in sent:
        return str(sent["message"].get("text", ""))
    kind = sent["type"]
    inside = sent[kind]
    return str(inside["body"]["text"] if kind == "interactive" else inside.get("body", "") if kind == "text" else "")


def _recipient(sent: Json) -> str:
    to = sent.get("to") or sent.get("recipient")
    return str(to["id"] if isinstance(to, dict) else to)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, meta: MetaStandin, *given: Any) -> None:
        self.meta = meta
        super().__init__(*given)

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/media/"):
            self._give(parts.path.rpartition("/")[2])
        else:
            self._answer(Call("GET", parts.path, _flat(parts.query), {}))

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        data = self.rfile.read(int(self.headers.get("content-length", "0")))
        body, files = _read(self.headers.get("content-type", ""), data)
        self._answer(Call("POST", parts.path, _flat(parts.query), body, files))

    def _answer(self, call: Call) -> None:
        self.meta.calls.append(call)
        fault = self.meta.next_fault(call.path, call.body)
        if fault is not None and not fault.drop:
            self._error(fault)
            return
        found = self._refusal(call) or self._result(call) if fault is None or fault.drop == "after" else {}
        if fault is not None:
            self.close_connection = True
            self.connection.close()
        elif isinstance(found, Fault):
            self._error(found)
        else:
            self._send(200, found)

    def _refusal(self, call: Call) -> Fault | None:
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            return Fault(401, 190, details="Invalid OAuth access token")
        proof = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        if call.asked.get("appsecret_proof") != proof:
            return Fault(400, 100, details="Invalid appsecret_proof provided in the API argument")
        return None

    def _result(self, call: Call) -> Json | Fault:
        what = call.path.split("/", 2)[2]
        match call.method, what:
            case "GET", known if known in (NUMBER, PAGE):
                return {"id": known}
            case "GET", psid if call.asked.get("fields") == "first_name,last_name":
                found = self.meta.people.get(psid)
                missing = Fault(400, 100, subcode=33, details="Object with this ID does not exist")
                return missing if found is None else found | {"id": psid}
            case "GET", media:
                return self._about(media)
            case "POST", path if path == f"{NUMBER}/messages":
                return self._whatsapp(call.body)
            case "POST", path if path == f"{PAGE}/messages":
                return self._messenger(call.body)
            case "POST", path if path == f"{NUMBER}/media":
                return {"id": self._keep(call, "file")}
            case "POST", path if path == f"{PAGE}/message_attachments":
                return {"attachment_id": self._keep(call, "filedata")}
        return Fault(400, 100, details=f"Unsupported {call.method} request. Object with ID '{what}' does not exist")

    def _about(self, media: str) -> Json | Fault:
        if media not in self.meta.media:
            return Fault(400, 100, details="Object does not exist")
        kind, data = self.meta.media[media]
        facts = {"mime_type": kind, "sha256": hashlib.sha256(data).hexdigest(), "file_size": len(data), "id": media}
        return {"url": f"{self.meta.url}/media/{media}", "messaging_product": "whatsapp", **facts}

    def _keep(self, call: Call, name: str) -> str:
        kept = self.meta.new_id("9").replace(".", "")
        self.meta.uploaded[kept] = call.files[name]
        return kept

    def _whatsapp(self, body: Json) -> Json | Fault:
        wrong = _wrong_with(body)
        if wrong:
            return Fault(400, 131009, details=wrong)
        sent = self.meta.new_id("wamid")
        self.meta.sent.append({"id": sent, **body})
        to = body.get("to") or body["recipient"]
        return {"messaging_product": "whatsapp", "contacts": [{"input": to}], "messages": [{"id": sent}]}

    def _messenger(self, body: Json) -> Json | Fault:
        message = body["message"]
        if len(message.get("text", "")) > 2000 or len(message.get("quick_replies", ())) > 13:
            return Fault(400, 100, details="Length of param message[text] must be less than or equal to 2000")
        if any(len(one["title"]) > 20 or len(one["payload"]) > 1000 for one in message.get("quick_replies", ())):
            return Fault(400, 100, details="title too long")
        sent = self.meta.new_id("m")
        self.meta.sent.append({"id": sent, **body})
        return {"recipient_id": body["recipient"]["id"], "message_id": sent}

    def _give(self, media: str) -> None:
        if self.headers.get("authorization") not in (f"Bearer {TOKEN}", None) or media not in self.meta.media:
            self._send(404, {})
            return
        kind, data = self.meta.media[media]
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        step = 1 if self.meta.trickle else len(data)
        for start in range(0, len(data), step or 1):
            self.wfile.write(data[start : start + step])
            time.sleep(self.meta.trickle)

    def _error(self, fault: Fault) -> None:
        error: Json = {"message": f"(#{fault.code}) {fault.details}", "type": "OAuthException", "code": fault.code}
        if fault.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": fault.details}
        if fault.subcode:
            error["error_subcode"] = fault.subcode
        self._send(fault.status, {"error": error | {"fbtrace_id": "A"}}, fault.headers)

    def _send(self, status: int, found: Json, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _wrong_with(body: Json) -> str:
    """What WhatsApp would refuse of a message."""
    if body.get("messaging_product") != "whatsapp" or not (body.get("to") or body.get("recipient")):
        return "messaging_product and to are required"
    inside = body.get(body["type"], {})
    if body["type"] == "text":
        return "text too long" if not 0 < len(inside["body"]) <= 4096 else ""
    if body["type"] == "interactive":
        return _wrong_with_buttons(inside)
    return ""


def _wrong_with_buttons(inside: Json) -> str:
    if not 0 < len(inside["body"]["text"]) <= 1024:
        return "body too long"
    if inside["type"] == "button":
        titles = [one["reply"]["title"] for one in inside["action"]["buttons"]]
        return "buttons" if len(titles) > 3 or len(set(titles)) < len(titles) or max(map(len, titles)) > 20 else ""
    rows = inside["action"]["sections"][0]["rows"]
    fits = all(len(row["title"]) <= 24 and len(row.get("description", "")) <= 72 for row in rows)
    return "" if fits and len(rows) <= 10 and len(inside["action"]["button"]) <= 20 else "rows"


def _flat(query: str) -> Json:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _read(kind: str, data: bytes) -> tuple[Json, dict[str, tuple[str, str, bytes]]]:
    if not kind.startswith("multipart/"):
        return (json.loads(data) if data else {}), {}
    parsed: Headers = BytesParser().parsebytes(f"content-type: {kind}\r\n\r\n".encode() + data)
    fields: Json = {}
    files: dict[str, tuple[str, str, bytes]] = {}
    for part in parsed.get_payload():
        name = re.search(r'name="([^"]*)"', str(part["content-disposition"]))  # type: ignore[index]
        assert name is not None
        content = part.get_payload(decode=True)  # type: ignore[union-attr]
        assert isinstance(content, bytes)
        if part.get_filename():  # type: ignore[union-attr]
            files[name[1]] = (str(part.get_filename()), part.get_content_type(), content)  # type: ignore[union-attr]
        else:
            fields[name[1]] = content.decode()
    return fields, files
