"""The action server: a token on every route, plain errors, and nothing of a request in them."""

import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sanic import Sanic

from actions.server import all_actions, create_app
from actions.understanding import UnderstandingService
from tests.unit.actions.action_builders import ORDER, OneOrder, shut

TOKEN = "a-token-of-this-test"
BEARER = {"authorization": f"Bearer {TOKEN}"}
SECRET = "eve-reads-this@evil.example"


@asynccontextmanager
async def served(
    service: UnderstandingService, orders: OneOrder, token: str
) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    """The real server on a free port of this machine, and a client that sends no token by itself."""
    app = create_app(service, orders, token)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server: Any = await app.create_server(sock=listening, access_log=False)
        await server.startup()
        await server.start_serving()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            yield app, client
        server.close()
        await server.wait_closed()


@pytest.fixture(autouse=True)
def _many_apps_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sanic, "test_mode", True)


@pytest.fixture
def orders() -> OneOrder:
    return OneOrder()


@pytest.fixture
async def server(service: UnderstandingService, orders: OneOrder) -> AsyncIterator[tuple[Any, httpx.AsyncClient]]:
    async with served(service, orders, TOKEN) as running:
        yield running


@pytest.fixture
def ask(server: tuple[Any, httpx.AsyncClient]) -> Callable[..., Awaitable[httpx.Response]]:
    async def asked(method: str, path: str, **how: Any) -> httpx.Response:
        return await server[1].request(method, path, headers=BEARER, **how)

    return asked


Ask = Callable[..., Awaitable[httpx.Response]]


def call(action: str, *, text: str = "x", **slots: Any) -> dict[str, Any]:
    message = {"text": text, "intent": {"name": "inform"}, "entities": [], "metadata": {}}
    tracker = {"sender_id": "c.1", "slots": slots, "latest_message": message, "events": [], "active_loop": {}}
    return {"next_action": action, "sender_id": "c.1", "tracker": tracker, "domain": {}}


def routes(app: Any) -> list[tuple[str, str]]:
    """Every method and path that the server answers, with something in the place of parameters."""
    return [
        (method, "/" + "/".join("x" if part.startswith("<") else part for part in route.path.split("/")))
        for route in app.router.routes
        for method in route.methods
    ]


async def test_every_route_is_known_to_these_tests(server: tuple[Any, httpx.AsyncClient]) -> None:
    assert sorted(routes(server[0])) == [
        ("GET", "/articles"),
        ("GET", "/articles/x/x"),
        ("GET", "/health"),
        ("GET", "/order"),
        ("GET", "/search"),
        ("POST", "/model/parse"),
        ("POST", "/webhook"),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"authorization": ""}, {"authorization": TOKEN}, {"authorization": "Bearer"}, {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"}, {"authorization": f"Bearer {TOKEN[:-1]}"}, {"x-token": TOKEN},
        {"authorization": f"bearer {TOKEN.upper()}"}, {"authorization": "Bearer tokén".encode()},
    ],
)  # fmt: skip
async def test_without_the_token_every_route_is_closed(
    server: tuple[Any, httpx.AsyncClient], orders: OneOrder, headers: dict[str, Any]
) -> None:
    app, client = server
    tracked = call("action_track_order", order_number=ORDER.number, order_contact=ORDER.email)
    for method, path in routes(app):
        body = tracked if method == "POST" else None
        response = await client.request(method, path, headers=headers, json=body, params={"token": TOKEN})
        assert (path, response.status_code, response.json()) == (path, 401, {"error": "wrong token"})
    assert orders.asked == []


async def test_with_the_token_every_route_is_open(server: tuple[Any, httpx.AsyncClient], ask: Ask) -> None:
    for method, path in routes(server[0]):
        response = await ask(method, path, **({"json": call("action_helpful")} if method == "POST" else {}))
        assert response.status_code != 401


async def test_without_a_token_set_the_machine_itself_may_ask(service: UnderstandingService) -> None:
    async with served(service, OneOrder(), "") as (_, client):
        assert (await client.get("/health")).json() == {"status": "ok", "release": service.release.id}


