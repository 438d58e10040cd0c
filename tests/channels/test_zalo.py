"""Zalo's own wire: what it signs, what it sends and what it says no with. What all channels share is in test_contract.py."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.channels.zalo import channel, payloads
from bot.gateway import Gateway
from handoff import conversations
from handoff.clock import utc_now
from handoff.model import Conversation, Identity, Inbound, Message, Outbox
from tests.databases import Templates
from tests.integration.harness import Console, Desk, wait_for
from tests.standins.engine import EngineStandin, text
from tests.standins.zalo_api import APP_ID, OA, OA_SECRET, Fault, ZaloStandin, sign

pytestmark = pytest.mark.timeout(60)

Json = dict[str, Any]
Sends = Callable[[str, str, bytes], None]
PATH = "/channels/zalo/webhook"
DAY = 24 * 3600
TEMPLATE = {"name": "643118", "language": "vi", "text": "Chào {customer_name}, đơn {order} đã đến."}
VOICE = b"\xff\xf1\x50\x80\x02\x1f\xfc" + b"\x00" * 300
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 300


def picture(form: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 30, 30)).save(written, form)
    return written.getvalue()


PICTURE, GIF = picture("PNG"), picture("GIF")


class Wire:
    """A desk that speaks with a stand-in for Zalo, and the shoppers at the other end."""

    def __init__(self, desk: Desk, zalo: ZaloStandin, engine: EngineStandin) -> None:
        self.desk, self.zalo, self.engine = desk, zalo, engine
        self.http, self.ada = desk.client(), Console(desk, "Ada")
        self._users = iter(range(7_000_000, 8_000_000))

    def user(self) -> str:
        return str(next(self._users))

    def post(self, body: Json | bytes, signature: str | None = None, **headers: str) -> httpx.Response:
        """As Zalo posts it, well signed unless the test says otherwise."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if signature is None:
            signature = sign(raw, str(body["timestamp"]) if isinstance(body, dict) and "timestamp" in body else "1")
        return self.http.post(PATH, content=raw, headers={"X-ZEvent-Signature": signature} | headers)

    def counts(self) -> list[int | None]:
        with self.desk.database.read() as session:
            tables: tuple[Any, ...] = (Inbound, Identity, Conversation, Message, Outbox)
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    def messages(self, user: str) -> list[Json]:
        return [one["message"] for one in tuple(self.zalo.sent) if one["recipient"]["user_id"] == user]

    def said(self, user: str) -> list[str]:
        return [message.get("text", "") for message in self.messages(user)]

    def hears(self, user: str, words: str) -> None:
        wait_for(f"“{words}”", lambda: any(words in said for said in self.said(user)))

    def written(self, user: str) -> list[Json]:
        """The contents of a shopper's messages."""
        with self.desk.database.read() as session:
            hers = select(Message).join(Conversation).join(Identity).where(Identity.address == user)
            found = session.scalars(hers.where(Message.author == "shopper").order_by(Message.seq))
            return [message.content for message in found]

    def rows(self, user: str) -> list[Outbox]:
        with self.desk.database.read() as session:
            return list(session.scalars(select(Outbox).where(Outbox.address == user).order_by(Outbox.id)))


