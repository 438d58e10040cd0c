"""Security headers stand on every answer of the desk: pages, JSON, files, refusals, and what went wrong inside."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from bot.http.guards import CONTENT_SECURITY_POLICY, LARGEST_BODY
from tests.integration.harness import Desk, Visitor

MakeDesk = Callable[..., Desk]
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/chat", 200),
        ("GET", "/health", 200),
        ("GET", "/help", 302),
        ("GET", "/help/en", 503),
        ("GET", "/help/xx", 404),
        ("GET", "/desk", 302),
        ("GET", "/desk/login", 200),
        ("GET", "/desk/api/list", 401),
        ("POST", "/desk/login", 403),
        ("GET", "/static/theme.js", 200),
        ("GET", "/static/chat/chat.js", 200),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/api/chat/config", 200),
        ("GET", "/api/chat/events", 401),
        ("POST", "/api/chat/messages", 422),
        ("GET", "/nowhere", 404),
        ("PUT", "/", 405),
        ("TRACE", "/", 405),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_every_answer_carries_them(desk: Desk, method: str, path: str, status: int, accept: str) -> None:
    answer = desk.client(accept=accept).request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_refused_body_carries_them(desk: Desk) -> None:
    answer = desk.client().post("/api/chat/messages", content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize(
    ("error", "status"),
    [(RuntimeError("a secret detail"), 500), (OperationalError("SELECT secret", None, Exception("detail")), 503)],
    ids=["fault", "database away"],
)
def test_what_went_wrong_inside_carries_them_and_tells_nothing(
    own_desk: MakeDesk, error: Exception, status: int, accept: str
) -> None:
    desk = own_desk()
    desk.stop()

    def add_routes(app: FastAPI) -> None:
        @app.get("/boom")
        async def boom() -> None:
            raise error

    desk.add_routes = add_routes
    desk.start()
    answer = desk.client(accept=accept).get("/boom")
    assert answer.status_code == status
    for secret in ("secret", "detail is", "Traceback", "RuntimeError", "SELECT"):
        assert secret not in answer.text
    assert accept in answer.headers["content-type"]
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", ["/", "/chat", "/help/en", "/desk/login", "/nowhere"])
def test_pages_hold_no_script_or_style_that_the_policy_would_refuse(desk: Desk, path: str) -> None:
    page = desk.client(accept="text/html").get(path).text.lower()
    assert "<!doctype html>" in page
    for refused in ("<script>", "<style", " style=", " onclick=", " onload=", "javascript:", "http://", "//cdn"):
        assert refused not in page.replace("http://www.w3.org", "")


def test_the_language_cookie_is_for_the_server_alone(desk: Desk) -> None:
    flags = desk.client().get("/?lang=vi").headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=lax" in flags
    assert "set-cookie" not in desk.client().get("/?lang=../x").headers


def test_a_visitors_token_comes_in_no_cookie_and_no_address(desk: Desk, lan: Visitor) -> None:
    answer = desk.client().post("/api/chat/visitors")
    assert "set-cookie" not in answer.headers
    assert desk.client().get("/api/chat/events", params={"token": lan.token}).status_code == 401
