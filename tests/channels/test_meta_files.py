"""Files that shoppers send by WhatsApp and Messenger, and files that agents send them."""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from handoff import erasure, file_fetches, giving_out
from handoff.desk_model import Attachment, AttachmentContent
from handoff.media_model import FileFetch
from handoff.model import Message, Outbox
from handoff.outbox import MOST_ATTEMPTS, Delivery
from tests.channels.wire import Wire, fb_message, messenger, wa_message, whatsapp
from tests.standins.meta_api import Fault

pytestmark = pytest.mark.timeout(60)
LAN = "84901234567"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def png(width: int = 3, height: int = 2) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def photo(number: str, media: str = "901", **more: Any) -> dict[str, Any]:
    return wa_message(number, "image", {"id": media, "mime_type": "image/png", "sha256": "x"} | more)


async def test_a_photo_is_shown_at_once_and_stays_when_it_has_come(wire: Wire) -> None:
    wire.meta.media["901"] = ("image/png", png())
    assert await wire.post("whatsapp", whatsapp(photo("1", caption="it arrived broken"))) == 200
    coming = wire.content("shopper")
    (file,) = coming["attachments"]
    assert (coming["text"], file["state"], file["name"]) == ("it arrived broken", "coming", "image")
    await wire.fetch()
    (kept,) = wire.content("shopper")["attachments"]
    assert kept == {
        "id": file["id"], "name": "image.png", "media_type": "image/png", "size": kept["size"], "width": 3, "height": 2
    }  # fmt: skip
    assert wire.rows(FileFetch) == []
    (row,) = wire.rows(Attachment)
    assert (row.id, row.agent_id) == (file["id"], None)
    assert row.message_id == wire.told("file")[0]["message_id"]
    assert Image.open(io.BytesIO(wire.rows(AttachmentContent)[0].data)).size == (3, 2)
    stored = {message.id: message.content for message in wire.rows(Message)}
    assert wire.replay(wire.conversation_id) == stored  # a screen that follows the events sees what is stored

    # A file without words is nothing that the bot can answer, and it says so.
    await wire.post("whatsapp", whatsapp(photo("2")))
    assert wire.stage.texts("bot")[-1].startswith("I have your file, but I cannot look into files.")
    assert [turn.text for turn in wire.stage.turns()] == ["it arrived broken"]


async def test_messenger_brings_several_files_by_their_addresses(wire: Wire) -> None:
    wire.meta.media["1"], wire.meta.media["2"] = ("image/png", png()), ("application/pdf", PDF)
    given = [
        {"type": "image", "payload": {"url": f"{wire.meta.url}/media/1"}},
        {"type": "file", "payload": {"url": f"{wire.meta.url}/media/2"}},
        {"type": "file", "payload": {"url": "https://169.254.169.254/latest/meta-data"}},
        {"type": "location", "payload": {}},
    ]
    await wire.post("messenger", messenger(fb_message("1", attachments=given)))
    await wire.fetch()
    files = wire.content("shopper")["attachments"]
    assert [(one["name"], one.get("state")) for one in files] == [
        ("image.png", None), ("file.pdf", None), ("file", "failed")
    ]  # fmt: skip
    assert "I could not get your file “file”. Please send it again." in wire.stage.texts("desk")
    # Twelve at once are two messages, since one of ours shows ten.
    await wire.post("messenger", messenger(fb_message("2", attachments=given[:1] * 12)))
    counts = [
        len(message.content.get("attachments", ())) for message in wire.rows(Message) if message.author == "shopper"
    ]
    assert sorted(counts) == [2, 3, 10]


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("image/png", b"<svg onload=alert(1)>", "This kind of file cannot be sent here."),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"0" * 50, "The picture cannot be read"),
        ("image/png", b"", "The file is empty."),
        ("video/mp4", b"0" * 200_001, "The file is too large; up to 0 MB"),
        ("", b"", "I could not get your file “image”."),  # it is gone
    ],
    ids=["kind", "picture", "empty", "too large", "gone"],
)
async def test_what_is_not_taken_is_said_to_the_shopper_and_shown_to_people(
    wire: Wire, kind: str, data: bytes, told: str
) -> None:
    if kind:
        wire.meta.media["901"] = (kind, data)
    await wire.post("whatsapp", whatsapp(photo("1", caption="look")))
    await wire.fetch()
    (file,) = wire.content("shopper")["attachments"]
    assert file["state"] == "failed"
    assert told in wire.stage.texts("desk")[0]
    assert (wire.rows(FileFetch), wire.rows(Attachment)) == ([], [])