@pytest.fixture(scope="module")
def wire(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("zalo")
    engine, zalo = EngineStandin().start(), ZaloStandin().start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQDESK_PROJECT", str(folder))
        patch.setattr(channel, "_ANSWER_WITHIN_SECONDS", 30.0)  # a machine under load is no reason to be asked again
        desk = Desk(templates.new("sqlite", folder), engine.url, zalo=zalo.setup | {"templates": [TEMPLATE]}).start()
        yield Wire(desk, zalo, engine)
        desk.close()
    zalo.stop()
    engine.stop()


@pytest.fixture
def no_change(wire: Wire) -> Iterator[None]:
    """Nothing in the database changes."""
    before = wire.counts()
    yield
    assert wire.counts() == before


# ---- what is refused ------------------------------------------------------------------------------------------------


def good() -> Json:
    stamp = str(int(time.time() * 1000))
    return {
        "app_id": APP_ID, "event_name": "user_send_text", "timestamp": stamp, "sender": {"id": "66"},
        "recipient": {"id": OA}, "message": {"text": "let me in", "msg_id": "m-refused"},
    }  # fmt: skip


BODY = json.dumps(good()).encode()
STAMP = json.loads(BODY)["timestamp"]
GOOD = sign(BODY, STAMP)
HIDDEN = json.dumps(good() | {"message": {"text": '"timestamp":"1"', "msg_id": "m"}}).encode()

FORGED: dict[str, tuple[bytes, str]] = {
    "no signature": (BODY, ""),
    "only the prefix": (BODY, "mac="),
    "another word": (BODY, "mac=hello"),
    "one letter short": (BODY, GOOD[:-1]),
    "one letter more": (BODY, GOOD + "0"),
    "the prefix twice": (BODY, "mac=" + GOOD),
    "letters of other alphabets": (BODY, "mac=" + "é" * 64),
    "another secret": (BODY, sign(BODY, STAMP, secret="guessed")),
    "no secret": (BODY, sign(BODY, STAMP, secret="")),
    "another app": (BODY, sign(BODY, STAMP, app_id="1")),
    "another time": (BODY, sign(BODY, "1")),
    "of another body": (BODY.replace(b"let me in", b"let us in"), GOOD),
    "a space added": (BODY + b" ", GOOD),
    "no body": (b"", GOOD),
    "only the body signed": (BODY, sign(BODY, "", app_id="", secret="")),
    "a time that the shopper wrote": (HIDDEN, sign(HIDDEN, "1")),
    "no time at all": (b'{"app_id": "1"}', sign(b'{"app_id": "1"}', "")),
}


@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_event_is_a_401(wire: Wire, name: str) -> None:
    body, signature = FORGED[name]
    raw = [(b"x-zevent-signature", signature.encode())]
    answer = wire.http.post(PATH, content=body, headers=raw)
    assert answer.status_code == 401
    assert OA_SECRET not in answer.text


@pytest.mark.usefixtures("no_change")
def test_without_the_header_nothing_is_read(wire: Wire) -> None:
    assert wire.http.post(PATH, content=BODY).status_code == 401
    assert wire.http.get(PATH, params={"hub.challenge": "1"}).status_code == 405


MALFORMED: dict[str, bytes] = {
    "no JSON": b'{"timestamp": "%s"' % STAMP.encode(),
    "something behind": BODY + b"5",
    "a list": b'[{"timestamp": "%s"}]' % STAMP.encode(),
    "too deep": b'{"timestamp": "%s", "a": %s}' % (STAMP.encode(), b"[" * 5000),
    "no UTF-8": BODY.replace(b"let me in", b"\xff\xfe"),
}
CHANGED: dict[str, Json] = {
    "of another app": {"app_id": "1"},
    "an app that is a number": {"app_id": 5},
    "no event": {"event_name": None},
    "an event with a path": {"event_name": "../user_send_text"},
    "no sender": {"sender": None},
    "a sender that is a word": {"sender": {"id": "or 1=1"}},
    "a sender that is a number": {"sender": {"id": 66}},
    "a sender too long": {"sender": {"id": "6" * 31}},
    "no message": {"message": None},
    "no message id": {"message": {"text": "let me in"}},
    "an empty message id": {"message": {"text": "let me in", "msg_id": ""}},
    "a message id with a NUL": {"message": {"text": "let me in", "msg_id": "m\0"}},
    "a message id too long": {"message": {"text": "let me in", "msg_id": "m" * 200}},
    "words that are a list": {"message": {"text": ["let me in"], "msg_id": "m1"}},
    "an attachment that is a word": {"message": {"msg_id": "m1", "attachments": ["image"]}},
    "an address that is a number": {
        "message": {"msg_id": "m1", "attachments": [{"type": "image", "payload": {"url": 5}}]}
    },
    "an address without end": {
        "message": {"msg_id": "m1", "attachments": [{"type": "image", "payload": {"url": "https://" + "x" * 4000}}]}
    },
    "a place on no globe": {
        "message": {
            "msg_id": "m1",
            "attachments": [{"type": "location", "payload": {"coordinates": {"latitude": "nan", "longitude": "1"}}}],
        }
    },
    "attachments without end": {"message": {"msg_id": "m1", "attachments": [{"type": "image"}] * 101}},
    "words without end": {"message": {"text": "x" * 20_001, "msg_id": "m1"}},
    "a receipt without a message": {"event_name": "user_seen_message", "message": None},
    "a receipt of too many": {"event_name": "user_seen_message", "message": {"msg_ids": ["m"] * 201}},
    "yesterday's, sent again": {"timestamp": str(int((time.time() - DAY - 60) * 1000))},
    "tomorrow's": {"timestamp": str(int((time.time() + DAY) * 1000))},
    "from the year 287396": {"timestamp": "9007199254740991"},
}


@pytest.mark.usefixtures("no_change")
@pytest.mark.parametrize("name", [*MALFORMED, *CHANGED])
def test_what_is_well_signed_and_no_event_is_a_400(wire: Wire, name: str) -> None:
    changed = good() | CHANGED.get(name, {})
    body = MALFORMED.get(name) or json.dumps(changed).encode()
    assert wire.post(body, sign(body, STAMP if name in MALFORMED else changed["timestamp"])).status_code == 400


@pytest.mark.usefixtures("no_change")
def test_a_body_without_end_is_a_413(wire: Wire) -> None:
    assert wire.post(b" " * 70_000, GOOD).status_code == 413


def test_a_replayed_event_is_accepted_and_stored_once(wire: Wire) -> None:
    user = wire.user()
    body = json.dumps(wire.zalo.text(user, "only once")).encode()
    signature = sign(body, json.loads(body)["timestamp"])
    assert wire.post(body, signature).status_code == 200
    wire.hears(user, "You said: only once")
    before = wire.counts()
    assert [wire.post(body, signature.removeprefix("mac=")).status_code for _ in range(3)] == [200, 200, 200]
    assert wire.counts() == before


# ---- what is taken in, and what is left -----------------------------------------------------------------------------


@pytest.mark.usefixtures("no_change")
def test_what_is_not_for_us_is_acknowledged_and_leaves_nothing(wire: Wire) -> None:
    user = wire.user()
    follow = {"app_id": APP_ID, "event_name": "follow", "timestamp": STAMP, "follower": {"id": user}, "source": "qr"}
    ours = wire.zalo.event("oa_send_text", OA, recipient={"id": user}, message={"text": "hi", "msg_id": "m"})
    unknown = wire.zalo.event("user_feels_like_dancing", user, extra={"deep": [1, {"x": None}]})
    assert [wire.post(one).status_code for one in (follow, ours, unknown)] == [200] * 3


def test_what_is_no_file_is_taken_in_as_words_or_answered_politely(wire: Wire) -> None:
    user = wire.user()
    card = wire.zalo.attached(user, "business_card", {"thumbnail": "https://zalo.example/1.jpg"})
    assert [wire.post(card).status_code for _ in range(2)] == [200, 200]
    wire.hears(user, "I cannot read that kind of message here")
    place = {"coordinates": {"latitude": "10.7923119", "longitude": "106.7820651"}}
    wire.post(wire.zalo.attached(user, "location", place, "Cơm Coffee New Sky"))
    wire.hears(user, "You said: Cơm Coffee New Sky\nhttps://www.openstreetmap.org/?mlat=10.792312&mlon=106.782065")
    wire.post(
        wire.zalo.attached(user, "link", {"url": "https://shop.example/tea", "title": "Tea"}, "is this in stock?")
    )
    wire.hears(user, "You said: is this in stock?\nhttps://shop.example/tea")
    assert sum("cannot read" in words for words in wire.said(user)) == 1


@pytest.mark.parametrize(
    ("kind", "data", "media_type"),
    [
        ("image", PICTURE, "image/png"),
        ("gif", GIF, "image/gif"),
        ("sticker", PICTURE, "image/png"),
        ("audio", VOICE, "audio/aac"),
        ("video", VIDEO, "video/mp4"),
    ],
)
def test_a_picture_a_sticker_and_a_voice_are_fetched(wire: Wire, kind: str, data: bytes, media_type: str) -> None:
    user, words = wire.user(), f"look at this {kind}"
    wire.zalo.media[kind] = data
    payload = {"url": f"{wire.zalo.url}/media/{kind}", "thumbnail": "https://zalo.example/small.jpg", "id": "7"}
    wire.post(wire.zalo.attached(user, kind, payload, words))

    def here() -> Json | None:
        (one,) = wire.written(user)
        (file,) = one["attachments"]
        return file if file.get("size") else None

    found = wait_for("the file", here)
    assert (found["media_type"], found["size"]) == (media_type, len(data))
    assert wire.written(user)[0]["text"] == words


@pytest.mark.parametrize(
    "address", ["https://zalo.example/1.jpg", "http://169.254.169.254/latest", "file:///etc/passwd", "x"]
)
def test_what_lies_anywhere_else_is_not_fetched_and_the_shopper_is_told(wire: Wire, address: str) -> None:
    user = wire.user()
    wire.post(wire.zalo.attached(user, "image", {"url": address}))
    wire.hears(user, "I could not get your file")
    assert [one["state"] for one in wire.written(user)[0]["attachments"]] == ["failed"]


def test_more_files_than_fit_into_a_message_are_refused_in_words(wire: Wire) -> None:
    user = wire.user()
    event = wire.zalo.attached(user, "image", {"url": f"{wire.zalo.url}/media/none"})
    event["message"]["attachments"] *= 11
    assert wire.post(event).status_code == 200
    wire.hears(user, "Send up to 10 files in a message")
    assert wire.written(user) == []


def test_what_cannot_be_read_is_said(wire: Wire) -> None:
    user = wire.user()
    for words in ("\u200b\u202e", "x" * 6000, "f" * 32 + ".0"):
        assert wire.post(wire.zalo.text(user, words)).status_code == 200
    for told in ("nothing to read", "6000", "That button belongs to an earlier conversation."):
        wire.hears(user, told)
    assert wire.rows(user) == []


def test_more_buttons_than_zalo_draws_are_numbered_and_a_number_is_a_press(wire: Wire) -> None:
    user = wire.user()
    wire.engine.on("all of them", text("Which?", *[(f"Way {n}", f"/way{n}") for n in range(1, 8)]))
    wire.post(wire.zalo.text(user, "all of them"))
    wire.hears(user, "7. Way 7")
    wire.engine.on("/way6", text("That one."))
    wire.post(wire.zalo.text(user, "6"))
    wire.hears(user, "That one.")


def test_a_long_answer_comes_in_parts_with_its_buttons_below(wire: Wire) -> None:
    user, words = wire.user(), " ".join(f"w{number:04}" for number in range(700))
    wire.engine.on("everything", text(words, ("Enough " * 20, "/stop")))
    wire.post(wire.zalo.text(user, "everything"))
    wire.hears(user, "w0699")
    sent = [one["message"] for one in wire.zalo.sent if one["recipient"]["user_id"] == user][1:]
    assert " ".join(one["text"] for one in sent) == words
    assert ["attachment" in one for one in sent] == [False, False, True]
    (button,) = sent[-1]["attachment"]["payload"]["buttons"]
    assert (button["type"], len(button["title"])) == ("oa.query.hide", payloads.LONGEST_TITLE)


def test_delivered_and_seen_are_noted_once_and_never_for_strangers(wire: Wire) -> None:
    user = wire.user()
    wire.post(wire.zalo.text(user, "hello there"))
    wire.hears(user, "You said: hello there")
    row = wait_for("its id", lambda: next((one for one in wire.rows(user)[1:] if one.provider_id), None))

    def event(name: str, whom: str, **message: Any) -> None:
        assert wire.post(wire.zalo.event(name, OA, recipient={"id": whom}, message=message)).status_code == 200

    event("user_seen_message", wire.user(), msg_ids=[row.provider_id])
    assert wire.rows(user)[1].read_at is None
    event("user_received_message", user, msg_id=row.provider_id)
    assert (wire.rows(user)[1].delivered_at is not None, wire.rows(user)[1].read_at) == (True, None)
    event("user_seen_message", user, msg_ids=["unknown", row.provider_id])
    assert wire.rows(user)[1].read_at is not None


# ---- what agents send -----------------------------------------------------------------------------------------------


@pytest.fixture
def sends(wire: Wire) -> Sends:
    """Ada sends a file to a shopper, who has written before."""

    def send(user: str, name: str, content: bytes) -> None:
        wire.post(wire.zalo.text(user, f"hello {user}"))
        wire.hears(user, "You said: hello")
        conversation_id = wire.rows(user)[0].conversation_id
        with wire.desk.database.write() as session:
            conversation = conversations.lock(session, conversation_id)
            conversation.owner, conversation.agent_id = "agent", wire.ada.id
        path = f"/desk/api/conversations/{conversation_id}/files"
        file = wire.ada.http.post(path, params={"name": name}, content=content).raise_for_status().json()["id"]
        assert wire.ada.act(conversation_id, "reply", text=f"look {user}", files=[file]).status_code == 201

    return send


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("a.png", PICTURE, "image"), ("a.gif", GIF, "gif"), ("Hóa đơn.pdf", b"%PDF-1.7\n%%EOF", "file")],
)
def test_an_agents_file_is_uploaded_and_shown(wire: Wire, sends: Sends, name: str, content: bytes, kind: str) -> None:
    user = wire.user()
    wire.zalo.fault("/upload/" + kind, Fault(drop="after"), Fault(error=-216))
    sends(user, name, content)
    found = wait_for(
        "the file", lambda: next((one for m in wire.messages(user) if (one := wire.zalo.file_of(m))), None)
    )
    assert found[:2] == (kind, name)
    row = wait_for("it to be sent", lambda: next((one for one in wire.rows(user)[2:] if one.state == "sent"), None))
    # Of the upload that was not answered the shopper has nothing, so nothing is there twice.
    assert (row.why, row.uncertain) == (None, False)
    assert wire.said(user).count(f"look {user}") == 1


