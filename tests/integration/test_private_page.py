"""The page behind a link into a private chat, over the wire."""

import re

import pytest

from tests.integration.harness import Console, Desk, Visitor


def make(ada: Console, path: str = "/desk/api/private_links", note: str = "From a comment") -> str:
    answer = ada.http.post(path, json={"note": note})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["path"])


def test_a_link_is_asked_about_used_once_and_opens_the_chat(desk: Desk) -> None:
    ada = Console(desk, "Ada")
    path, client = make(ada), desk.client(origin=desk.url)
    for _ in range(2):  # programs that look at links use nothing up
        page = client.get(path)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert "Ada" in page.text
    assert desk.client(origin="https://evil.example").post(path).status_code == 403
    opened = client.post(path)
    found = re.search(r'data-token="([\w-]{43})"', opened.text)
    assert found is not None
    lan = Visitor(desk)
    lan.token = found[1]
    lan.reload()
    assert any("in private" in text or "person" in text for text in lan.texts("desk"))
    assert "From a comment" not in str(lan.messages())
    assert lan.conversation_id in [*ada.rows("mine"), *ada.rows("queue")]
    assert (client.post(path).status_code, client.get(path).status_code) == (410, 410)


@pytest.mark.parametrize("token", ["x" * 43, "x", "x" * 44, "../" * 14 + "x"])
def test_an_invented_link_is_a_dead_one(desk: Desk, token: str) -> None:
    client = desk.client(origin=desk.url)
    assert client.get(f"/chat/with/{token}").status_code in (404, 410, 422)
    assert client.post(f"/chat/with/{token}").status_code in (404, 405, 410, 422)


def test_only_agents_make_links_and_only_of_what_is_there(desk: Desk) -> None:
    ada = Console(desk, "Ada")
    assert desk.client(origin=desk.url).post("/desk/api/private_links", json={}).status_code == 401
    there = Visitor(desk)
    there.says("hello")
    make(ada, f"/desk/api/conversations/{there.conversation_id}/private_link")
    assert ada.http.post(f"/desk/api/conversations/{'0' * 32}/private_link", json={}).status_code == 404
    assert ada.http.post("/desk/api/private_links", json={"note": "x" * 2_001}).status_code == 422
    assert ada.http.post("/desk/api/private_links", json={"agent_id": "x"}).status_code == 422
    del ada.http.headers["x-csrf"]
    assert ada.http.post("/desk/api/private_links", json={}).status_code == 403