async def test_a_file_is_tried_again_until_it_is_given_up(wire: Wire) -> None:
    wire.meta.media["901"] = ("image/png", png())
    wire.meta.fault("/901", Fault(503, 2), Fault(400, 4, headers={"retry-after": "7"}))
    await wire.post("whatsapp", whatsapp(photo("1", caption="look"), photo("2", "902", caption="and")))
    wire.meta.media["902"] = ("image/png", png())
    await wire.fetch()
    waits = {row.ref: (row.not_before - wire.stage.now).total_seconds() for row in wire.rows(FileFetch)}
    assert 1 < waits["901"] < 3  # and the other one came
    wire.stage.now += timedelta(seconds=5)
    await wire.fetch()
    assert [(row.not_before - wire.stage.now).total_seconds() for row in wire.rows(FileFetch)] == [7]
    wire.meta.fault("/901", *[Fault(drop="before")] * 10)
    for _ in range(MOST_ATTEMPTS):
        wire.stage.now += timedelta(minutes=20)
        await wire.fetch()
    assert wire.rows(FileFetch) == []
    assert wire.stage.texts("desk") == ["I could not get your file “image”. Please send it again."]
    asked = len([call for call in wire.meta.calls if call.path.endswith("/901")])
    assert asked == MOST_ATTEMPTS + 1  # who is asked to wait has not failed


