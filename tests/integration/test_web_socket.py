"""The web channel's socket: it only says that there is something new, and only to whom it concerns."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from handoff import agent_sessions
from handoff.model import Agent
from tests.integration.conftest import MakeDesk
from tests.integration.harness import PATIENCE, Console, Desk, Json, Visitor, wait_for

pytestmark = pytest.mark.usefixtures("no_faults")

REFUSED = 4401


def heard(line: Connection) -> Json:
    found: Json = json.loads(line.recv(PATIENCE))
    return found


def closed_with(line: Connection) -> int:
    """The code with which the desk closes the socket; 0 when it just hangs up."""
    try:
        while True:
            line.recv(PATIENCE)
    except ConnectionClosed as ended:
        return ended.rcvd.code if ended.rcvd else 0


def test_a_known_visitor_is_greeted_and_told_of_news(lan: Visitor) -> None:
    lan.says("hello")
    with lan.socket() as line:
        assert heard(line) == {"hello": True}
        state = lan.says("again")
        nudge = heard(line)
    assert nudge["conversation"] == lan.conversation_id
    assert nudge.keys() == {"conversation", "seq"}
    assert nudge["seq"] <= state["last"]


def test_after_a_nudge_the_news_can_be_fetched(lan: Visitor) -> None:
    last = lan.says("hello")["last"]
    with lan.socket() as line:
        heard(line)
        lan.send(text="again")
        nudge = heard(line)
        assert nudge["seq"] == lan.state(after=last)["events"][0]["seq"]


def test_nobody_hears_of_another_visitors_conversation(lan: Visitor, minh: Visitor) -> None:
    with minh.socket() as line:
        assert heard(line) == {"hello": True}
        lan.says("a secret")
        minh.says("mine")
        assert heard(line)["conversation"] == minh.conversation_id


def test_one_visitor_may_have_several_windows(lan: Visitor) -> None:
    with lan.socket() as one, lan.socket() as two:
        heard(one), heard(two)
        lan.send(text="hello")
        assert heard(one) == heard(two)


@pytest.mark.parametrize(
    "hello",
    [
        json.dumps({"token": "x" * 43}),
        json.dumps({"token": ""}),
        json.dumps({"token": None}),
        json.dumps({"token": ["a"]}),
        '{"token": "\\ud800"}',
        '{"token": "\\u0000"}',
        json.dumps({}),
        json.dumps([]),
        json.dumps("token"),
        "null",
        "7",
        "NaN",
        "not json",
        "",
        "[" * 50_000,
        '{"a":' * 50_000,
        b"\x00\xff\xfe",
    ],
    ids=lambda hello: ascii(hello[:30]),
)
def test_whoever_does_not_say_a_known_token_first_is_shown_out(lan: Visitor, hello: str | bytes) -> None:
    with lan.socket(hello) as line:
        assert closed_with(line) == REFUSED


def test_the_token_in_another_field_opens_nothing(lan: Visitor) -> None:
    hello = json.dumps({"authorization": f"Bearer {lan.token}", "identity": lan.token})
    with lan.socket(hello) as line:
        assert closed_with(line) == REFUSED


@pytest.mark.parametrize("noise", ["{}", "not json", '{"token": "other"}', b"\x00\xff"], ids=ascii)
def test_what_a_known_visitor_sends_later_is_a_sign_of_life_and_nothing_else(lan: Visitor, noise: str | bytes) -> None:
    with lan.socket() as line:
        heard(line)
        line.send(noise)
        line.send("{}")
        lan.send(text="hello")
        signs = 2 if noise == "{}" else 1
        found = [heard(line) for _ in range(signs + 1)]
        assert found.count({}) == signs
        assert [one["conversation"] for one in found if one] == [lan.conversation_id]


def test_a_window_that_closes_leaves_the_others_alone(desk: Desk, lan: Visitor) -> None:
    gone = lan.socket()
    heard(gone)
    gone.close()
    with lan.socket() as line:
        heard(line)
        lan.says("hello")
        assert heard(line)["conversation"] == lan.conversation_id


def test_who_is_shown_out_may_be_gone_by_then(desk: Desk, lan: Visitor) -> None:
    address = desk.url.replace("http", "ws") + "/api/chat/socket"
    for _ in range(20):
        with connect(address, proxy=None) as line:
            line.send(json.dumps({"token": "x" * 43}))
            line.socket.shutdown(2)  # as a browser that closes the tab
    with lan.socket() as line:
        assert heard(line) == {"hello": True}
    assert desk.errors == []


# ---- the console's ------------------------------------------------------------------------------------------------------


def test_a_console_hears_of_every_conversation(ada: Console, lan: Visitor, minh: Visitor) -> None:
    with ada.socket() as line:
        wait_for("ada to be there", lambda: ada.list("queue")["people_online"] > 0)
        lan.says("hello")
        minh.says("hello")
        wanted = {lan.conversation_id, minh.conversation_id}
        told: set[str] = set()
        while not wanted <= told:
            told.add(heard(line)["conversation"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": "faqdesk_desk=invented"},
        {"origin": "{evil}", "cookie": "{cookie}"},
        {"origin": "http://[", "cookie": "{cookie}"},
        {"origin": "null", "cookie": "{cookie}"},
        {"cookie": "{cookie}"},
    ],
    ids=["nobody", "invented", "other page", "no address", "no page", "no origin"],
)
def test_a_console_socket_opens_for_the_desks_own_page_alone(desk: Desk, ada: Console, headers: dict[str, str]) -> None:
    cookie = f"faqdesk_desk={ada.http.cookies['faqdesk_desk']}"
    filled = {
        name: value.replace("{cookie}", cookie).replace("{evil}", f"{desk.url}.evil.example")
        for name, value in headers.items()
    }
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{desk.port}/desk/socket", additional_headers=filled, proxy=None)
    assert refused.value.response.status_code == 403


def test_a_console_that_sends_bytes_stays_open(ada: Console, lan: Visitor) -> None:
    with ada.socket() as line:
        line.send(b"\x00\xff")
        line.send("{}")
        lan.says("hello")
        while heard(line).get("conversation") != lan.conversation_id:
            pass


def test_a_session_that_was_ended_hears_nothing_more_and_is_no_sign_of_life(own_desk: MakeDesk) -> None:
    desk = own_desk()
    ada, lan = Console(desk, "Ada"), Visitor(desk)
    with ada.socket() as line:
        wait_for("ada to be there", lambda: ada.list("queue")["people_online"] > 0)
        with desk.database.write() as session:
            agent_sessions.end_all(session, session.get_one(Agent, ada.id), "test", desk.now())
            before = session.get_one(Agent, ada.id).seen_at
        line.send("{}")  # as every console does each 15 seconds
        assert closed_with(line) == REFUSED
    lan.says("hello")
    with desk.database.read() as session:
        assert session.get_one(Agent, ada.id).seen_at == before
    assert desk.errors == []
