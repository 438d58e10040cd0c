"""Everything from outside is hostile: each of these fails closed, with a clear answer, and nothing in the desk breaks."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.http.guards import LARGEST_BODY
from bot.messages import LONGEST_TEXT
from handoff.model import Conversation, Message
from tests.integration.harness import Console, Desk, Visitor
from tests.standins.engine import EngineStandin

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.fixture
def stored(desk: Desk) -> Iterator[list[int]]:
    """Counts conversations and messages before the test; afterwards there must be as many."""

    def count() -> list[int]:
        with desk.database.read() as session:
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Conversation, Message)]

    before = count()
    yield before
    assert count() == before


# ---- other people's conversations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer invented",
        "Basic {token}",
        "bearer {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer {id}",
    ],
)
@pytest.mark.parametrize(
    "request_", [("GET", "/events"), ("POST", "/messages"), ("POST", "/read")], ids=lambda one: one[1]
)
def test_without_a_visitors_own_token_there_is_nothing(
    desk: Desk, lan: Visitor, authorization: str, request_: tuple[str, str]
) -> None:
    lan.says("a secret")
    before = lan.state()
    given = authorization.format(token=lan.token, id=lan.conversation_id)
    bodies = {"/messages": {"text": "hi", "client_id": uuid.uuid4().hex}, "/read": {"seq": 1}}
    method, path = request_
    answer = desk.client().request(
        method, f"/api/chat{path}", json=bodies.get(path), headers={b"authorization": given.encode()}
    )
    assert answer.status_code == 401
    assert "secret" not in answer.text
    assert lan.state() == before


def test_naming_another_conversation_shows_ones_own(lan: Visitor, minh: Visitor) -> None:
    lan.says("a secret")
    minh.says("mine")
    other = lan.conversation_id
    for params in ({"conversation": other}, {"conversation_id": other, "token": lan.token}, {"identity": other}):
        found = minh.http.get("/api/chat/events", params=params).json()
        assert found["conversation"] == minh.conversation_id
        assert "a secret" not in json.dumps(found)
    assert minh.http.get(f"/api/chat/conversations/{other}").status_code == 404


@pytest.mark.parametrize(
    "more",
    [
        {"author": "agent"},
        {"sender": "bot"},
        {"type": "notice"},
        {"private": True},
        {"note": True},
        {"user_id": "0" * 32},
        {"agent_id": "0" * 32},
        {"conversation_id": "0" * 32},
        {"seq": 1},
        {"content": {"type": "notice", "text": "hi"}},
        {"metadata": {"button": "/restart"}},
        {"external_id": "x"},
        {"__proto__": {}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_nobody_becomes_somebody_else_by_sending_more_fields(lan: Visitor, stored: list[int], more: Any) -> None:
    answer = lan.send(text="hi", **more)
    assert answer.status_code == 422
    assert next(iter(more)) in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "hi"},
        {"client_id": "browser-1"},
        {"client_id": "browser-1", "text": None},
        {"client_id": "browser-1", "text": 7},
        {"client_id": "browser-1", "text": ["hi"]},
        {"client_id": "browser-1", "text": "hi", "button": "x.0"},
        {"client_id": "browser-1", "text": "hi", "language": 7},
        {"client_id": "browser-1", "text": "hi", "language": "x" * 100},
        {"client_id": "browser-1", "button": "x" * 1000},
        {"client_id": "short", "text": "hi"},
        {"client_id": "x" * 65, "text": "hi"},
        {"client_id": "browser 1", "text": "hi"},
        {"client_id": "browser-1\n", "text": "hi"},
        {"client_id": "browser-1\x00", "text": "hi"},
        {"client_id": ["browser-1"], "text": "hi"},
        [],
        "hi",
        7,
        None,
    ],
    ids=lambda body: ascii(body)[:60],
)
def test_a_malformed_message_is_refused_and_nothing_is_stored(lan: Visitor, stored: list[int], body: Any) -> None:
    assert lan.http.post("/api/chat/messages", json=body).status_code == 422


# ---- hostile text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("re\x00fund", "refund"),
        ("\u202eevil\u202c", "evil"),
        ("\u200b\u200bhidden\ufeff", "hidden"),
        ("\x1b[31mred", "[31mred"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("'; DROP TABLE message; --", "'; DROP TABLE message; --"),
        ("{{7*7}} ${7*7} %s {0}", "{{7*7}} ${7*7} %s {0}"),
        ("👩‍👩‍👧 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤", "👩‍👩‍👧 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤"),
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_hostile_words_are_stored_as_the_words_they_are(lan: Visitor, sent: str, kept: str) -> None:
    lan.says(sent)
    assert lan.texts("shopper") == [kept]


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\u200b\ufeff", "\u202e"], ids=ascii)
def test_a_message_of_nothing_is_refused_with_a_reason(lan: Visitor, stored: list[int], text: str) -> None:
    answer = lan.send(text=text)
    assert answer.status_code == 422
    assert answer.json()["detail"] == {"reason": "The message is empty.", "most": LONGEST_TEXT}


@pytest.mark.parametrize("length", [LONGEST_TEXT + 1, 10_000])
def test_a_message_that_is_too_long_is_refused_with_the_limit(lan: Visitor, stored: list[int], length: int) -> None:
    answer = lan.send(text="x" * length)
    assert answer.status_code == 422
    assert answer.json()["detail"]["most"] == LONGEST_TEXT
    assert str(length) in answer.json()["detail"]["reason"]


def test_the_longest_message_arrives_however_it_is_written_down(lan: Visitor) -> None:
    """An emoji is twelve bytes in JSON's escapes; the limit of the body leaves room for a full message of them."""
    longest = "😀" * LONGEST_TEXT
    assert lan.http.post(
        "/api/chat/messages",
        content=json.dumps({"client_id": uuid.uuid4().hex, "text": longest}, ensure_ascii=True),
        headers={"content-type": "application/json"},
    ).status_code == 202  # fmt: skip
    lan.answered()
    assert lan.texts("shopper") == [longest]