@pytest.mark.parametrize(("where", "fault"), [("/upload/file", Fault(error=-201)), ("/message/cs", Fault(error=-210))])
def test_a_file_that_zalo_refuses_goes_as_a_link_and_the_agent_is_told(
    wire: Wire, sends: Sends, where: str, fault: Fault
) -> None:
    user = wire.user()
    mine = Fault(fault.error, only=lambda asked: "file" in asked or "attachment" in asked.get("message", {}))
    wire.zalo.fault(where, mine)
    sends(user, "invoice.pdf", b"%PDF-1.7\n%%EOF")
    wire.hears(user, "invoice.pdf: http")
    row = wait_for("it to be sent", lambda: next((one for one in wire.rows(user)[2:] if one.state == "sent"), None))
    assert (row.why, str(row.error).startswith("invoice.pdf: ")) == ("as_link", True)
    shown = wire.ada.reads(row.conversation_id)["events"]
    assert [one["why"] for one in shown if one["kind"] == "delivery" and one["state"] == "sent"][-1] == row.why
    # What Zalo says later of the same message takes nothing of this away.
    seen = wire.zalo.event("user_seen_message", OA, recipient={"id": user}, message={"msg_ids": [row.provider_id]})
    assert wire.post(seen).status_code == 200
    shown = wire.ada.reads(row.conversation_id)["events"]
    assert [one["why"] for one in shown if one["kind"] == "delivery" and one["state"] == "read"] == [row.why]


