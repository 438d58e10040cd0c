"""Files: what they are by their bytes, what is left of a picture, and whom they belong to."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from handoff import attachments, conversations, erasure, giving_out, pictures
from handoff.attachments import RefusedFile, examine
from handoff.clamd import answers
from handoff.desk_model import Attachment, AttachmentContent
from handoff.file_kinds import clean_name, kind_of
from tests.standins.clamd import Clamd
from tests.unit.handoff.workbench import Bench, all_of

MOST = 1_000_000
PDF = b"%PDF-1.7\n1 0 obj\n"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 300
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42" + b"\x00" * 300
AAC = b"\xff\xf1\x50\x80\x02\x1f\xfc" + b"\x00" * 300
OGG = b"OggS\x00\x02" + b"\x00" * 300


def picture(form: str = "PNG", size: tuple[int, int] = (8, 6), **more: object) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(written, form, **more)
    return written.getvalue()


# ---- what it is ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (picture("PNG"), "a.jpg", "image/png"),
        (picture("JPEG"), "a.html", "image/jpeg"),
        (picture("WEBP"), "a", "image/webp"),
        (picture("GIF"), "a.gif", "image/gif"),
        (PDF, "a.txt", "application/pdf"),
        (MP4, "a.mp4", "video/mp4"),
        (M4A, "a.m4a", "audio/mp4"),
        (OGG, "a.ogg", "audio/ogg"),
        (AAC, "voice", "audio/aac"),
        ("Tên,Số\nLan,1".encode(), "a.CSV", "text/csv"),
        (b"just words", "a.bin", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.png", None),
        (b"  \n<!DOCTYPE html><script>alert(1)</script>", "a.txt", None),
        (b"<?xml version='1.0'?><svg/>", "a.svg", None),
        (b"\xef\xbb\xbf<html>", "a.txt", None),
        (b"MZ\x90\x00" + b"\x00" * 200, "a.pdf", None),
        (b"PK\x03\x04" + b"\x00" * 200, "a.png", None),
        (b"\x7fELF" + b"\x00" * 200, "a.txt", None),
        (b"a\x00b", "a.txt", None),
        (b"\xff\xfe\xfa", "a.txt", None),
    ],
)
def test_the_bytes_say_what_a_file_is(data: bytes, name: str, kind: str | None) -> None:
    assert kind_of(data, name) == kind


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.JPG", "photo.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\lan\\a.jpeg", "a.jpeg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe.jpg"),
        ("a\x00b\nc\u200b.jpg", "abc.jpg"),
        ('<img src=x onerror="x">.jpg', "img src=x onerror=x.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        ("x" * 500 + ".jpg", "x" * 120 + ".jpg"),
        ("Ảnh của mình.jpg", "Ảnh của mình.jpg"),
    ],
)
def test_a_name_is_only_a_name(given: str, kept: str) -> None:
    assert clean_name(given, "image/jpeg") == kept


@pytest.mark.parametrize(
    ("data", "cause"),
    [(b"", "empty"), (b"x" * (MOST + 1), "too_large"), (b"MZ\x00\x00", "kind"), (picture()[:45], "picture")],
)
def test_what_cannot_be_taken_is_refused_with_its_cause(data: bytes, cause: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        examine(data, "a", MOST)
    assert refused.value.cause == cause


# ---- pictures -----------------------------------------------------------------------------------------------------------


def test_a_picture_loses_its_place_and_what_hides_behind_it_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "at home"
    exif.get_ifd(0x8825)[1] = "N"
    given = picture("JPEG", (80, 60), exif=exif) + b"<script>alert(1)</script>"
    found = examine(given, "a.jpg", MOST)
    assert b"script" not in found.data
    assert b"at home" not in found.data
    with Image.open(io.BytesIO(found.data)) as kept:
        assert not kept.getexif()
        assert kept.size == (found.width, found.height) == (60, 80)


def test_a_moving_picture_goes_on_moving() -> None:
    written = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 120, 250)]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=50, comment=b"hidden")
    found = examine(written.getvalue(), "a.gif", MOST)
    assert b"hidden" not in found.data
    with Image.open(io.BytesIO(found.data)) as kept:
        assert getattr(kept, "n_frames", 1) == 3


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_stays_so(form: str) -> None:
    written = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(written, form)
    with Image.open(io.BytesIO(examine(written.getvalue(), "a", MOST).data)) as kept:
        assert kept.convert("RGBA").getpixel((1, 1))[3] == 0  # type: ignore[index]


def test_a_small_file_with_very_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 10_000)
    with pytest.raises(RefusedFile, match="too much"):
        examine(picture(size=(200, 200)), "bomb.png", MOST)


# ---- the scanner --------------------------------------------------------------------------------------------------------


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[Clamd]:
    standin = Clamd(tmp_path / "clamd.sock")
    yield standin
    with contextlib.suppress(OSError):  # a test may have closed it
        standin.close()


def test_a_scanner_is_asked_where_there_is_one(clamd: Clamd) -> None:
    assert examine(b"x" * 200_000, "a.txt", MOST, clamd.address).media_type == "text/plain"
    with pytest.raises(RefusedFile, match="Eicar-Test") as refused:
        examine(b"x" * 100_000 + b"EICAR", "a.txt", MOST, clamd.address)
    assert refused.value.cause == "harmful"


def test_a_scanner_that_is_away_is_told_from_a_file_that_it_cannot_read(clamd: Clamd) -> None:
    assert answers(clamd.address)
    with pytest.raises(RefusedFile, match="size limit") as refused:
        examine(b"ENDLESS", "a.txt", MOST, clamd.address)
    assert refused.value.cause == "scanner"
    assert answers(clamd.address)
    clamd.close()
    assert not answers(clamd.address)


def test_without_an_answer_of_the_scanner_nothing_is_taken(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as refused:
        examine(b"words", "a.txt", MOST, str(tmp_path / "nobody.sock"))
    assert refused.value.cause == "scanner"


# ---- whose it is --------------------------------------------------------------------------------------------------------


def put(bench: Bench, conversation_id: str, agent_id: str | None = None) -> str:
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        return attachments.add(session, conversation, agent_id, examine(PDF, "a.pdf", MOST), bench.now).id


def test_a_file_goes_out_once_and_with_who_put_it_there(bench: Bench) -> None:
    ada, ben = bench.agent("Ada"), bench.agent("Ben")
    conversation_id = bench.conversation("agent", agent=ada, channel="web")
    other = bench.conversation("agent", agent=ada, channel="web")
    file, hers, elsewhere = put(bench, conversation_id, ada), put(bench, conversation_id), put(bench, other, ada)
    bench.acts.reply(conversation_id, ada, "", "one-message", bench.now, [file])
    shown = bench.events(conversation_id)[-1].data["content"]["attachments"]
    assert [(one["id"], one["name"], one["size"]) for one in shown] == [(file, "a.pdf", len(PDF))]
    for stolen in (file, hers, elsewhere, "A" * 43):
        with pytest.raises(RefusedFile):
            bench.acts.reply(conversation_id, ada, "again", None, bench.now, [stolen])
    with pytest.raises(RefusedFile):
        bench.acts.note(conversation_id, ben, "mine", None, bench.now, [put(bench, conversation_id, ada)])
    assert bench.texts(conversation_id, "agent") == [""]


def test_a_repeated_reply_with_a_file_is_the_same_reply(bench: Bench) -> None:
    ada = bench.agent("Ada")
    conversation_id = bench.conversation("agent", agent=ada, channel="web")
    file = put(bench, conversation_id, ada)
    ids = {bench.acts.reply(conversation_id, ada, "look", "the-client-id", bench.now, [file]) for _ in range(2)}
    assert len(ids) == 1


def test_who_uploads_and_never_sends_fills_no_disk(bench: Bench) -> None:
    conversation_id = bench.conversation(channel="web")
    for _ in range(20):
        put(bench, conversation_id)
    with pytest.raises(RefusedFile) as refused:
        put(bench, conversation_id)
    assert refused.value.cause == "too_many"


def test_what_was_not_sent_is_gone_after_a_day_and_the_rest_with_its_conversation(bench: Bench) -> None:
    ada = bench.agent("Ada")
    conversation_id = bench.conversation("agent", agent=ada, channel="web")
    sent, unsent = put(bench, conversation_id, ada), put(bench, conversation_id)
    bench.acts.reply(conversation_id, ada, "look", None, bench.now, [sent])
    bench.later(hours=25)
    with bench.database.write() as session:
        erasure.sweep(session, bench.now)
        assert session.get(Attachment, unsent) is None
        contact = erasure.find(session, conversation_id=conversation_id)
        files = giving_out.export(session, contact)["conversations"][0]["files"]
        assert [(file["name"], file["content_base64"]) for file in files] == [("a.pdf", "JVBERi0xLjcKMSAwIG9iago=")]
        erasure.erase(session, contact, "test", bench.now)
        assert all_of(session, AttachmentContent) == all_of(session, Attachment) == []
