"""The console's JSON: every act, who may do it, and what agents see that shoppers do not."""

import uuid
from collections.abc import Callable

import pytest

from tests.integration.harness import Console, Desk, Visitor
from tests.standins.engine import EngineStandin, text

MakeDesk = Callable[..., Desk]
NOBODY = "0" * 32
MARKUP = '<img src=x onerror=alert(1)><script>alert("1")</script>'


# ---- every act ----------------------------------------------------------------------------------------------------------


def test_an_agent_claims_replies_and_resolves(ada: Console, lan: Visitor, waiting: str) -> None:
    assert ada.act(waiting, "claim").status_code == 204
    answer = ada.act(waiting, "reply", text="I look into it")
    assert answer.status_code == 201
    assert ada.act(waiting, "resolve").status_code == 204
    said = lan.messages("agent")
    assert [(one["id"], one["content"]["text"], one["agent_name"]) for one in said] == [
        (answer.json()["id"], "I look into it", "Ada")
    ]
    assert lan.state()["owner"] == "closed"
    assert (
        lan.texts("desk")[-1]
        == "Ada has closed this conversation. If anything is missing, just write here again. How was the help?"
    )


def test_an_agent_releases_and_another_takes_over(ada: Console, ben: Console, lan: Visitor, waiting: str) -> None:
    queued_at = ada.reads(waiting)["queued_at"]
    ada.act(waiting, "claim")
    assert ada.act(waiting, "release").status_code == 204
    assert waiting in ben.rows("queue")
    assert ben.reads(waiting)["queued_at"] == queued_at
    assert ben.act(waiting, "claim").status_code == 204
    assert ben.reads(waiting)["agent"] == {"id": ben.id, "name": "Ben"}
    assert lan.state()["owner"] == "agent"


def test_an_agent_takes_over_from_the_bot_and_gives_back(ada: Console, lan: Visitor) -> None:
    lan.says("hello")
    conversation_id = lan.conversation_id
    assert ada.act(conversation_id, "claim").status_code == 204
    assert ada.act(conversation_id, "give_to_bot").status_code == 204
    lan.says("hello bot")
    assert lan.texts("bot")[-1] == "You said: hello bot"


def test_a_double_reply_is_stored_once(ada: Console, lan: Visitor, waiting: str) -> None:
    ada.act(waiting, "claim")
    client_id = uuid.uuid4().hex
    ids = {ada.act(waiting, "reply", text="once", client_id=client_id).json()["id"] for _ in range(3)}
    assert len(ids) == 1
    assert lan.texts("agent") == ["once"]


@pytest.mark.parametrize("act", ["release", "give_to_bot", "resolve"])
def test_what_another_agent_has_cannot_be_acted_on(
    ada: Console, ben: Console, lan: Visitor, waiting: str, act: str
) -> None:
    ada.act(waiting, "claim")
    before = lan.state()
    assert ben.act(waiting, act).status_code == 409
    assert ben.act(waiting, "reply", text="me too").status_code == 409
    assert ben.act(waiting, "claim").status_code == 409
    assert lan.state() == before


def test_who_lost_a_race_is_told_that_somebody_was_faster(ada: Console, ben: Console, waiting: str) -> None:
    ada.act(waiting, "claim")
    answer = ben.act(waiting, "claim")
    assert answer.status_code == 409
    assert "somebody else was faster" in answer.json()["detail"]


@pytest.mark.parametrize("act", ["claim", "release", "give_to_bot", "resolve"])
def test_an_invented_conversation_is_not_found(ada: Console, act: str) -> None:
    assert ada.act(NOBODY, act).status_code == 404


@pytest.mark.parametrize("act", ["reply", "note"])
def test_nothing_can_be_written_into_an_invented_conversation(ada: Console, act: str) -> None:
    assert ada.act(NOBODY, act, text="hi").status_code == 404


@pytest.mark.parametrize("act", ["delete", "escalate", "reopen", "close", "CLAIM", "__class__"])
def test_an_act_that_does_not_exist_is_not_found(ada: Console, waiting: str, act: str) -> None:
    assert ada.act(waiting, act).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "hi"},
        {"text": "hi", "client_id": "short"},
        {"text": "hi", "client_id": "x" * 65},
        {"text": "hi", "client_id": "spaces are not allowed"},
        {"text": 7, "client_id": "browser-1"},
        {"text": "hi", "client_id": "browser-1", "author": "bot"},
        {"text": "hi", "client_id": "browser-1", "agent_id": NOBODY},
        {"text": "   ", "client_id": "browser-1"},
        {"text": "x" * 5_001, "client_id": "browser-1"},
        ["text"],
        None,
    ],
    ids=lambda body: ascii(body)[:60],
)
@pytest.mark.parametrize("act", ["reply", "note"])
def test_a_malformed_reply_is_refused_and_nothing_is_stored(
    ada: Console, lan: Visitor, waiting: str, act: str, body: object
) -> None:
    ada.act(waiting, "claim")
    before = ada.reads(waiting)
    assert ada.http.post(f"/desk/api/conversations/{waiting}/{act}", json=body).status_code == 422
    assert ada.reads(waiting) == before


