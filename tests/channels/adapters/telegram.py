"""Telegram by webhook, with the stand-in for its Bot API."""

from typing import Any

import httpx
import pytest

from bot.channels.telegram.transport import Limiter
from tests.channels.adapters.base import NUMBERS, Adapter, Failure, Got, Sent, Shopper
from tests.standins.telegram_api import BAD_GATEWAY, BLOCKED, TOKEN, Fault, TelegramStandin, too_many

SECRET = "a-secret_of-256"
PATH = "/channels/telegram/webhook"
FAULTS: dict[Failure, Fault] = {
    "wait": too_many(1),
    "broken": BAD_GATEWAY,
    "silent": Fault(drop="after"),
    "refused": Fault(BLOCKED),
}


class TelegramShopper(Shopper):
    def __init__(self, telegram: TelegramStandin, language: str) -> None:
        self.telegram, self.language, self.chat = telegram, language, 900_000 + next(NUMBERS)

    def write(self, text: str) -> Sent:
        message = self.telegram.message(self.chat, text, language=self.language)
        return Sent(self, self.telegram.make(message=message))

    def press(self, message: Got, title: str) -> Sent:
        under, data = message.buttons[title]
        here = under | {"chat": {"id": self.chat, "type": "private"}}
        return Sent(self, self.telegram.make(callback_query=self.telegram.query(self.chat, here, data)))

    def send_file(self, name: str, content: bytes, words: str = "") -> Sent:
        file_id = f"BQAC{next(NUMBERS)}"
        self.telegram.files[file_id] = content
        document = {"file_id": file_id, "file_unique_id": "u", "file_name": name, "file_size": len(content)}
        caption = {"caption": words} if words else {}
        return Sent(self, self.telegram.make(message=self.telegram.message(self.chat, document=document, **caption)))

    def got(self) -> list[Got]:
        return [self._got(one) for one in tuple(self.telegram.sent) if one["chat"]["id"] == self.chat]

    def _got(self, message: dict[str, Any]) -> Got:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = {one["text"]: (message, one["callback_data"]) for row in rows for one in row}
        file = self.telegram.given.get(message["message_id"])
        return Got(message.get("text", ""), buttons, (file[1],) if file else ())


class TelegramAdapter(Adapter):
    name = "telegram"
    takes_files = True

    def start(self, patch: pytest.MonkeyPatch) -> dict[str, Any]:
        patch.setattr(Limiter, "wait", lambda self, chat: 0.0)  # its politeness has tests of its own
        self.telegram = TelegramStandin().start()
        return {
            "telegram": "webhook",
            "telegram_token": TOKEN,
            "telegram_secret": SECRET,
            "telegram_api": self.telegram.url,
        }

    def stop(self) -> None:
        self.telegram.stop()

    def shopper(self, language: str = "en") -> Shopper:
        return TelegramShopper(self.telegram, language)

    def deliver(self, *sent: Sent) -> None:
        for one in sent:
            assert self._post(one, SECRET).status_code == 200

    def forge(self, sent: Sent) -> list[int]:
        return [self._post(sent, secret).status_code for secret in (None, "", "wrong", SECRET + "x", SECRET[:-1])]

    def fail(self, shopper: Shopper, failure: Failure) -> None:
        fault = FAULTS[failure]
        mine = Fault(fault.refusal, fault.drop, only=lambda sent: sent.get("chat_id") == str(_chat(shopper)))
        self.telegram.fault("sendMessage", mine)

    def tried(self, shopper: Shopper) -> int:
        return sum(sent["chat_id"] == str(_chat(shopper)) for sent in self.telegram.called("sendMessage"))

    def _post(self, sent: Sent, secret: str | None) -> httpx.Response:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        return self.desk.client().post(PATH, json=sent.body, headers=headers)


def _chat(shopper: Shopper) -> int:
    assert isinstance(shopper, TelegramShopper)
    return shopper.chat