async def test_a_file_waits_while_its_channel_is_off_but_not_for_ever(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wire.post("whatsapp", whatsapp(photo("1", caption="look")))
    monkeypatch.setattr(wire._fetching, "_sources", lambda name: None)
    for _ in range(MOST_ATTEMPTS + 2):
        await wire.fetch()
        wire.stage.now += timedelta(minutes=5)
    assert len(wire.rows(FileFetch)) == 1
    wire.stage.now += timedelta(days=6)
    for _ in range(MOST_ATTEMPTS):
        await wire.fetch()
        wire.stage.now += timedelta(minutes=5)
    assert wire.rows(FileFetch) == []
    assert wire.content("shopper")["attachments"][0]["state"] == "failed"


async def test_a_worker_that_lost_its_lease_and_one_whose_shopper_was_erased_change_nothing(wire: Wire) -> None:
    wire.meta.media["901"] = ("image/png", png())
    await wire.post("whatsapp", whatsapp(photo("1", caption="look")))
    with wire.database.write() as session:
        (slow,) = file_fetches.take(session, wire.stage.now, 10)
    with wire.database.write() as session:
        assert file_fetches.take(session, wire.stage.now, 10) == []
    wire.stage.now += timedelta(minutes=2)
    with wire.database.write() as session:
        (quick,) = file_fetches.take(session, wire.stage.now, 10)
    await wire._fetching.fetch(slow)
    assert wire.content("shopper")["attachments"][0]["state"] == "coming"
    with wire.database.write() as session:
        shopper = erasure.find(session, channel="whatsapp", address=LAN)
        assert giving_out.export(session, shopper)["conversations"][0]["files_to_come"][0]["name"] == "image"
        erasure.erase(session, shopper, "test", wire.stage.now)
    await wire._fetching.fetch(quick)
    assert (wire.rows(FileFetch), wire.rows(Attachment), wire.rows(Message)) == ([], [], [])


async def test_nobody_makes_the_desk_fetch_without_end(wire: Wire) -> None:
    for number in range(file_fetches.MOST_AT_ONCE + 3):
        assert await wire.post("whatsapp", whatsapp(photo(str(number), str(number)))) == 200
    assert len(wire.rows(FileFetch)) == file_fetches.MOST_AT_ONCE
    await wire.settled()
    assert "That is more than can be sent at once. Send up to 10 files in a message." in wire.meta.texts(LAN)


# ---- what agents send -----------------------------------------------------------------------------------------------


async def test_an_agents_files_are_uploaded_and_what_is_not_taken_is_a_link(wire: Wire) -> None:
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.answer()
    conversation_id = wire.conversation_id
    agent = wire.agent_has(conversation_id)
    given = [(png(), "label.png"), (PDF, "invoice.pdf"), (b"a,b\n1,2\n", "parcels.csv")]
    files = [wire.put_file(conversation_id, agent, data, name) for data, name in given]
    wire.acts.reply(conversation_id, agent, "Here they are", None, wire.stage.now, files)
    wire.meta.fault("/media", Fault(503, 2))  # the words are there, the first file is not
    await wire.deliver()
    wire.stage.now += timedelta(minutes=1)
    await wire.deliver()
    words, picture, document, link = wire.meta.sent[-4:]
    assert words["text"]["body"] == "Here they are"
    assert wire.meta.texts(LAN).count("Here they are") == 1
    assert wire.meta.uploaded[picture["image"]["id"]][:2] == ("label.png", "image/png")
    assert document["document"]["filename"] == "invoice.pdf"
    assert wire.meta.uploaded[document["document"]["id"]][2] == PDF
    assert link["biz_opaque_callback_data"].endswith(".4.4.0")
    name, _, address = link["text"]["body"].partition(": ")
    assert name == "parcels.csv"
    assert {row.state for row in wire.rows(Outbox)} == {"sent"}

    # The link works for whoever has it, for a while, and is good for nothing else.
    assert address.startswith("https://shop.example/files/")
    path = address.removeprefix("https://shop.example")
    answer = await wire.http.get(path)
    assert (answer.status_code, answer.text) == (200, "a,b\n1,2\n")
    assert answer.headers["content-disposition"].startswith("attachment")
    signed = urlsplit(path)
    other = f"/files/{files[1]}?{signed.query}"
    later = path.replace("until=1", "until=2")
    for wrong in (other, later, path[:-1], signed.path, f"{signed.path}?until=99999999999&signature=", f"{path}ÿ"):
        assert (await wire.http.get(wrong)).status_code == 404, wrong
    wire.stage.now += timedelta(days=8)
    assert (await wire.http.get(path)).status_code == 404


async def test_a_file_that_is_refused_goes_as_a_link_and_the_agent_is_told(wire: Wire) -> None:
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    await wire.answer()
    agent = wire.agent_has(wire.conversation_id)
    file = wire.put_file(wire.conversation_id, agent, PDF, "invoice.pdf")
    wire.acts.reply(wire.conversation_id, agent, "", None, wire.stage.now, [file])
    wire.meta.fault("/media", Fault(400, 131053, details="Media upload error"))
    await wire.deliver()
    assert wire.meta.texts(LAN)[-1].startswith("invoice.pdf: https://shop.example/files/")
    row = wire.rows(Outbox)[-1]
    assert (row.state, row.uncertain) == ("sent", False)
    assert (row.why, row.error) == ("as_link", "invoice.pdf: Media upload error (131053)")
    told = wire.told("delivery")[-1]
    assert (told["why"], told["error"]) == (row.why, row.error)


async def test_messenger_takes_files_by_upload(wire: Wire) -> None:
    await wire.post("messenger", messenger(fb_message("1", "hello")))
    await wire.answer()
    agent = wire.agent_has(wire.conversation_id)
    file = wire.put_file(wire.conversation_id, agent, png(), "label.png")
    wire.acts.reply(wire.conversation_id, agent, "", None, wire.stage.now, [file])
    await wire.deliver()
    sent = wire.meta.sent[-1]["message"]
    assert sent["attachment"]["type"] == "image"
    assert wire.meta.uploaded[sent["attachment"]["payload"]["attachment_id"]][1] == "image/png"


async def test_a_channel_that_sends_text_gets_links(wire: Wire) -> None:
    await wire.post("whatsapp", whatsapp(wa_message("1", inside="hello")))
    agent = wire.agent_has(wire.conversation_id)
    file = wire.put_file(wire.conversation_id, agent, PDF, "invoice.pdf")
    wire.acts.reply(wire.conversation_id, agent, "Here", None, wire.stage.now, [file])
    content = wire.content("agent")
    given = Delivery(1, wire.conversation_id, "m", "telegram", "7", 1, content, "agent", "en")
    shown = await wire.files.in_words(given)
    assert str(shown.content["text"]).startswith("Here\n\ninvoice.pdf: https://shop.example/files/")
    assert "attachments" not in shown.content
    assert (await wire.files.in_words(shown)) is shown