# ---- what agents see ----------------------------------------------------------------------------------------------------


def test_a_note_is_seen_by_agents_and_never_by_the_shopper(
    ada: Console, ben: Console, lan: Visitor, waiting: str
) -> None:
    last = lan.state()["last"]
    assert ben.act(waiting, "note", text="third complaint this week").status_code == 201
    notes = [event for event in ada.reads(waiting)["events"] if event.get("note")]
    assert [(note["content"]["text"], note["agent_name"]) for note in notes] == [("third complaint this week", "Ben")]
    assert "third complaint" not in repr(lan.state())
    assert lan.state(after=last)["events"] == []


def test_markup_from_a_shopper_comes_out_as_the_words_it_is(ada: Console, lan: Visitor) -> None:
    lan.says(MARKUP)
    answer = ada.http.get(f"/desk/api/conversations/{lan.conversation_id}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    said = [event["content"] for event in answer.json()["events"] if event.get("author") == "shopper"]
    assert said == [{"type": "text", "text": MARKUP}]
    row = next(row for row in ada.list("all")["rows"] if row["id"] == lan.conversation_id)
    assert MARKUP in row["last_text"]


def test_the_desks_page_holds_names_and_shop_without_running_them(own_desk: MakeDesk) -> None:
    desk = own_desk(shop=MARKUP)
    agent = Console(desk, "Ada")
    with desk.database.write() as session:
        from handoff.model import Agent

        session.get_one(Agent, agent.id).name = f'"><{MARKUP}'
    page = agent.http.get("/desk").text
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    agent.sign_in()
    assert agent.setup["me"]["name"] == f'"><{MARKUP}'


def test_an_agent_sees_payloads_reads_and_reasons_that_a_shopper_does_not(
    ada: Console, lan: Visitor, engine: EngineStandin
) -> None:
    engine.on("buttons", text("Choose", ("One", "/one")))
    last = lan.says("buttons")["last"]
    lan.http.post("/api/chat/read", json={"seq": last})
    thread = ada.reads(lan.conversation_id)
    assert thread["shopper_read_seq"] == last
    assert thread["events"][-1] == {"seq": last + 1, "kind": "read", "at": thread["events"][-1]["at"], "up_to": last}


def test_a_thread_in_pieces_equals_a_fresh_read(ada: Console, lan: Visitor, waiting: str) -> None:
    ada.act(waiting, "claim")
    ada.act(waiting, "note", text="a note")
    ada.act(waiting, "reply", text="a reply")
    fresh = ada.reads(waiting)["events"]
    assert [event["seq"] for event in fresh] == list(range(1, len(fresh) + 1))
    for cut in range(len(fresh)):
        assert fresh[:cut] + ada.reads(waiting, after=cut)["events"] == fresh


@pytest.mark.parametrize(("after", "status"), [("999999", 422), ("-1", 422), ("x", 422), ("9" * 40, 422)])
def test_a_cursor_that_cannot_be_is_refused(
    ada: Console, waiting: str, after: str, status: int, no_faults: None
) -> None:
    answer = ada.http.get(f"/desk/api/conversations/{waiting}", params={"after": after})
    assert answer.status_code == status


@pytest.mark.parametrize("tab", ["queue", "mine", "all"])
def test_every_tab_shows_rows_that_belong_there(
    ada: Console, lan: Visitor, waiting: str, tab: str, no_faults: None
) -> None:
    found = ada.list(tab)
    owners = {row["owner"] for row in found["rows"]}
    if tab == "queue":
        assert owners == {"queue"}
    elif tab == "mine":
        assert owners <= {"agent"}
        assert waiting not in ada.rows(tab)
    else:
        assert waiting in ada.rows(tab)
    assert found["counts"]["queue"] >= 1


def test_an_agents_words_may_not_be_a_shoppers_to_forge(ada: Console, lan: Visitor, waiting: str) -> None:
    """A shopper sees the client ids of an agent's messages; using one again neither fails nor replaces anything."""
    ada.act(waiting, "claim")
    ada.act(waiting, "reply", text="from Ada", client_id="agents-own-id")
    answer = lan.send(text="from Lan", client_id="agents-own-id")
    assert answer.status_code in (202, 422), answer.text
    assert lan.texts("agent") == ["from Ada"]
