"""What is not Meta's, or not as Meta sends it, is refused with nothing stored; what comes twice is stored once."""

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from handoff import erasure
from tests.channels.wire import PSID, Wire, fb_event, fb_message, messenger, wa_message, wa_status, whatsapp
from tests.standins.meta_api import APP_SECRET, PAGE, VERIFY_TOKEN

pytestmark = pytest.mark.timeout(60)
Json = dict[str, Any]
NOTHING = dict.fromkeys(("inbound", "identity", "conversation", "message", "event", "outbox", "file_fetch"), 0)


def good(channel: str) -> Json:
    return whatsapp(wa_message("1", inside="hello")) if channel == "whatsapp" else messenger(fb_message("1", "hello"))


def changed(channel: str, *path: Any, to: Any) -> Json:
    """A good body with something else in one place; without it when `to` is ..."""
    body = copy.deepcopy(good(channel))
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return body


DEEP = b'{"object":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
CHANNELS = ("whatsapp", "messenger")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_what_is_forged_is_refused_before_it_is_read(wire: Wire, channel: str) -> None:
    body = json.dumps(good(channel)).encode()
    signed = wire.meta.signature(body)
    forged: list[tuple[bytes, dict[str, str]]] = [
        (body, {"x-nothing": "here"}),
        (body, {"x-hub-signature-256": ""}),
        (body, {"x-hub-signature-256": "sha256="}),
        (body, {"x-hub-signature-256": signed.removeprefix("sha256=")}),
        (body, {"x-hub-signature-256": signed.upper()}),
        (body, {"x-hub-signature-256": signed[:-1]}),
        (body, {"x-hub-signature-256": signed + "0"}),
        (body, {"x-hub-signature-256": "sha256=" + "0" * 64}),
        (body, {"x-hub-signature-256": wire.meta.signature(body, "another app's secret")}),
        (body, {"x-hub-signature-256": wire.meta.signature(body, "")}),
        (body, {"x-hub-signature-256": wire.meta.signature(body, VERIFY_TOKEN)}),
        (body, {"x-hub-signature": wire.meta.signature(body).replace("sha256", "sha1")}),
        (body, {"x-hub-signature-256": "sha1=" + signed.removeprefix("sha256=")}),
        (body, {"x-hub-signature-256": "ÿ" * 71}),
        (body + b" ", {"x-hub-signature-256": signed}),
        (body.replace(b"hello", b"hullo"), {"x-hub-signature-256": signed}),
        (json.dumps(good(channel), indent=1).encode(), {"x-hub-signature-256": signed}),
        (b"", {"x-hub-signature-256": signed}),
        (DEEP, {"x-hub-signature-256": signed}),
        (body, {"x-hub-signature-256": f"{signed}, {signed}"}),
        (body, {"x-hub-signature-256": " " + signed + " x"}),
    ]
    for number, (content, headers) in enumerate(forged):
        given = {name: value.encode("latin-1").decode("latin-1") for name, value in headers.items()}
        answer = await wire.http.post(
            f"/channels/{channel}/webhook",
            content=content,
            headers=[(k.encode(), v.encode("latin-1")) for k, v in given.items()],
        )
        assert answer.status_code == 401, number
    assert wire.counts() == NOTHING
    assert len(forged) >= 20
    assert await wire.raw(channel, body) == 200  # and the real one is taken