MALFORMED = [b"", b"{", b"[]", b'"text"', b"7", b"null", b"\xff\xfe", b'{"text": "\xff"}', b"[" * 50_000, b"\x00"]


@pytest.mark.parametrize("path", ["/webhook", "/model/parse"])
@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:12]))
async def test_a_malformed_body_is_refused(ask: Ask, path: str, body: bytes) -> None:
    response = await ask("POST", path, content=body)
    assert response.status_code == 400
    assert set(response.json()) == {"error"}


@pytest.mark.parametrize(
    "body", [{}, {"text": None}, {"text": 7}, {"text": "x", "metadata": [1]}, {"text": "x", "metadata": "y"}]
)
async def test_a_message_without_text_is_refused(ask: Ask, body: dict[str, Any]) -> None:
    response = await ask("POST", "/model/parse", json=body)
    assert (response.status_code, response.json()) == (400, {"error": "text must be text, metadata an object"})


@pytest.mark.parametrize(
    "body",
    [
        {}, {"next_action": ""}, {"next_action": ["action_helpful"]}, {"next_action": "action_helpful"},
        {"next_action": "action_helpful", "tracker": "x", "domain": {}},
        {"next_action": "action_helpful", "tracker": {}, "domain": {}},
    ],
)  # fmt: skip
async def test_a_call_without_action_or_tracker_is_refused(ask: Ask, body: dict[str, Any]) -> None:
    assert (await ask("POST", "/webhook", json=body)).status_code == 400


@pytest.mark.parametrize("action", ["action_unknown", "utter_greet", "__class__", "../health"])
async def test_an_unknown_action_is_not_found(ask: Ask, action: str) -> None:
    response = await ask("POST", "/webhook", json=call(action))
    assert response.status_code == 404
    assert response.json()["action_name"] == action


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/webhook", 405), ("POST", "/health", 405), ("GET", "/articles/en/../..", 404)],
)
async def test_other_routes_are_plain_errors(ask: Ask, method: str, path: str, status: int) -> None:
    response = await ask(method, path)
    assert (response.status_code, set(response.json())) == (status, {"error"})


async def test_an_action_is_run_and_its_words_and_slots_come_back(ask: Ask) -> None:
    response = await ask(
        "POST", "/webhook", json=call("action_track_order", order_number=ORDER.number, order_contact=ORDER.phone)
    )
    body = response.json()
    assert response.status_code == 200
    assert [message["custom"]["kind"] for message in body["responses"]] == ["order_lookup", "order"]
    assert {e["name"]: e["value"] for e in body["events"]} == {
        "outcome": "found",
        "order_misses": 0,
        "offered": "nothing",
    }


