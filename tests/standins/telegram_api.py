"""A stand-in for Telegram's Bot API on a loopback port, with the published wire format and limits, and scripted faults.

`POST /bot<token>/<method>` with form fields (values other than text as JSON) or a JSON body; the answer is
`{"ok": true, "result": ...}` or `{"ok": false, "error_code": ..., "description": ..., "parameters": ...}`.
"""

import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs

from tests.standins.forms import fields_of, files_of

Json = dict[str, Any]
TOKEN = "4711:AAstand-in_token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_KINDS = ("message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member")


class Refusal(Exception):
    """An answer with ok = false."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.answer: Json = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.answer["parameters"] = parameters


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call: it is refused, answered late, or the connection drops before or after its effect."""

    refusal: Refusal | None = None
    drop: str = ""  # "before" or "after"
    slow: float = 0.0  # seconds
    only: Callable[[Json], bool] = lambda parameters: True


BLOCKED = Refusal(403, "Forbidden: bot was blocked by the user")
BAD_GATEWAY = Fault(Refusal(502, "Bad Gateway"))


def too_many(seconds: int) -> Fault:
    """429 with the seconds to wait."""
    return Fault(Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds}))


@dataclass
class Call:
    """One request as it came in; `at` is monotonic time."""

    method: str
    parameters: Json
    at: float