def test_what_zalo_does_not_take_is_a_link_at_once(wire: Wire, sends: Sends) -> None:
    user, uploads = wire.user(), len(wire.zalo.uploaded)
    sends(user, "parcels.csv", b"a,b\n1,2\n")
    wire.hears(user, "parcels.csv: http")
    row = wait_for("it to be sent", lambda: next((one for one in wire.rows(user)[2:] if one.state == "sent"), None))
    assert (row.why, len(wire.zalo.uploaded)) == (None, uploads)


# ---- when the free time is over --------------------------------------------------------------------------------------


def test_a_template_goes_out_by_its_id_with_its_variables_by_name(wire: Wire) -> None:
    user = wire.user()
    wire.zalo.variables["643118"] = {"customer_name", "order"}
    wire.post(wire.zalo.text(user, "hello"))
    wire.hears(user, "You said: hello")
    conversation_id = wire.rows(user)[0].conversation_id
    with wire.desk.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        conversation.owner, conversation.agent_id = "agent", wire.ada.id
        identity = session.get_one(Identity, conversation.identity_id)
        identity.wrote_at = utc_now() - timedelta(hours=49)
    window = wire.ada.reads(conversation_id)["window"]
    assert [one["name"] for one in window["templates"]] == ["643118"]
    free_until, paid_until = (datetime.fromisoformat(window["free"][one]) for one in ("until", "paid_until"))
    assert free_until < utc_now() < paid_until
    late = wire.ada.act(conversation_id, "reply", text="too late")
    assert (late.status_code, late.json()["detail"]["reason"]) == (422, "window_over")

    wire.zalo.fault("/message/template", Fault(error=-216))  # the token is exchanged, and it is sent once
    values = {"order": "A-1", "customer_name": "Lan"}
    chosen = {"name": "643118", "language": "vi", "values": values}
    assert wire.ada.act(conversation_id, "template", **chosen, client_id="client-0001").status_code == 201

    def settled(state: str) -> Outbox:
        return wait_for(state, lambda: next((one for one in wire.rows(user)[-1:] if one.state == state), None))

    row = settled("sent")
    (sent,) = [one for one in wire.zalo.templated if one["user_id"] == user]
    assert (sent["template_data"], sent["message_id"]) == (values, row.provider_id)
    # It can be seen like any message, and refused like any.
    seen = wire.zalo.event("user_seen_message", OA, recipient={"id": user}, message={"msg_ids": [row.provider_id]})
    assert wire.post(seen).status_code == 200
    assert wire.rows(user)[-1].read_at is not None
    del wire.zalo.variables["643118"]
    assert wire.ada.act(conversation_id, "template", **chosen, client_id="client-0002").status_code == 201
    dead = settled("dead")
    assert (dead.why, dead.error) == ("refused", "Template ID invalid (-109)")


