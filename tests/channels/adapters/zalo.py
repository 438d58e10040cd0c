"""Zalo, with the stand-in for its API."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.channels.adapters.base import NUMBERS, Adapter, Failure, Got, Sent, Shopper
from tests.standins.zalo_api import Fault, ZaloStandin, sign

PATH = "/channels/zalo/webhook"
FAULTS: dict[Failure, Fault] = {
    "wait": Fault(error=-32),
    "broken": Fault(status=502),
    "silent": Fault(drop="after"),
    "refused": Fault(error=-230),
}


class ZaloShopper(Shopper):
    def __init__(self, zalo: ZaloStandin) -> None:
        self.zalo, self.user = zalo, str(5_510_185_758_000_000_000 + next(NUMBERS))

    def write(self, text: str) -> Sent:
        return Sent(self, self.zalo.text(self.user, text))

    def press(self, message: Got, title: str) -> Sent:
        return self.write(message.buttons[title])

    def send_file(self, name: str, content: bytes, words: str = "") -> Sent:
        return Sent(self, self.zalo.file(self.user, name, content, words))

    def got(self) -> list[Got]:
        return [self._got(one["message"]) for one in tuple(self.zalo.sent) if one["recipient"]["user_id"] == self.user]

    def _got(self, message: dict[str, Any]) -> Got:
        file = self.zalo.file_of(message)
        buttons = {button["title"]: button["payload"] for button in _buttons(message)}
        return Got(message.get("text", ""), buttons, (file[2],) if file else ())


def _buttons(message: dict[str, Any]) -> list[dict[str, str]]:
    return list(message.get("attachment", {}).get("payload", {}).get("buttons", []))


class ZaloAdapter(Adapter):
    name = "zalo"
    takes_files = True

    def start(self, patch: pytest.MonkeyPatch) -> dict[str, Any]:
        patch.setattr("bot.channels.zalo.api._A_MINUTE", timedelta(milliseconds=100))
        patch.setattr("bot.channels.zalo.channel._ANSWER_WITHIN_SECONDS", 30.0)  # also on a machine under load
        self.zalo = ZaloStandin().start()
        return {"zalo": self.zalo.setup}

    def stop(self) -> None:
        self.zalo.stop()

    def shopper(self, language: str = "en") -> Shopper:
        return ZaloShopper(self.zalo)

    def deliver(self, *sent: Sent) -> None:
        for one in sent:
            body = json.dumps(one.body).encode()
            assert self._post(body, sign(body, one.body["timestamp"])) == 200

    def forge(self, sent: Sent) -> list[int]:
        body, other = json.dumps(sent.body).encode(), json.dumps(sent.body | {"event_name": "user_send_gif"}).encode()
        good = sign(body, sent.body["timestamp"])
        signatures = ["", "mac=", "wrong", good[:-1], sign(body, "1"), sign(body, sent.body["timestamp"], secret="")]
        return [*(self._post(body, one) for one in signatures), self._post(other, good)]

    def fail(self, shopper: Shopper, failure: Failure) -> None:
        fault, user = FAULTS[failure], _user(shopper)
        mine = Fault(fault.error, fault.status, fault.drop, only=lambda asked: asked["recipient"]["user_id"] == user)
        self.zalo.fault("/message/cs", mine)

    def tried(self, shopper: Shopper) -> int:
        return sum(one["recipient"]["user_id"] == _user(shopper) for one in tuple(self.zalo.tried))

    def _post(self, body: bytes, signature: str) -> int:
        headers = {"X-ZEvent-Signature": signature, "content-type": "application/json"}
        return self.desk.client().post(PATH, content=body, headers=headers).status_code


def _user(shopper: Shopper) -> str:
    assert isinstance(shopper, ZaloShopper)
    return shopper.user
