"""What every answer carries, and what no request may do."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import Body, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from bot.http.guards import CONTENT_SECURITY_POLICY, LARGEST_BODY, BodyLimit, SecurityHeaders

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(openapi_url=None)

    @app.post("/raw")
    async def raw(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    @app.post("/json")
    async def json(body: dict[str, str] = Body()) -> dict[str, int]:  # noqa: B008
        return {"fields": len(body)}

    @app.post("/unread")
    async def unread() -> PlainTextResponse:
        return PlainTextResponse("the body does not matter")

    @app.get("/own")
    async def own() -> PlainTextResponse:
        return PlainTextResponse("", headers={"referrer-policy": "no-referrer"})

    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


async def in_pieces(size: int, first: bytes = b"") -> AsyncIterator[bytes]:
    """A body whose length is not declared."""
    yield first
    while size > 0:
        yield b"x" * min(size, 8192)
        size -= 8192


@pytest.mark.parametrize("path", ["/raw", "/json", "/unread"])
async def test_a_body_declared_too_large_is_refused_at_once(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert str(LARGEST_BODY // 1024) in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/raw", "/json"])
async def test_a_body_that_grows_too_large_is_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(
        path, content=in_pieces(4 * LARGEST_BODY, b'{"a": "'), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert str(LARGEST_BODY // 1024) in answer.json()["detail"]


async def test_no_more_of_an_endless_body_is_read_than_needed(client: httpx.AsyncClient) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 100 * LARGEST_BODY:
            taken += 1024
            yield b"x" * 1024

    await client.post("/raw", content=endless())
    assert taken <= LARGEST_BODY + 1024


async def test_the_largest_body_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post("/raw", content=b"x" * LARGEST_BODY)).text == str(LARGEST_BODY)
    assert (await client.post("/raw", content=in_pieces(LARGEST_BODY))).text == str(LARGEST_BODY)


@pytest.mark.parametrize("length", ["-1", "1e9", "0x10", "", "٣"])
async def test_a_length_that_is_no_number_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post("/raw", content=in_pieces(10), headers={b"content-length": length.encode()})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/raw", 200), ("GET", "/nowhere", 404), ("DELETE", "/raw", 405), ("POST", "/json", 422)],
)
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


async def test_a_refused_body_carries_them_too(client: httpx.AsyncClient) -> None:
    answer = await client.post("/raw", content=b"x" * (LARGEST_BODY + 1))
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


async def test_a_route_may_say_otherwise(client: httpx.AsyncClient) -> None:
    assert (await client.get("/own")).headers.get_list("referrer-policy") == ["no-referrer"]


def test_scripts_and_styles_come_from_the_desk_alone_and_nobody_frames_it() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == rules["form-action"] == "'self'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_what_is_no_request_passes_untouched() -> None:
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        raise AssertionError("nobody asks")

    async def ignore(message: Message) -> None:
        raise AssertionError("nobody answers")

    await SecurityHeaders(BodyLimit(inner))({"type": "websocket", "headers": []}, nothing, ignore)
    assert seen == ["websocket"]


async def test_an_answer_that_has_begun_is_not_answered_twice() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": (await receive())["body"], "more_body": True})

    sent: list[Message] = []

    async def endless() -> Message:
        return {"type": "http.request", "body": b"x" * 1024, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyLimit(echo)({"type": "http", "path": "/", "headers": []}, endless, send)
    assert [message.get("status") for message in sent if message["type"] == "http.response.start"] == [200]
    assert sum(len(message.get("body", b"")) for message in sent) == LARGEST_BODY