# ---- trouble --------------------------------------------------------------------------------------------------------


def test_a_desk_that_cannot_store_makes_zalo_send_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    user = wire.user()
    event = wire.zalo.text(user, "hold on to this")
    with monkeypatch.context() as broken_disk:

        def fail(self: Session) -> None:
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

        broken_disk.setattr(Session, "flush", fail)
        assert wire.post(event).status_code == 503
    assert wire.post(event).status_code == 200
    wire.hears(user, "You said: hold on to this")


def test_a_desk_that_is_slow_says_so_in_time_and_stores_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    user, receive, begun = wire.user(), Gateway.receive, threading.Event()

    def slow(self: Gateway, *given: Any) -> Any:
        begun.wait(5)
        return receive(self, *given)

    monkeypatch.setattr(Gateway, "receive", slow)
    monkeypatch.setattr(channel, "_ANSWER_WITHIN_SECONDS", 0.05)
    event = wire.zalo.text(user, "take your time")
    assert wire.post(event).status_code == 503
    begun.set()
    wire.hears(user, "You said: take your time")
    monkeypatch.undo()
    assert wire.post(event).status_code == 200
    assert wire.said(user).count("You said: take your time") == 1


def test_an_expired_token_is_exchanged_and_the_message_sent_once(wire: Wire) -> None:
    user = wire.user()
    wire.post(wire.zalo.text(user, "before"))
    wire.hears(user, "You said: before")
    exchanged = len(wire.zalo.exchanged)
    wire.zalo.access_tokens.clear()
    wire.post(wire.zalo.text(user, "after"))
    wire.hears(user, "You said: after")
    assert len(wire.zalo.exchanged) == exchanged + 1
    assert [row.attempts for row in wire.rows(user)] == [1, 1, 1]


@pytest.mark.parametrize(("code", "why"), [(-213, "shopper"), (-230, "window"), (-224, "package"), (-201, "refused")])
def test_a_refusal_is_parked_with_its_reason_and_zalos_words(wire: Wire, code: int, why: str) -> None:
    user = wire.user()
    wire.zalo.fault("/message/cs", *[Fault(error=code, only=lambda asked: asked["recipient"]["user_id"] == user)] * 2)
    wire.post(wire.zalo.text(user, "are you there?"))
    rows = wait_for("both to be parked", lambda: [row for row in wire.rows(user) if row.state == "dead"][1:])
    assert (rows[0].why, rows[0].error) == (why, f"as the test wants it ({code})")
    assert (rows[0].attempts, rows[0].uncertain) == (1, False)