MALFORMED_EVERYWHERE: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b'"page"',
    b"{",
    b"{}",
    b"\xff\xfe{}",
    b'{"object": "user", "entry": []}',
    DEEP,
    b'{"object": "page"}',
    b'{"object": "whatsapp_business_account", "entry": {}}',
    b'{"object": "whatsapp_business_account", "entry": [1]}',
    b'{"object": "page", "entry": ["x"]}',
    b'{"object": "page", "entry": []}',
    b'{"object": "whatsapp_business_account", "entry": []}',
    b'{"object": ["page"], "entry": [{}]}',
]
NOBODYS = {"id": "wamid.1", "timestamp": "1772452800", "type": "reaction_to_nothing", "from": ""}
_MESSAGE = ("entry", 0, "changes", 0, "value", "messages", 0)
MALFORMED_WHATSAPP: list[Json] = [
    changed("whatsapp", "entry", 0, "changes", to={"field": "messages"}),
    changed("whatsapp", "entry", 0, "changes", 0, to="messages"),
    changed("whatsapp", "entry", 0, "changes", 0, "value", to=None),
    changed("whatsapp", "entry", 0, "changes", 0, "value", "metadata", to=...),
    changed("whatsapp", "entry", 0, "changes", 0, "value", "metadata", "phone_number_id", to=7),
    changed("whatsapp", "entry", 0, "changes", 0, "value", "messages", to={"0": "hello"}),
    changed("whatsapp", "entry", 0, "changes", 0, "value", "messages", to=[[]]),
    changed("whatsapp", "entry", 0, "changes", 0, "value", "contacts", to="Lan"),
    changed("whatsapp", *_MESSAGE, "id", to=...),
    changed("whatsapp", *_MESSAGE, "id", to=""),
    changed("whatsapp", *_MESSAGE, "id", to={"$ne": ""}),
    changed("whatsapp", *_MESSAGE, "id", to="w" * 513),
    changed("whatsapp", *_MESSAGE, "timestamp", to=1_700_000_000),
    changed("whatsapp", *_MESSAGE, "timestamp", to="-1"),
    changed("whatsapp", *_MESSAGE, "timestamp", to="9" * 12),
    changed("whatsapp", *_MESSAGE, "from", to=84901234567),
    changed("whatsapp", *_MESSAGE, "from", to="849 0123'; --"),
    changed("whatsapp", *_MESSAGE, "from", to="8" * 129),
    changed("whatsapp", *_MESSAGE, "text", to=...),
    changed("whatsapp", *_MESSAGE, "text", to="hello"),
    changed("whatsapp", *_MESSAGE, "text", "body", to=["hello"]),
    changed("whatsapp", *_MESSAGE, "text", "body", to="x" * 70_001),
    changed("whatsapp", *_MESSAGE, "type", to=["text"]),
    whatsapp(wa_message("1", "image", {"id": "../../me?fields=access_token"})),
    whatsapp(wa_message("1", "image", {"mime_type": "image/png"})),
    whatsapp(wa_message("1", "interactive", None)),
    whatsapp(wa_message("1", "interactive", {"button_reply": {"id": 7}})),
    changed("whatsapp", "entry", 0, "changes", 0, "value", "messages", to=[NOBODYS]),
    whatsapp(statuses=(wa_status("", "read"),)),
    whatsapp(statuses=({"status": "read"},)),
]
_EVENT = ("entry", 0, "messaging", 0)
MALFORMED_MESSENGER: list[Json] = [
    changed("messenger", "entry", 0, "id", to=7),
    changed("messenger", "entry", 0, "messaging", to={}),
    changed("messenger", *_EVENT, to=None),
    changed("messenger", *_EVENT, "sender", to=...),
    changed("messenger", *_EVENT, "sender", to=PSID),
    changed("messenger", *_EVENT, "sender", "id", to=int(PSID)),
    changed("messenger", *_EVENT, "sender", "id", to="' OR 1=1"),
    changed("messenger", *_EVENT, "sender", "id", to=""),
    changed("messenger", *_EVENT, "recipient", to=...),
    changed("messenger", *_EVENT, "timestamp", to="now"),
    changed("messenger", *_EVENT, "timestamp", to=-1),
    changed("messenger", *_EVENT, "timestamp", to=10**20),
    changed("messenger", *_EVENT, "message", to="hello"),
    changed("messenger", *_EVENT, "message", "mid", to=...),
    changed("messenger", *_EVENT, "message", "mid", to=""),
    changed("messenger", *_EVENT, "message", "text", to={"text": "hello"}),
    changed("messenger", *_EVENT, "message", "text", to="x" * 70_001),
    changed("messenger", *_EVENT, "message", "is_echo", to="no"),
    changed("messenger", *_EVENT, "message", "attachments", to={"type": "image"}),
    changed("messenger", *_EVENT, "message", "attachments", to=[{"payload": {"url": "https://x"}}]),
    changed("messenger", *_EVENT, "message", "quick_reply", to="1.0"),
    messenger(fb_event(postback={"payload": "hello"})),
    messenger(fb_event(read={"watermark": "soon"})),
    messenger(fb_event(delivery={"mids": "m_1", "watermark": 1})),
]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_what_is_malformed_is_refused_whole(wire: Wire, channel: str) -> None:
    own = MALFORMED_WHATSAPP if channel == "whatsapp" else MALFORMED_MESSENGER
    bodies = MALFORMED_EVERYWHERE + [json.dumps(body).encode() for body in own]
    for number, body in enumerate(bodies):
        assert await wire.raw(channel, body) == 400, (number, body[:300])
    assert wire.counts() == NOTHING


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_odd_one_keeps_no_other_of_its_call_out(wire: Wire, channel: str) -> None:
    def call(*odd: Json) -> Json:
        if channel == "messenger":
            return messenger(fb_message("1", "before"), *odd, fb_message("3", "after"))
        messages = [one for one in odd if "status" not in one]
        statuses = (*(one for one in odd if "status" in one), wa_status("wamid.0", "read"))
        return whatsapp(wa_message("1", inside="before"), *messages, wa_message("3", inside="after"), statuses=statuses)

    odd = (
        [wa_message("2", "document", {"id": "../1"}), wa_status("", "read"), wa_message("2", timestamp="9" * 12)]
        if channel == "whatsapp"
        else [
            fb_event(message={"text": "no id"}),
            fb_event(read={"watermark": "soon"}),
            fb_event(message={}, sender={}),
            fb_message("2", "said at no time") | {"timestamp": None},
        ]
    )
    assert await wire.channel(channel).check() == []
    for one in odd:
        assert await wire.post(channel, call(one)) == 400  # it comes again, and what is stored is known by then
        assert wire.stage.texts("shopper") == ["before", "after"]
    assert await wire.channel(channel).check() == ["malformed"]
    assert await wire.post(channel, call()) == 200
    assert wire.counts()["inbound"] == wire.counts()["message"] == 2
    wire.stage.now += timedelta(hours=25)
    assert await wire.channel(channel).check() == []