@pytest.mark.parametrize(
    "said", ["/restart", " /restart", "/ /restart", "//restart", "\u00a0/\u3000/restart"], ids=ascii
)
def test_a_shopper_cannot_command_the_engine(lan: Visitor, engine: EngineStandin, said: str) -> None:
    lan.says(said)
    asked = [one["message"] for one in engine.asked if one["sender"].startswith(lan.conversation_id)]
    assert asked == ["restart"]
    assert lan.texts("shopper") == [said.strip()]


@pytest.mark.parametrize("language", ["en\x00", "../../etc", "zz", "en-US-x-evil"])
def test_a_language_that_is_none_is_english(desk: Desk, lan: Visitor, language: str) -> None:
    lan.send(text="hello", language=language)
    lan.answered()
    assert desk.conversation(lan.conversation_id).language == "en"


# ---- hostile bodies -----------------------------------------------------------------------------------------------------

PATHS = ["/api/chat/messages", "/api/chat/read"]


@pytest.mark.parametrize("path", [*PATHS, "/api/chat/visitors", "/desk/login", "/nowhere"])
def test_an_oversize_body_is_refused_everywhere(lan: Visitor, stored: list[int], path: str) -> None:
    answer = lan.http.post(path, content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("path", [*PATHS, "/desk/login"])
def test_an_oversize_body_that_hides_its_length_is_refused(
    desk: Desk, lan: Visitor, stored: list[int], path: str
) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(3 * LARGEST_BODY // 1024):
            yield b"x" * 1024

    headers = {
        "content-type": "application/x-www-form-urlencoded" if "login" in path else "application/json",
        "origin": desk.url,
    }
    assert lan.http.post(path, content=pieces(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b'{"text": "hi", "client_id": "browser-1"',
        b'{"text": "\xff\xfe", "client_id": "browser-1"}',
        b"\xef\xbb\xbf{}",
        b"[" * 30_000,
        b'{"text":' * 8_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"text": "hi", "client_id": "browser-1", "seq": 1e999}',
        b"\x00" * 100,
    ],
    ids=lambda content: ascii(content[:30]),
)
@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_no_json_of_ours_is_refused(lan: Visitor, stored: list[int], path: str, content: bytes) -> None:
    answer = lan.http.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("field", ["text", "button", "language", "client_id"])
def test_half_a_character_breaks_nothing(desk: Desk, lan: Visitor, field: str) -> None:
    """JSON can name half of a surrogate pair, which no database can store."""
    body = {"text": "hi", "client_id": uuid.uuid4().hex, "language": "en"}
    if field == "button":
        del body["text"]
    content = json.dumps(body | {field: "browser-\ud800.0"})
    answer = lan.http.post("/api/chat/messages", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in ((202, 422) if field in ("text", "language") else (422,))
    if answer.status_code == 202:
        lan.answered()
        assert "\ud800" not in lan.texts("shopper")[0]


def test_what_was_refused_is_not_repeated_in_the_answer(lan: Visitor) -> None:
    answer = lan.send(text="hi", language="a-private-word-that-is-too-long")
    assert answer.status_code == 422
    assert "private-word" not in answer.text


# ---- addresses ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["/static", "/static/desk", "/static/chat"])
@pytest.mark.parametrize(
    "way",
    [
        "/../../../pyproject.toml", "/..%2f..%2f..%2fpyproject.toml", "/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
        "/..\\..\\pyproject.toml", "/....//....//pyproject.toml", "//etc/passwd", "/%00", "/../templates/desk.html",
        "/../routes.py", "/%252e%252e/routes.py", "/.", "/",
    ],
)  # fmt: skip
def test_static_files_lead_nowhere_else(desk: Desk, root: str, way: str) -> None:
    answer = desk.raw("GET", root + way)
    assert answer.status in (400, 404, 405)
    content: bytes = answer.content  # type: ignore[attr-defined]
    for secret in (b"[project]", b"root:", b"import ", b"{{"):
        assert secret not in content


def test_static_files_are_there_and_are_what_they_say(desk: Desk) -> None:
    client = desk.client()
    for path, kind in (
        ("/static/theme.js", "javascript"),
        ("/static/desk/desk.css", "css"),
        ("/static/lotus.svg", "svg"),
    ):
        answer = client.get(path)
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/.env", "/var/faqdesk.sqlite", "/engine"]
)
def test_nothing_inside_is_served(desk: Desk, path: str) -> None:
    assert desk.client().get(path).status_code == 404


@pytest.mark.parametrize(
    "conversation_id", ["' OR '1'='1", "%00", "..%2f..", "%", "x" * 3000, "0 OR 1=1"], ids=lambda one: one[:12]
)
def test_a_hostile_conversation_id_finds_nothing(desk: Desk, ada: Console, conversation_id: str) -> None:
    cookie = f"faqdesk_desk={ada.http.cookies['faqdesk_desk']}"
    path = "/desk/api/conversations/" + conversation_id.replace(" ", "%20").replace("'", "%27")
    assert desk.raw("GET", path, cookie=cookie).status in (404, 405)
