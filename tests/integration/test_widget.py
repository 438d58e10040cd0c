"""The chat on the shop's own pages, over the wire: who may use it, whom it believes, and what it hands out."""

import hashlib
import hmac
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.channels.web.setup import WidgetSetup
from handoff.contact_model import ContactKey
from handoff.model import Contact, Identity, Message, VisitorSession
from tests.databases import Templates
from tests.integration.harness import Console, Desk, Visitor
from tests.standins.engine import EngineStandin, handoff

SECRET = "the shop's own secret, 32 or more"
SHOP = "https://www.shop.example"
TABLES = (Contact, Identity, VisitorSession, Message, ContactKey)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Iterator[Desk]:
    """One for all: each test has shoppers of its own."""
    folder = tmp_path_factory.mktemp("widget")
    engine = EngineStandin().start()
    engine.on("a person, please", handoff("a person, please"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQDESK_PROJECT", str(folder))
        widget = {"secret": SECRET, "origins": [SHOP, "http://localhost:3000"]}
        made = Desk(templates.new("sqlite", folder), engine.url, widget=widget).start()
    yield made
    made.close()
    engine.stop()


def signed(user: str) -> str:
    """What the shop's server puts into its page."""
    return hmac.new(SECRET.encode(), user.encode(), hashlib.sha256).hexdigest()


class User(Visitor):
    """A browser whose page says who she is; `before` is what it had been until then."""

    def __init__(self, desk: Desk, user: str, before: Visitor | None = None, **more: Any) -> None:
        self.desk, self.language = desk, "en"
        headers = {"authorization": f"Bearer {before.token}"} if before else {}
        body = {"user": user, "signature": signed(user), **more}
        self.token = desk.client(**headers).post("/api/chat/visitors", json=body).raise_for_status().json()["token"]
        self.reload()


def stored(desk: Desk) -> list[int]:
    """How many rows the tables have that a stranger must not add to."""
    with desk.database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def somebody() -> str:
    return uuid.uuid4().hex


# ---- who she is ---------------------------------------------------------------------------------------------------------


def test_a_user_has_the_same_conversation_on_every_device(desk: Desk) -> None:
    lan = somebody()
    laptop, phone = User(desk, lan, name="Lan"), User(desk, lan)
    laptop.says("hello from the laptop")
    assert phone.texts("shopper") == ["hello from the laptop"]
    phone.says("and from the phone")
    assert laptop.texts("shopper") == ["hello from the laptop", "and from the phone"]
    with desk.database.read() as session:
        names = session.scalars(select(Contact.name).join(ContactKey).where(ContactKey.value == lan))
        assert list(names) == ["Lan"]


def test_what_a_browser_wrote_before_she_signed_in_is_hers_and_goes_on(desk: Desk) -> None:
    browser = Visitor(desk)
    browser.says("where is my order")
    conversation_id = browser.conversation_id

    lan = User(desk, somebody(), before=browser)

    assert lan.conversation_id == conversation_id
    assert lan.texts("shopper") == ["where is my order"]
    lan.says("here again")
    assert lan.texts("shopper") == ["where is my order", "here again"]
    assert browser.http.get("/api/chat/events").status_code == 401, "the old token opens nothing of hers"


def test_a_message_that_is_sent_again_after_signing_in_is_stored_once(desk: Desk) -> None:
    browser, client_id = Visitor(desk), somebody()
    first = browser.send(text="once", client_id=client_id).json()
    lan = User(desk, somebody(), before=browser)
    again = lan.send(text="once", client_id=client_id)
    assert (again.status_code, again.json()) == (202, {"id": first["id"], "duplicate": True})
    assert lan.texts("shopper") == ["once"]


def test_of_two_open_conversations_the_one_with_people_goes_on(desk: Desk) -> None:
    name = somebody()
    User(desk, name).says("with the bot, on another device")
    browser = Visitor(desk)
    browser.says("a person, please")

    lan = User(desk, name, before=browser)

    assert lan.texts("shopper") == ["a person, please"]
    assert lan.state()["owner"] == "queue"
    before = lan.http.get("/api/chat/earlier").json()["events"]
    assert [e["content"]["text"] for e in before if e["author"] == "shopper"] == ["with the bot, on another device"]


def test_what_two_people_have_with_agents_is_left_to_the_agents(desk: Desk) -> None:
    name, browser = somebody(), Visitor(desk)
    User(desk, name).says("a person, please")
    browser.says("a person, please")
    anonymous = browser.conversation_id

    lan = User(desk, name, before=browser)

    assert lan.conversation_id != anonymous
    shown = Console(desk, "Ada").http.get(f"/desk/api/conversations/{lan.conversation_id}/shopper").json()
    assert {story["id"] for story in shown["stories"]} == {lan.conversation_id, anonymous}
    assert shown["can_merge_into"] == [anonymous]


def test_a_browser_of_one_user_is_never_joined_to_another(desk: Desk) -> None:
    lan = User(desk, somebody())
    lan.says("this is mine")
    minh = User(desk, somebody(), before=lan)
    assert minh.state()["conversation"] is None
    assert minh.http.get("/api/chat/earlier").json() == {"events": []}
    assert lan.texts("shopper") == ["this is mine"]


def test_leaving_makes_the_token_nobodys_and_keeps_what_was_written(desk: Desk) -> None:
    name = somebody()
    lan = User(desk, name)
    lan.says("hello")
    assert lan.http.delete("/api/chat/visitors").status_code == 204
    assert lan.http.get("/api/chat/events").status_code == 401
    assert User(desk, name).texts("shopper") == ["hello"]


def test_the_launcher_tells_how_much_is_unread_to_whom_it_belongs(desk: Desk) -> None:
    lan, minh = Visitor(desk), Visitor(desk)
    lan.says("hello")
    bots = len(lan.texts("bot"))

    def count(client: httpx.Client) -> int:
        return int(client.get("/api/chat/launcher").json()["count"])

    assert (count(lan.http), count(minh.http), count(desk.client())) == (bots, 0, 0)
    lan.http.post("/api/chat/read", json={"seq": lan.state()["last"]})
    assert count(lan.http) == 0


_GOOD = {"user": "42", "signature": signed("42")}


@pytest.mark.parametrize(
    "body",
    [
        _GOOD | {"signature": "0" * 64}, _GOOD | {"signature": signed("43")}, _GOOD | {"user": "43"},
        _GOOD | {"user": "42 "}, _GOOD | {"user": "４２"}, _GOOD | {"signature": signed("42").upper()},
        _GOOD | {"signature": signed("42")[:-1]}, _GOOD | {"signature": ""}, _GOOD | {"signature": None}, {"user": "42"},
        {"signature": signed("42")}, _GOOD | {"user": 42}, _GOOD | {"user": ["42"]}, _GOOD | {"user": ""},
        {"user": "", "signature": signed("")}, {"user": "a\x00b", "signature": signed("a\x00b")},
        {"user": "x" * 201, "signature": signed("x" * 201)}, _GOOD | {"name": "x" * 121}, _GOOD | {"name": "a\u202eb"},
        _GOOD | {"author": "agent"}, _GOOD | {"contact_id": "0" * 32}, _GOOD | {"email": "lan@shop.example"}, [_GOOD],
        "42", _GOOD | {"signature": hashlib.sha256((SECRET + "42").encode()).hexdigest()},
        _GOOD | {"signature": hmac.new(b"", b"42", hashlib.sha256).hexdigest()},
        _GOOD | {"signature": hmac.new(SECRET.encode(), b"42", hashlib.sha1).hexdigest()},
    ],
)  # fmt: skip
def test_a_forged_or_malformed_user_is_refused_and_nothing_is_stored(desk: Desk, body: Any) -> None:
    before = stored(desk)
    assert desk.client().post("/api/chat/visitors", json=body).status_code in (401, 422)
    assert stored(desk) == before


def until(user: str, expires: int) -> dict[str, Any]:
    """What the shop's server says of her that holds until then."""
    signature = hmac.new(SECRET.encode(), f"{user}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return {"user": user, "expires": expires, "signature": signature}


def test_a_signature_may_say_until_when_it_holds(desk: Desk) -> None:
    user, soon = somebody(), int(desk.now().timestamp()) + 60
    client = desk.client()

    def come(body: Any) -> httpx.Response:
        return client.post("/api/chat/visitors", json=body)

    lan = desk.client(authorization=f"Bearer {come(until(user, soon)).raise_for_status().json()['token']}")
    before = stored(desk)
    forged = [
        until(user, soon) | {"expires": soon + 1}, until(user, soon) | {"user": somebody()},
        {"user": user, "signature": until(user, soon)["signature"]}, until(user, soon) | {"signature": signed(user)},
        # Neither form can be passed off as the other.
        {"user": f"{user}\n{soon}", "signature": until(user, soon)["signature"]},
        until(user, soon) | {"expires": str(soon)}, until(user, soon) | {"expires": soon + 0.5},
        until(user, -1), until(user, 2**60),
    ]  # fmt: skip
    assert {come(body).status_code for body in forged} <= {401, 422}
    assert stored(desk) == before
    over = come(until(user, soon - 61))
    assert (over.status_code, over.json()["detail"]["cause"]) == (401, "expired")
    assert "load the page again" in over.json()["detail"]["reason"]
    desk.ahead = timedelta(seconds=120)
    try:
        assert come(until(user, soon)).status_code == 401
        assert lan.get("/api/chat/events").status_code == 200, "who is signed in stays so"
        assert come({"user": user, "signature": signed(user)}).status_code == 201, "the form without a time holds"
    finally:
        desk.ahead = timedelta()


def test_a_shop_can_demand_that_signatures_end(
    desk: Desk, templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    strict = Desk(
        templates.new("sqlite", tmp_path), "http://127.0.0.1:9", widget={"secret": SECRET, "expiry_required": True}
    )
    strict.start()
    client, soon = strict.client(), int(strict.now().timestamp()) + 60
    old = client.post("/api/chat/visitors", json={"user": "42", "signature": signed("42")})
    assert (old.status_code, "expiry" in old.json()["detail"]) == (401, True)
    assert client.post("/api/chat/visitors", json=until("42", soon)).status_code == 201
    assert client.post("/api/chat/visitors").status_code == 201, "anonymous visitors are another setting's"
    strict.close()
    with pytest.raises(ValidationError, match="expiry_required is set"):
        WidgetSetup(expiry_required=True)


def test_an_oversize_or_unreadable_body_is_refused(desk: Desk) -> None:
    before, client = stored(desk), desk.client(**{"content-type": "application/json"})
    assert client.post("/api/chat/visitors", content=b'{"user": "' + b"x" * 70_000).status_code == 413
    for wrong in (b"{", b"\xff\xfe", b"[" * 60_000, b'{"user": "\\ud800", "signature": ""}'):
        assert client.post("/api/chat/visitors", content=wrong).status_code in (400, 422)
    assert stored(desk) == before


# ---- from where ---------------------------------------------------------------------------------------------------------

STRANGERS = [
    "https://www.shop.example.evil.net", "https://evil.net/https://www.shop.example", "http://www.shop.example",
    "https://www.shop.example:444", "https://shop.example", "https://a.www.shop.example", "https://wwwxshop.example",
    "https://www.shop.example.", "HTTPS://WWW.SHOP.EXAMPLE", "https://www.shop.example ,https://evil.net", "null", "*",
    "file://", "https://", "http://localhost:3001", "http://localhost", "https://user@www.shop.example", "x",
]  # fmt: skip


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_page_of_any_other_origin_gets_nothing(desk: Desk, origin: str) -> None:
    before, client = stored(desk), desk.client(origin=origin)
    for method, path in (("POST", "visitors"), ("GET", "config"), ("OPTIONS", "messages"), ("GET", "launcher")):
        answer = client.request(method, f"/api/chat/{path}", headers={"access-control-request-method": "POST"})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    assert client.get("/static/chat/panel.js").status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{desk.port}/api/chat/socket", origin=origin, proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    assert stored(desk) == before


def test_two_origins_at_once_are_none(desk: Desk) -> None:
    answer = desk.client().post("/api/chat/visitors", headers=[("origin", SHOP), ("origin", "https://evil.net")])
    assert answer.status_code == 403


def test_a_listed_page_may_do_what_the_chat_needs(desk: Desk) -> None:
    shop = desk.client(origin=SHOP)
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization, content-type"}
    may = shop.options("/api/chat/messages", headers=asked)
    assert (may.status_code, may.headers["access-control-allow-origin"]) == (200, SHOP)
    assert "access-control-allow-credentials" not in may.headers
    for path in ("/api/chat/config", "/static/chat/panel.js", "/widget.js", "/api/chat/events"):
        answer = shop.get(path)
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert "origin" in answer.headers["vary"].lower()
    lan = Visitor(desk)
    line = connect(f"ws://127.0.0.1:{desk.port}/api/chat/socket", origin=SHOP, proxy=None)  # type: ignore[arg-type]
    line.send(f'{{"token": "{lan.token}"}}')
    assert line.recv(5) == '{"hello":true}'
    line.close()


@pytest.mark.parametrize("path", ["/desk/login", "/help", "/health", "/", "/desk/api/list"])
def test_listed_pages_get_leave_for_nothing_but_the_chat(desk: Desk, path: str) -> None:
    assert "access-control-allow-origin" not in desk.client(origin=SHOP).get(path).headers


def test_only_the_chats_own_page_may_be_framed_and_by_listed_pages_alone(desk: Desk) -> None:
    client = desk.client()
    policy = client.get("/chat").headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors 'self' {SHOP} http://localhost:3000")
    for path in ("/", "/desk/login", "/help"):
        assert client.get(path).headers["content-security-policy"].endswith("frame-ancestors 'none'")


# ---- by e-mail ----------------------------------------------------------------------------------------------------------


def test_without_mail_there_are_no_transcripts(desk: Desk) -> None:
    lan = Visitor(desk)
    lan.says("hello")
    assert lan.http.get("/api/chat/config").json()["transcript"] is False
    assert lan.http.post("/api/chat/transcript", json={"email": "lan@shop.example"}).status_code == 404
