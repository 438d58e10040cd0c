"""Each kind of bad request at the shopper's and at the agents' doors: a clear 4xx, and nothing has changed.

More of the shopper's own are in test_hostile_requests.py, more of the agents' in test_console.py.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from bot.http.guards import LARGEST_BODY
from handoff.events import LARGEST_SEQ
from handoff.model import Audit, Conversation, Event, Inbound, Message, Outbox, Turn
from tests.integration.harness import Console, Desk, Visitor

pytestmark = pytest.mark.usefixtures("no_faults")
TABLES = (Conversation, Message, Event, Turn, Outbox, Audit, Inbound)
NOBODY = "0" * 32


@pytest.fixture
def nothing_changes(desk: Desk, ada: Console, lan: Visitor) -> Iterator[str]:
    """A conversation that Ada has. Afterwards every table has as many rows as before, and every number is what it was."""
    lan.says("hello")
    conversation_id = lan.conversation_id
    assert ada.act(conversation_id, "claim").status_code == 204

    def look() -> object:
        with desk.database.read() as session:
            counts = [session.scalar(select(func.count()).select_from(table)) for table in TABLES]
            row = session.get_one(Conversation, conversation_id)
            return counts, row.owner, row.epoch, row.last_seq, row.shopper_read_seq

    before = look()
    yield conversation_id
    assert look() == before


Door = Callable[[Visitor, Console, str], tuple[httpx.Client, str]]
DOORS: dict[str, Door] = {
    "a shopper's message": lambda lan, ada, conversation: (lan.http, "/api/chat/messages"),
    "a shopper's read mark": lambda lan, ada, conversation: (lan.http, "/api/chat/read"),
    "an agent's reply": lambda lan, ada, conversation: (ada.http, f"/desk/api/conversations/{conversation}/reply"),
    "an agent's note": lambda lan, ada, conversation: (ada.http, f"/desk/api/conversations/{conversation}/note"),
}
GOOD: dict[str, dict[str, object]] = {
    "a shopper's message": {"text": "hi", "client_id": "browser-1"},
    "a shopper's read mark": {"seq": 1},
    "an agent's reply": {"text": "hi", "client_id": "browser-1"},
    "an agent's note": {"text": "hi", "client_id": "browser-1"},
}


@pytest.mark.parametrize("door", DOORS)
def test_an_oversize_body(ada: Console, lan: Visitor, nothing_changes: str, door: str) -> None:
    client, path = DOORS[door](lan, ada, nothing_changes)
    content = json.dumps(GOOD[door] | {"more": "x" * LARGEST_BODY})
    assert client.post(path, content=content, headers={"content-type": "application/json"}).status_code == 413


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"not json", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 20_000],
    ids=lambda one: repr(one[:9]),
)
@pytest.mark.parametrize("door", DOORS)
def test_a_malformed_body(ada: Console, lan: Visitor, nothing_changes: str, door: str, content: bytes) -> None:
    client, path = DOORS[door](lan, ada, nothing_changes)
    answer = client.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_content_type(ada: Console, lan: Visitor, nothing_changes: str, door: str, kind: str) -> None:
    """A page elsewhere can send these without asking; a body that only looks like JSON is none."""
    client, path = DOORS[door](lan, ada, nothing_changes)
    answer = client.post(path, content=json.dumps(GOOD[door]), headers={"content-type": kind})
    assert answer.status_code in (400, 415, 422)


@pytest.mark.parametrize("act", ["reply", "note"])
def test_an_unknown_conversation(ada: Console, lan: Visitor, nothing_changes: str, act: str) -> None:
    answer = ada.act(NOBODY, act, text="hi")
    assert (answer.status_code, answer.json()["detail"]) == (404, "there is no such conversation")
    assert ada.http.get(f"/desk/api/conversations/{NOBODY}").status_code == 404


@pytest.mark.parametrize("act", ["reply", "note", "release", "resolve", "give_to_bot"])
def test_a_shoppers_token_opens_nothing_of_the_agents(desk: Desk, lan: Visitor, nothing_changes: str, act: str) -> None:
    path = f"/desk/api/conversations/{nothing_changes}/{act}"
    body = {"text": "hi", "client_id": uuid.uuid4().hex} if act in ("reply", "note") else None
    for headers in ({}, {"cookie": f"faqdesk_desk={lan.token}", "x-csrf": lan.token}):
        answer = desk.client(authorization=f"Bearer {lan.token}", origin=desk.url, **headers).post(path, json=body)
        assert answer.status_code == 401


def test_an_agents_session_opens_nothing_of_the_shoppers(ada: Console, lan: Visitor, nothing_changes: str) -> None:
    token = ada.http.cookies["faqdesk_desk"]
    for headers in ({}, {"authorization": f"Bearer {token}"}):
        answer = ada.http.post("/api/chat/messages", json=GOOD["a shopper's message"], headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize("csrf", ["", "x" * 43, "é"])
def test_an_agents_act_without_her_pages_token(ada: Console, nothing_changes: str, csrf: str) -> None:
    path = f"/desk/api/conversations/{nothing_changes}/reply"
    answer = ada.http.post(path, json=GOOD["an agent's reply"], headers={b"x-csrf": csrf.encode()})
    assert answer.status_code == 403


@pytest.mark.parametrize("ahead", [1, 1000, LARGEST_SEQ, LARGEST_SEQ + 1, 10**30, -(10**30)])
def test_a_number_from_the_future_or_from_nowhere(
    desk: Desk, ada: Console, lan: Visitor, nothing_changes: str, ahead: int
) -> None:
    seq = desk.conversation(nothing_changes).last_seq + ahead
    assert lan.http.post("/api/chat/read", json={"seq": seq}).status_code == 422
    assert ada.http.get(f"/desk/api/conversations/{nothing_changes}", params={"after": seq}).status_code == 422
    if not 0 <= seq <= LARGEST_SEQ:
        assert lan.http.get("/api/chat/events", params={"after": seq}).status_code == 422


def test_what_is_sent_twice_with_the_same_id_is_there_once_even_at_the_same_moment(
    desk: Desk, ada: Console, lan: Visitor
) -> None:
    lan.says("hello")
    conversation_id, client_id = lan.conversation_id, uuid.uuid4().hex
    ada.act(conversation_id, "claim")
    with ThreadPoolExecutor(8) as pool:
        shopper = list(pool.map(lambda _: lan.send(text="twice", client_id=client_id), range(8)))
        agent = list(pool.map(lambda _: ada.act(conversation_id, "reply", text="so", client_id=client_id), range(8)))
    for answers, status in ((shopper, 202), (agent, 201)):
        assert {answer.status_code for answer in answers} == {status}
        assert len({answer.json()["id"] for answer in answers}) == 1
    assert desk.texts(conversation_id).count("twice") == 1
    assert desk.texts(conversation_id).count("so") == 1


def test_the_same_id_with_other_words_changes_nothing_of_what_was_said(desk: Desk, ada: Console, lan: Visitor) -> None:
    lan.says("hello")
    conversation_id, client_id = lan.conversation_id, uuid.uuid4().hex
    ada.act(conversation_id, "claim")
    lan.send(text="first", client_id=client_id)
    assert lan.send(text="changed", client_id=client_id).json()["duplicate"] is True
    ada.act(conversation_id, "reply", text="first answer", client_id=client_id)
    ada.act(conversation_id, "reply", text="changed answer", client_id=client_id)
    said = desk.texts(conversation_id)
    assert ("first" in said, "first answer" in said) == (True, True)
    assert not any("changed" in words for words in said)