async def test_whose_contact_cannot_be_read_is_taken_for_nobody_else(wire: Wire) -> None:
    odd = {"wa_id": "84901234567", "user_id": "VN 1", "profile": {"name": "Lan"}}
    other = {"wa_id": "84907654321", "profile": {"name": "Minh"}}
    nameless = {name: value for name, value in wa_message("1", inside="hello").items() if name != "from"}
    for message, contacts in (
        (wa_message("1", inside="hello"), [odd]),  # she may be known by what cannot be read
        (nameless, [odd, other]),
        (nameless, [other, odd]),
    ):
        assert await wire.post("whatsapp", whatsapp(message, contacts=contacts)) == 400
    assert wire.counts() == NOTHING
    assert await wire.post("whatsapp", whatsapp(nameless, contacts=[other])) == 200
    assert wire.stage.texts("shopper") == ["hello"]


@pytest.mark.parametrize(
    ("channel", "body"),
    [
        *(
            ("whatsapp", whatsapp(wa_message("1", "document", {"id": "5", "caption": "hello"} | {field: None})))
            for field in ("filename", "mime_type", "sha256")
        ),
        ("whatsapp", whatsapp(wa_message("1", inside="hello") | {"from_user_id": None, "context": None})),
        ("whatsapp", whatsapp(wa_message("1", inside="hello"), contacts=[{"profile": None, "wa_id": "84901234567"}])),
        *(
            ("whatsapp", whatsapp(wa_message("1", inside="hello"), statuses=(wa_status("wamid.z", "failed", **more),)))
            for more in (
                {"errors": None},
                {"errors": [{"code": 131026, "title": "x", "message": None, "error_data": None}]},
                {"biz_opaque_callback_data": None},
                {"recipient_id": "120363@g.us", "recipient_type": "group"},
            )
        ),
        ("messenger", messenger(fb_message("1", "hello", attachments=None, quick_reply=None, is_echo=None))),
        ("messenger", messenger(fb_message("1", "hello"), {"recipient": {"id": PAGE}, "timestamp": 1, "policy_enforcement": {
            "action": "warning", "reason": "x"}})),
    ],
)  # fmt: skip
async def test_what_is_empty_is_as_if_it_were_not_there(wire: Wire, channel: str, body: Json) -> None:
    assert await wire.post(channel, body) == 200
    assert wire.stage.texts("shopper") == ["hello"]


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_call_above_the_limit_is_refused_unread(wire: Wire, channel: str) -> None:
    large = json.dumps(good(channel) | {"filler": "x" * 3_200_000}).encode()
    assert await wire.raw(channel, large) == 413
    many = [f"message {number}" for number in range(300)]
    if channel == "whatsapp":
        body = whatsapp(*(wa_message(text, inside=text) for text in many[:3])) | {"filler": "x" * 200_000}
    else:
        body = messenger(*(fb_message(text, text) for text in many[:3])) | {"filler": "x" * 200_000}
    assert await wire.post(channel, body) == 200  # more than a page may post
    assert wire.counts()["inbound"] == 3


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_replay_is_answered_and_stored_once(wire: Wire, channel: str) -> None:
    for _ in range(3):
        assert await wire.post(channel, good(channel)) == 200
    assert wire.counts()["inbound"] == wire.counts()["message"] == 1
    # After 30 days its number is forgotten; then it is its age that tells.
    wire.stage.now = wire.stage.now.replace(year=2027)
    with wire.database.write() as session:
        erasure.sweep(session, wire.stage.now)
    assert wire.counts()["inbound"] == 0
    assert await wire.post(channel, good(channel)) == 200
    assert wire.counts()["message"] == 1


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_address_is_confirmed_to_who_knows_the_verify_token(wire: Wire, channel: str) -> None:
    path = f"/channels/{channel}/webhook"
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    answer = await wire.http.get(path, params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    for wrong in (
        {"hub.verify_token": "guess"},
        {"hub.verify_token": ""},
        {"hub.verify_token": APP_SECRET},
        {"hub.verify_token": "ÿ"},
        {"hub.mode": "unsubscribe"},
    ):
        assert (await wire.http.get(path, params=asked | wrong)).status_code == 403
    assert (await wire.http.get(path)).status_code == 403
    for no_challenge in ("", "<script>alert(1)</script>", "1" * 201):
        assert (await wire.http.get(path, params=asked | {"hub.challenge": no_challenge})).status_code == 400
    assert (await wire.http.put(path)).status_code == 405


async def test_what_is_somebody_elses_is_left_alone(wire: Wire) -> None:
    """Of another number or page of the same app, of another app, echoes, reactions, and what nobody waits for."""
    stranger = {"id": "999"}
    for channel, body in (
        ("whatsapp", whatsapp(wa_message("1", inside="hello"), number="555")),
        ("whatsapp", whatsapp(wa_message("2", "reaction", {"message_id": "wamid.x", "emoji": "👍"}))),
        ("whatsapp", whatsapp(wa_message("3", "system", {"body": "changed number", "type": "user_changed_number"}))),
        ("whatsapp", {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": "message_template_status_update", "value": {"event": "APPROVED"}}]}]}),
        ("whatsapp", whatsapp(wa_message("4", inside="hello all", group_id="Y2FwaV9ncm91cDo"))),  # nor answered in private
        ("messenger", messenger(fb_message("1", "hello"), page="555")),
        ("messenger", messenger(standby=[fb_message("2", "hello")])),
        ("messenger", messenger(fb_event(message={"mid": "m_3", "text": "hi", "is_echo": True},
                                         sender={"id": PAGE}, recipient={"id": PSID}))),
        ("messenger", messenger(fb_event(message={"mid": "m_4", "text": "as the page"}, sender={"id": PAGE}))),
        ("messenger", messenger(fb_event(message={"mid": "m_5", "text": "to another"}, recipient=stranger))),
        ("messenger", messenger(fb_event(reaction={"mid": "m_1", "action": "react", "emoji": "👍"}))),
        ("messenger", messenger(fb_event(optin={"ref": "x"}))),
        ("messenger", messenger(fb_message("6", attachments=[{"type": "image", "payload": {
            "url": "https://scontent.xx.fbcdn.net/thumb.png", "sticker_id": 369239263222822}}]))),
    ):  # fmt: skip
        assert await wire.post(channel, body) == 200, body
    assert wire.counts() == NOTHING
    assert wire.meta.sent == []