@dataclass
class TelegramStandin:
    """The service as tests see it: what shoppers do goes in by `push`, what the bot did is in `calls` and `sent`."""

    token: str = TOKEN
    calls: list[Call] = field(default_factory=list)
    sent: list[Json] = field(default_factory=list)  # Message objects that sendMessage made, in order
    blocked: set[int] = field(default_factory=set)
    webhook: Json = field(default_factory=dict)
    commands: dict[str, Json] = field(default_factory=dict)  # by language; "" is for all others
    files: dict[str, bytes] = field(default_factory=dict)  # by file_id
    given: dict[int, tuple[str, bytes]] = field(
        default_factory=dict
    )  # name and bytes of what the bot sent, by message_id

    def __post_init__(self) -> None:
        self._ids = itertools.count(1000)
        self._pending: list[Json] = []
        self._chats: set[int] = set()
        self._queries: set[str] = set()
        self._faults: dict[str, list[Fault]] = {}
        self._poller = 0
        self._allowed: list[str] | None = None
        self._changed = threading.Condition(threading.RLock())

    # ---- for tests ----------------------------------------------------------------------------------------------

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(self, *given))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def make(self, **kind: Json) -> Json:
        """Something happens at Telegram: the update for it, to be given to `deliver` or posted to the webhook."""
        for body in kind.values():
            chat = body.get("chat") or body.get("message", {}).get("chat")
            if chat is not None:
                self._chats.add(chat["id"])
            if "data" in body:
                self._queries.add(body["id"])
        return {"update_id": next(self._ids), **kind}

    def deliver(self, update: Json) -> Json:
        """Have an update fetched; a second time, as after a crash at Telegram's side."""
        with self._changed:
            self._pending = sorted([*self._pending, update], key=lambda pending: int(pending["update_id"]))
            self._changed.notify_all()
        return update

    def unconfirmed(self) -> list[int]:
        with self._changed:
            return [update["update_id"] for update in self._pending]

    def message(self, chat: int, text: str | None = None, /, language: str = "en", **more: Any) -> Json:
        """A Message of a shopper in her private chat; `more` adds or replaces fields."""
        person = {"id": chat, "is_bot": False, "first_name": "An", "last_name": "Le", "language_code": language}
        body = {
            "message_id": next(self._ids),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "from": person,
        }
        return body | ({} if text is None else {"text": text}) | more

    def query(self, chat: int, message: Json, data: str) -> Json:
        """A CallbackQuery: the shopper pressed a button under one of the bot's messages."""
        person = self.message(chat)["from"]
        return {"id": str(next(self._ids)), "from": person, "chat_instance": "1", "message": message, "data": data}

    def fault(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` meet these faults, one each."""
        with self._changed:
            self._faults.setdefault(method, []).extend(faults)

    def forget_faults(self) -> None:
        with self._changed:
            self._faults.clear()

    def called(self, method: str) -> list[Json]:
        return [call.parameters for call in tuple(self.calls) if call.method == method]

    def said(self, chat: int) -> list[str]:
        return [message.get("text", "") for message in tuple(self.sent) if message["chat"]["id"] == chat]

    # ---- the API ------------------------------------------------------------------------------------------------

    def take_fault(self, method: str, parameters: Json) -> Fault:
        with self._changed:
            faults = self._faults.get(method, [])
            fault = next((fault for fault in faults if fault.only(parameters)), None)
            if fault is None:
                return Fault()
            faults.remove(fault)
            return fault

    def answer(self, token: str, method: str, parameters: Json) -> Any:
        """The result. Raises Refusal."""
        if token != self.token:
            raise Refusal(401, "Unauthorized")
        handler = getattr(self, re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", f"_{method}"), None)
        if handler is None:
            raise Refusal(404, "Not Found: method not found")
        return handler(parameters)

    def _get_me(self, _: Json) -> Json:
        return {"id": 4711, "is_bot": True, "first_name": "Casa Sen", "username": "casa_sen_bot"}

    def _get_updates(self, parameters: Json) -> list[Json]:
        offset, limit = int(parameters.get("offset") or 0), int(parameters.get("limit") or 100)
        ends = time.monotonic() + float(parameters.get("timeout") or 0)
        with self._changed:
            if self.webhook:
                raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
            self._poller += 1
            me = self._poller
            self._changed.notify_all()
            if "allowed_updates" in parameters:
                self._allowed = parameters["allowed_updates"]
            if offset:
                self._pending = [update for update in self._pending if update["update_id"] >= offset]
            while True:
                if me != self._poller:
                    raise Refusal(409, "Conflict: terminated by other getUpdates request")
                wanted = self._allowed or list(_KINDS)
                self._pending = [update for update in self._pending if any(kind in update for kind in wanted)]
                left = ends - time.monotonic()
                if self._pending or left <= 0:
                    return self._pending[:limit]
                self._changed.wait(left)

    def _set_webhook(self, parameters: Json) -> bool:
        if not str(parameters.get("url", "")).startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if "secret_token" in parameters and not _SECRET.fullmatch(parameters["secret_token"]):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = parameters
        return True

    def _delete_webhook(self, _: Json) -> bool:
        self.webhook = {}
        return True

    def _get_file(self, parameters: Json) -> Json:
        content = self.files.get(parameters.get("file_id", ""))
        if content is None:
            raise Refusal(400, "Bad Request: invalid file_id")
        if len(content) > 20 * 2**20:
            raise Refusal(400, "Bad Request: file is too big")
        about = {"file_id": parameters["file_id"], "file_unique_id": "u", "file_size": len(content)}
        return about | {"file_path": f"documents/{parameters['file_id']}"}

    def _set_my_commands(self, parameters: Json) -> bool:
        commands = parameters.get("commands", [])
        if not all(re.fullmatch("[a-z0-9_]{1,32}", one["command"]) and one["description"] for one in commands):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        self.commands[parameters.get("language_code", "")] = {one["command"]: one["description"] for one in commands}
        return True

    def _send_photo(self, parameters: Json) -> Json:
        name, content = parameters["photo"]
        if len(content) > 10 * 2**20:
            raise Refusal(400, "Bad Request: file is too big for a photo")
        if not content.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF")):
            raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        return self._take_file(parameters, "photo", name, content)

    def _send_document(self, parameters: Json) -> Json:
        name, content = parameters["document"]
        if len(content) > 50 * 2**20:
            raise Refusal(413, "Request Entity Too Large")
        return self._take_file(parameters, "document", name, content)

    def _take_file(self, parameters: Json, kind: str, name: str, content: bytes) -> Json:
        chat = self._chat(parameters)
        about = {"file_id": f"sent{next(self._ids)}", "file_unique_id": "u", "file_size": len(content)}
        shown: Any = [about | {"width": 8, "height": 6}] if kind == "photo" else about | {"file_name": name}
        message = {
            "message_id": next(self._ids), "date": int(time.time()), "chat": {"id": chat, "type": "private"},
            "from": self._get_me({}), kind: shown,
        }  # fmt: skip
        self.given[message["message_id"]] = (name, content)
        self.sent.append(message)
        return message

    def _chat(self, parameters: Json) -> int:
        chat = int(parameters["chat_id"])
        if chat in self.blocked:
            raise BLOCKED
        if chat not in self._chats:
            raise Refusal(400, "Bad Request: chat not found")
        return chat

    def _send_message(self, parameters: Json) -> Json:
        chat, text = self._chat(parameters), str(parameters.get("text", ""))
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        message = {
            "message_id": next(self._ids),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "from": self._get_me({}),
            "text": text.strip(),
        }
        if "reply_markup" in parameters:
            message["reply_markup"] = _checked_markup(parameters["reply_markup"])
        self.sent.append(message)
        return message

    def _answer_callback_query(self, parameters: Json) -> bool:
        if parameters.get("callback_query_id") not in self._queries:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._queries.discard(parameters["callback_query_id"])
        return True

    def _edit_message_reply_markup(self, parameters: Json) -> Json:
        for message in self.sent:
            if message["message_id"] == int(parameters.get("message_id", 0)):
                if message.pop("reply_markup", None) == parameters.get("reply_markup"):
                    raise Refusal(400, "Bad Request: message is not modified")
                return message
        raise Refusal(400, "Bad Request: message to edit not found")


def _checked_markup(markup: Json) -> Json:
    buttons = [button for row in markup["inline_keyboard"] for button in row]
    if any(not button.get("text", "").strip() for button in buttons):
        raise Refusal(400, "Bad Request: inline keyboard button text must be non-empty")
    if any(not 0 < len(button.get("callback_data", "").encode()) <= 64 for button in buttons):
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    if len(buttons) > 100 or any(len(row) > 8 for row in markup["inline_keyboard"]):
        raise Refusal(400, "Bad Request: reply markup is too long")
    return markup


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, api: TelegramStandin, *given: Any) -> None:
        self.api = api
        super().__init__(*given)

    def do_GET(self) -> None:
        token, _, path = self.path.removeprefix("/file/bot").partition("/")
        found = self.api.files.get(path.rpartition("/")[2]) if token == self.api.token else None
        self._send(
            200 if found is not None else 404, found or b'{"ok":false,"error_code":404,"description":"Not Found"}'
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        token, _, method = self.path.removeprefix("/bot").partition("/")
        parameters = _fields(body, self.headers.get("content-type") or "")
        self.api.calls.append(Call(method, parameters, time.monotonic()))
        fault = self.api.take_fault(method, parameters)
        time.sleep(fault.slow)
        answer: Json = {}
        if fault.drop != "before":
            try:
                if fault.refusal:
                    raise fault.refusal
                answer = {"ok": True, "result": self.api.answer(token, method, parameters)}
            except Refusal as refusal:
                answer = refusal.answer
        if fault.drop:
            self.close_connection = True  # without a word
        else:
            self._send(answer.get("error_code", 200), json.dumps(answer).encode())

    def _send(self, status: int, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the bot went away while it waited

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _fields(body: bytes, content_type: str) -> Json:
    if content_type.startswith("application/json"):
        return dict(json.loads(body or b"{}"))
    if content_type.startswith("multipart/"):
        given: Json = fields_of(content_type, body) | files_of(content_type, body)
    else:
        given = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
    structured = ("reply_markup", "allowed_updates", "link_preview_options", "commands")
    return {name: json.loads(value) if name in structured else value for name, value in given.items()}
