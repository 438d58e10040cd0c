"""WhatsApp and Messenger, with the stand-in for Meta's Graph API."""

import json
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import pytest

from handoff.clock import utc_now
from tests.channels.adapters.base import NUMBERS, Adapter, Failure, Got, Sent, Shopper
from tests.integration.harness import Json
from tests.standins.meta_api import APP_SECRET, NUMBER, PAGE, TOKEN, VERIFY_TOKEN, Fault, MetaStandin, words_of

SECRETS = {"access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
FAULTS: dict[Failure, Fault] = {
    "wait": Fault(429, 130429, headers={"retry-after": "0"}),
    "broken": Fault(502),
    "silent": Fault(drop="after"),
    "refused": Fault(400, 131026, details="Message undeliverable"),
}


class MetaShopper(Shopper):
    """What both have in common: messages at the stand-in, by whom they are for."""

    def __init__(self, meta: MetaStandin) -> None:
        self.meta, self.address = meta, str(84_900_000_000 + next(NUMBERS))

    def press(self, message: Got, title: str) -> Sent:
        return self.pressed(message.buttons[title], title)

    def got(self) -> list[Got]:
        return [self._shown(one) for one in tuple(self.meta.sent) if _to(one) == self.address]

    def send_file(self, name: str, content: bytes, words: str = "") -> Sent:
        media = str(next(NUMBERS))
        self.meta.media[media] = ("application/octet-stream", content)
        return self.sent_file(media, name, words)

    def _shown(self, message: Json) -> Got:
        files = tuple(self.meta.uploaded[media][2] for media in _media_of(message))
        return Got(words_of(message), dict(_buttons(message)), files)

    @abstractmethod
    def pressed(self, button: str, title: str) -> Sent:
        """She presses the button of this id."""

    @abstractmethod
    def sent_file(self, media: str, name: str, words: str) -> Sent:
        """She sends what the stand-in has by this id."""


class WhatsAppShopper(MetaShopper):
    def write(self, text: str) -> Sent:
        return self._message("text", {"body": text})

    def pressed(self, button: str, title: str) -> Sent:
        reply = {"type": "button_reply", "button_reply": {"id": button, "title": title}}
        return self._message("interactive", reply)

    def sent_file(self, media: str, name: str, words: str) -> Sent:
        return self._message("document", {"id": media, "filename": name, "caption": words, "mime_type": "text/plain"})

    def _message(self, kind: str, inside: Json) -> Sent:
        known = {"from": self.address, "id": f"wamid.{next(NUMBERS)}", "timestamp": _now_seconds(), "type": kind}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
            "contacts": [{"profile": {"name": "Lan"}, "wa_id": self.address}],
            "messages": [known | {kind: inside}],
        }
        entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
        return Sent(self, {"object": "whatsapp_business_account", "entry": [entry]})


class MessengerShopper(MetaShopper):
    def write(self, text: str) -> Sent:
        return self._message({"text": text})

    def pressed(self, button: str, title: str) -> Sent:
        return self._message({"text": title, "quick_reply": {"payload": button}})

    def sent_file(self, media: str, name: str, words: str) -> Sent:
        file = {"type": "file", "payload": {"url": f"{self.meta.url}/media/{media}"}}
        return self._message({"attachments": [file]} | ({"text": words} if words else {}))

    def _message(self, inside: Json) -> Sent:
        event = {
            "sender": {"id": self.address},
            "recipient": {"id": PAGE},
            "timestamp": int(_now_seconds()) * 1000,
            "message": {"mid": f"m_{next(NUMBERS)}"} | inside,
        }
        return Sent(self, {"object": "page", "entry": [{"id": PAGE, "messaging": [event]}]})


class MetaAdapter(Adapter):
    """`account` is a value of the setup's own."""

    takes_files = True
    shoppers: type[MetaShopper]
    account: dict[str, str]

    def start(self, patch: pytest.MonkeyPatch) -> dict[str, Any]:
        self.meta = MetaStandin().start()
        return {self.name: SECRETS | self.account | {"api": self.meta.url}}

    def stop(self) -> None:
        self.meta.stop()

    def shopper(self, language: str = "en") -> Shopper:
        return self.shoppers(self.meta)

    def deliver(self, *sent: Sent) -> None:
        for one in sent:
            body = json.dumps(one.body).encode()
            assert self._post(body, self.meta.signature(body)) == 200

    def forge(self, sent: Sent) -> list[int]:
        body, other = json.dumps(sent.body).encode(), json.dumps(sent.body | {"more": 1}).encode()
        good = self.meta.signature(body)
        wrong = ["", "sha256=", good[:-1], good.removeprefix("sha256="), self.meta.signature(body, "another secret")]
        return [*(self._post(body, one) for one in wrong), self._post(other, good)]

    def fail(self, shopper: Shopper, failure: Failure) -> None:
        fault, address = FAULTS[failure], _address(shopper)
        mine = Fault(
            fault.status, fault.code, details=fault.details, headers=fault.headers, drop=fault.drop,
            only=lambda body: _to(body) == address,
        )  # fmt: skip
        self.meta.fault("/messages", mine)

    def tried(self, shopper: Shopper) -> int:
        calls = tuple(self.meta.calls)
        return sum(call.path.endswith("/messages") and _to(call.body) == _address(shopper) for call in calls)

    def _post(self, body: bytes, signature: str) -> int:
        headers = {"x-hub-signature-256": signature, "content-type": "application/json"}
        return self.desk.client().post(f"/channels/{self.name}/webhook", content=body, headers=headers).status_code


class WhatsAppAdapter(MetaAdapter):
    name, shoppers, account = "whatsapp", WhatsAppShopper, {"phone_number_id": NUMBER}


class MessengerAdapter(MetaAdapter):
    name, shoppers, account = "messenger", MessengerShopper, {"page_id": PAGE}


def _now_seconds() -> str:
    return str(int(utc_now().timestamp()))


def _address(shopper: Shopper) -> str:
    assert isinstance(shopper, MetaShopper)
    return shopper.address


def _to(body: Json) -> str:
    to = body.get("to") or body.get("recipient") or ""
    return str(to["id"] if isinstance(to, dict) else to)


def _buttons(message: Json) -> Iterator[tuple[str, str]]:
    """Titles and ids, in either channel's shape."""
    for one in message.get("message", {}).get("quick_replies", ()):
        yield one["title"], one["payload"]
    action = message.get("interactive", {}).get("action", {})
    for one in action.get("buttons", ()):
        yield one["reply"]["title"], one["reply"]["id"]
    for section in action.get("sections", ()):
        for row in section["rows"]:
            yield row["title"], row["id"]


def _media_of(message: Json) -> Iterator[str]:
    for kind in ("image", "video", "audio", "document"):
        if kind in message:
            yield message[kind]["id"]
    payload = message.get("message", {}).get("attachment", {}).get("payload", {})
    if "attachment_id" in payload:
        yield payload["attachment_id"]