async def test_an_error_in_an_action_tells_nothing_of_the_request(
    ask: Ask, orders: OneOrder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    orders.failure = RuntimeError("something broke")
    body = call("action_track_order", text=f"my address is {SECRET}", order_number="CS-204518", order_contact=SECRET)
    response = await ask("POST", "/webhook", json=body)
    assert (response.status_code, response.json()) == (500, {"error": "RuntimeError"})
    assert "/webhook failed" in caplog.text
    assert SECRET not in caplog.text
    assert SECRET not in str(response.headers)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/model/parse", {"text": SECRET, "metadata": {"button": "no slash"}}),
        ("/model/parse", {"text": SECRET, "metadata": [SECRET]}),
        ("/webhook", {"next_action": "action_helpful", "tracker": SECRET, "domain": {}}),
    ],
)
async def test_a_wrong_request_tells_nothing_of_itself(
    ask: Ask, caplog: pytest.LogCaptureFixture, path: str, body: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    response = await ask("POST", path, json=body)
    assert response.status_code in (400, 500)
    assert SECRET not in response.text
    assert SECRET not in caplog.text


async def test_a_message_is_parsed(ask: Ask) -> None:
    response = await ask(
        "POST", "/model/parse", json={"text": "how do i return a dress", "metadata": {"language": "en"}}
    )
    body = response.json()
    assert (response.status_code, body["text"], body["entities"][0]["value"]) == (200, "how do i return a dress", "en")
    assert body["faqdesk"]["candidates"][0]["id"] == "returns"


@pytest.mark.parametrize(
    "body", [{"text": "hello"}, {"text": "hello", "metadata": None}, {"text": "🙂", "metadata": {}}]
)
async def test_metadata_may_be_missing(ask: Ask, body: dict[str, Any]) -> None:
    assert (await ask("POST", "/model/parse", json=body)).status_code == 200


async def test_a_malformed_button_is_a_wrong_request(ask: Ask) -> None:
    response = await ask("POST", "/model/parse", json={"text": "x", "metadata": {"button": "request_human"}})
    assert response.status_code >= 400


async def test_articles_are_listed_read_and_searched_in_one_language(ask: Ask, service: UnderstandingService) -> None:
    listed = (await ask("GET", "/articles", params={"language": "es"})).json()
    assert sorted(a["id"] for a in listed["articles"]) == ["factura", "returns"]
    assert listed["release"] == service.release.id
    assert "body" not in listed["articles"][0]
    read = (await ask("GET", "/articles/es/returns")).json()["article"]
    assert (read["title"], read["body"], read["tags"]) == ("returns (es)", "All about returns.", ["tag"])
    found = (await ask("GET", "/search", params={"language": "en", "q": "how long does delivery take"})).json()[
        "articles"
    ]
    assert found[0]["id"] == "delivery"
    assert {a["language"] for a in found} == {"en"}
    assert 0 <= found[0]["p"] <= 1


@pytest.mark.parametrize("path", ["/articles/en/factura", "/articles/de/returns", "/articles/en/%2e%2e%2fpasswd"])
async def test_an_article_that_is_not_there_is_not_found(ask: Ask, path: str) -> None:
    response = await ask("GET", path)
    assert (response.status_code, response.json()) == (404, {"error": "no such article"})


@pytest.mark.parametrize(
    "query", [{}, {"q": ""}, {"q": "🙂"}, {"q": "a" * 5_000, "language": "de"}, {"language": "de"}]
)
async def test_any_search_is_answered(ask: Ask, query: dict[str, str]) -> None:
    assert (await ask("GET", "/search", params=query)).status_code == 200


async def test_every_action_of_the_domain_is_there_and_no_other(service: UnderstandingService) -> None:
    domain = yaml.safe_load((Path(__file__).parents[3] / "domain.yml").read_text("utf-8"))
    assert sorted(action.name() for action in all_actions(service, OneOrder())) == sorted(domain["actions"])


async def test_what_actions_return_is_json(ask: Ask) -> None:
    response = await ask("POST", "/webhook", json=call("action_not_understood", text="\u202e🙂"))
    assert json.loads(response.content)["responses"] == []


@pytest.mark.parametrize(
    "written", [ORDER.number, ORDER.number.lower(), ORDER.number.removeprefix("CS-"), f" #{ORDER.number[3:]}"]
)
async def test_an_order_is_told_by_its_number_and_without_its_owner(ask: Ask, written: str) -> None:
    response = await ask("GET", "/order", params={"number": written})
    assert response.json() == {"order": ORDER.public()}
    assert ORDER.email not in response.text
    assert ORDER.phone not in response.text


@pytest.mark.parametrize(("number", "status"), [("CS-999999", 404), ("", 400), ("x" * 41, 400)])
async def test_an_order_that_there_is_not(ask: Ask, number: str, status: int) -> None:
    response = await ask("GET", "/order", params={"number": number})
    assert (response.status_code, set(response.json())) == (status, {"error"})


async def test_orders_that_cannot_be_read_are_said_to_be_away(service: UnderstandingService) -> None:
    async with served(service, shut(), "") as (_, client):
        assert (await client.get("/order", params={"number": ORDER.number})).status_code == 503
