"""Agents' files to Telegram: the library's own calls, against the stand-in for the Bot API."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from telegram import Bot

from bot.channels.outgoing_files import OutgoingFile, OutgoingFiles
from bot.channels.telegram import outgoing_files
from bot.channels.telegram.transport import Limiter, TelegramTransport
from handoff.clock import utc_now
from handoff.outbox import Delivery, Sent, TransportError
from tests.standins.telegram_api import BAD_GATEWAY, BLOCKED, TOKEN, Fault, Refusal, TelegramStandin

pytestmark = pytest.mark.timeout(60)
AN = 7001
PDF = b"%PDF-1.7\n%%EOF"
Say = Callable[..., Sent]


class Files(OutgoingFiles):
    """Without a database."""

    def __init__(self) -> None:
        super().__init__(None, "https://shop.example", utc_now)  # type: ignore[arg-type]
        self.kept: dict[str, OutgoingFile] = {}

    async def read(self, file_id: str) -> OutgoingFile | None:
        return self.kept.get(file_id)

    async def link(self, file_id: str) -> str:
        return f"https://shop.example/files/{file_id}"

    def put(self, name: str, media_type: str, data: bytes, **more: Any) -> dict[str, Any]:
        self.kept[name] = OutgoingFile(name, media_type, data)
        facts: dict[str, Any] = {"id": name, "name": name, "media_type": media_type, "size": len(data)}
        return facts | {"width": None, "height": None} | more


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def say(telegram: TelegramStandin, files: Files) -> Say:
    """Send a message with files once; returns what the outbox is told."""
    telegram.make(message=telegram.message(AN, "hello"))

    async def send(shown: list[dict[str, Any]], text: str = "") -> Sent:
        async with Bot(TOKEN, f"{telegram.url}/bot") as bot:
            sender = TelegramTransport(lambda: bot, Limiter(), files)
            content: dict[str, object] = {"type": "text", "text": text, "attachments": shown}
            return await sender.send(Delivery(1, "c", "m", "telegram", str(AN), 1, content, "agent", "en"))

    def said(shown: list[dict[str, Any]], text: str = "") -> Sent:
        # The limiter would make each file wait a second.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Limiter, "wait", lambda self, chat: 0.0)
            return asyncio.run(send(shown, text))

    return said


def png(width: int = 8, height: int = 6) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(written, "PNG")
    return written.getvalue()


def test_a_picture_is_shown_and_everything_else_is_a_document(
    telegram: TelegramStandin, files: Files, say: Say
) -> None:
    shown = [
        files.put("label.png", "image/png", png(), width=8, height=6),
        files.put("Hóa đơn.pdf", "application/pdf", PDF),
        files.put("moves.gif", "image/gif", b"GIF89a", width=8, height=6),
        files.put("ribbon.png", "image/png", png(210, 10), width=210, height=10),
    ]
    sent = say(shown, "Here they are")
    assert [kind for m in telegram.sent for kind in ("text", "photo", "document") if kind in m] == [
        "text", "photo", "document", "document", "document"
    ]  # fmt: skip
    given = [telegram.given[m["message_id"]] for m in telegram.sent[1:]]
    assert given == [(one["name"], files.kept[one["id"]].data) for one in shown]
    assert sent == Sent(str(telegram.sent[-1]["message_id"]))


def test_a_picture_that_is_refused_goes_as_a_document_without_a_word(
    telegram: TelegramStandin, files: Files, say: Say
) -> None:
    telegram.fault("sendPhoto", Fault(Refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")))
    sent = say([files.put("label.png", "image/png", png(), width=8, height=6)])
    assert ["document" in m for m in telegram.sent] == [True]
    assert sent.why is None


@pytest.mark.parametrize(
    "refusal", [Refusal(400, "Bad Request: wrong file identifier"), Refusal(413, "Request Entity Too Large")]
)
def test_a_file_that_is_refused_goes_as_a_link_with_a_remark(
    telegram: TelegramStandin, files: Files, say: Say, refusal: Refusal
) -> None:
    telegram.fault("sendDocument", Fault(refusal))
    sent = say([files.put("invoice.pdf", "application/pdf", PDF)], "look")
    assert telegram.said(AN) == ["look", "invoice.pdf: https://shop.example/files/invoice.pdf"]
    assert (sent.why, sent.said.startswith("invoice.pdf: ")) == ("as_link", True)
    assert str(refusal).removeprefix("Bad Request: ").lower() in sent.said.lower()
    assert TOKEN not in sent.said


def test_what_is_too_large_is_a_link_and_never_uploaded(
    telegram: TelegramStandin, files: Files, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing_files, "LARGEST_PHOTO", 10)
    monkeypatch.setattr(outgoing_files, "LARGEST_DOCUMENT", 200)
    big = files.put("big.pdf", "application/pdf", PDF * 20)
    assert say([files.put("label.png", "image/png", png(), width=8, height=6), big]).why is None
    assert ["document" in m for m in telegram.sent] == [True, False]
    assert telegram.said(AN)[-1] == "big.pdf: https://shop.example/files/big.pdf"


@pytest.mark.parametrize(
    ("fault", "permanent", "uncertain"),
    [(Fault(drop="after"), False, True), (BAD_GATEWAY, False, False), (Fault(BLOCKED), True, False)],
)
def test_what_went_wrong_is_told_as_of_text(
    telegram: TelegramStandin, files: Files, say: Say, fault: Fault, permanent: bool, uncertain: bool
) -> None:
    telegram.fault("sendDocument", fault)
    with pytest.raises(TransportError) as caught:
        say([files.put("invoice.pdf", "application/pdf", PDF)])
    assert (caught.value.permanent, caught.value.uncertain) == (permanent, uncertain)
    assert telegram.said(AN) == ([""] if fault.drop else [])


def test_a_file_that_was_erased_meanwhile_is_parked(telegram: TelegramStandin, files: Files, say: Say) -> None:
    shown = files.put("invoice.pdf", "application/pdf", PDF)
    files.kept.clear()
    with pytest.raises(TransportError, match="erased") as caught:
        say([shown])
    assert caught.value.permanent
