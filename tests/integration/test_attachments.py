"""Files over HTTP: who may see which, how they are given out, and what is refused.

CVE-2026-48616, CVE-2024-33668: files of another room, guessable ids. CVE-2021-3741: SVG as script.
"""

import io

import httpx
import pytest
from PIL import Image

from tests.integration.harness import Console, Desk, Visitor
from tests.standins.engine import EngineStandin

pytestmark = pytest.mark.usefixtures("no_faults")

PDF = b"%PDF-1.7\n1 0 obj\n"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def png() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 30, 30)).save(written, "PNG")
    return written.getvalue()


def put(visitor: Visitor, data: bytes = PDF, name: str = "a.pdf") -> httpx.Response:
    return visitor.http.post("/api/chat/files", params={"name": name, "language": "es"}, content=data)


def put_by(agent: Console, conversation_id: str, data: bytes = PDF, name: str = "a.pdf") -> httpx.Response:
    return agent.http.post(f"/desk/api/conversations/{conversation_id}/files", params={"name": name}, content=data)


def test_a_shopper_and_an_agent_send_each_other_files(
    ada: Console, lan: Visitor, waiting: str, engine: EngineStandin
) -> None:
    photo = put(lan, png(), "../../my\u202ephoto.jpg").json()
    assert (photo["name"], photo["media_type"], photo["width"], photo["height"]) == (
        "myphoto.jpg.png",
        "image/png",
        8,
        6,
    )
    assert lan.send(text="it is torn", files=[photo["id"]]).status_code == 202
    shown = ada.reads(waiting)["events"][-1]["content"]
    assert (shown["text"], shown["attachments"]) == ("it is torn", [photo])
    assert ada.http.get(f"/desk/api/files/{photo['id']}").content[:4] == b"\x89PNG"

    ada.act(waiting, "claim")
    label = put_by(ada, waiting).json()
    assert ada.act(waiting, "reply", text="", files=[label["id"]]).status_code == 201
    assert lan.messages("agent")[-1]["content"]["attachments"] == [label]
    assert lan.http.get(f"/api/chat/files/{label['id']}").content == PDF


def test_a_file_without_words_is_not_answered_by_the_bot_as_if_it_had_read_it(
    lan: Visitor, engine: EngineStandin
) -> None:
    asked = len(engine.asked)
    file = put(lan).json()  # begins the conversation
    assert lan.send(files=[file["id"]]).status_code == 202
    assert "no puedo mirar dentro" in lan.texts("bot")[-1]  # in the language of the page that she came from
    assert len(engine.asked) == asked
    assert lan.send(text="and now words").status_code == 202


def test_nobody_else_sees_a_file_and_every_refusal_is_the_same(
    desk: Desk, ada: Console, ben: Console, lan: Visitor, minh: Visitor, waiting: str
) -> None:
    ada.act(waiting, "claim")
    sent, unsent, noted, drafted = (
        put(lan).json(),
        put(lan).json(),
        put_by(ada, waiting).json(),
        put_by(ada, waiting).json(),
    )
    lan.send(text="here", files=[sent["id"]])
    ada.act(waiting, "note", text="for us", files=[noted["id"]])
    minh.says("hello")
    tries = [
        minh.http.get(f"/api/chat/files/{sent['id']}"),  # another visitor
        desk.client().get(f"/api/chat/files/{sent['id']}"),  # nobody
        desk.client(authorization="Bearer x").get(f"/api/chat/files/{sent['id']}"),
        lan.http.get(f"/api/chat/files/{noted['id']}"),  # a note of her own conversation
        lan.http.get(f"/api/chat/files/{drafted['id']}"),
        lan.http.get(f"/api/chat/files/{'A' * 43}"),
        lan.http.get("/api/chat/files/..%2Fmessages"),
        ben.http.get(f"/desk/api/files/{drafted['id']}"),  # what a colleague has not sent
        ben.http.get(f"/desk/api/files/{unsent['id']}"),
    ]
    assert [answer.status_code for answer in tries] == [404] * len(tries)
    assert desk.client().get(f"/desk/api/files/{sent['id']}").status_code == 401
    assert ben.http.get(f"/desk/api/files/{noted['id']}").status_code == 200


def test_a_file_goes_with_no_message_but_one_of_its_own_sender(
    ada: Console, lan: Visitor, minh: Visitor, waiting: str
) -> None:
    ada.act(waiting, "claim")
    minh.says("hello")
    hers, agents = put(lan).json()["id"], put_by(ada, waiting).json()["id"]
    for visitor, file in ((minh, hers), (lan, agents), (lan, "A" * 43)):
        before = visitor.texts("shopper")
        assert visitor.send(text="mine", files=[file]).status_code == 422
        assert visitor.texts("shopper") == before
    assert lan.send(text="twice", files=[hers, hers]).status_code == 422
    assert ada.act(waiting, "reply", text="x", files=[hers]).json()["detail"]["reason"] == "file_unknown"
    for wrong in (["../x"], ["a" * 44], [1], "x", [agents] * 11):
        assert ada.act(waiting, "reply", text="x", files=wrong).status_code == 422


@pytest.mark.parametrize(
    ("data", "name"),
    [(SVG, "a.svg"), (SVG, "a.png"), (b"<!doctype html><script>1</script>", "a.html"), (b"MZ\x00", "a.pdf")],
)
def test_what_could_run_is_not_taken(ada: Console, lan: Visitor, waiting: str, data: bytes, name: str) -> None:
    assert put(lan, data, name).json()["detail"]["reason"].startswith("Este tipo de archivo")
    assert put_by(ada, waiting, data, name).json()["detail"]["reason"] == "file_kind"


@pytest.mark.parametrize(
    ("data", "name", "how"), [(png(), "a.png", "inline"), (PDF, "a.pdf", "attachment"), (b"hi", "a.txt", "attachment")]
)
def test_files_are_given_out_so_that_nothing_in_them_runs(lan: Visitor, data: bytes, name: str, how: str) -> None:
    answer = lan.http.get(f"/api/chat/files/{put(lan, data, name).json()['id']}")
    assert answer.headers["content-disposition"] == f"{how}; filename*=UTF-8''{name}"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "public" not in answer.headers["cache-control"]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    desk: Desk, ada: Console, lan: Visitor, waiting: str
) -> None:
    most = desk.handoff.largest_file
    assert put(lan, b"x" * (most + 1)).status_code == 413
    assert put_by(ada, waiting, b"x" * (most + 1)).status_code == 413
    # No other path takes more than before.
    assert lan.http.post("/api/chat/messages", content=b"x" * 100_000).status_code == 413
    assert lan.http.post("/api/chat/files/x", content=b"x" * 100_000).status_code == 413


def test_an_agents_file_needs_the_desks_own_page(desk: Desk, ada: Console, waiting: str) -> None:
    answer = desk.client().post(f"/desk/api/conversations/{waiting}/files", content=PDF)
    assert answer.status_code == 401
    stranger = desk.client(origin="https://evil.example")
    stranger.cookies.update(ada.http.cookies)
    assert stranger.post(f"/desk/api/conversations/{waiting}/files", content=PDF).status_code == 403
    assert put_by(ada, "0" * 32).status_code == 404
