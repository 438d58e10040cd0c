"""The console's side of routing: offers, the next, priorities, who takes what, calls; and the way from there to the sweep."""

import uuid
from collections.abc import Callable

import pytest

from bot import workers
from handoff import accounts
from handoff.model import Agent
from tests.integration.harness import Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, handoff

MakeDesk = Callable[..., Desk]
NOBODY = "0" * 32


@pytest.fixture
def offering(own_desk: MakeDesk, engine: EngineStandin, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk that offers, whose clock of the sweep never ticks."""
    engine.on("queue me", handoff("queue me"))
    monkeypatch.setenv("FAQDESK_HANDOFF_ROUTING", "offers")
    monkeypatch.setattr(workers, "_LOOK_EVERY_SECONDS", 3600.0)
    return own_desk()


def set_agent(desk: Desk, console: Console, **columns: object) -> None:
    with desk.database.write() as session:
        for name, value in columns.items():
            setattr(session.get_one(Agent, console.id), name, value)


def offers(console: Console) -> list[str]:
    found = console.http.get("/desk/api/offers").raise_for_status().json()
    return [offer["conversation"] for offer in found["offers"]]


def test_who_opens_the_console_is_offered_what_waits_and_accepts_it(offering: Desk) -> None:
    lan, ada = Visitor(offering), Console(offering, "Ada")
    lan.says("queue me")
    assert offers(ada) == []
    with ada.socket():
        wait_for("the offer", lambda: offers(ada) == [lan.conversation_id])
        assert ada.reads(lan.conversation_id)["offer"]["agent_id"] == ada.id
        assert ada.act(lan.conversation_id, "accept").status_code == 204
    assert ada.reads(lan.conversation_id)["agent"] == {"id": ada.id, "name": "Ada"}


def test_who_switches_herself_on_or_may_take_more_is_offered_what_waits(offering: Desk) -> None:
    lan, minh, ada, lead = Visitor(offering), Visitor(offering), Console(offering, "Ada"), Console(offering, "Lead")
    set_agent(offering, ada, capacity=1)
    set_agent(offering, lead, role="lead", available=False)
    with ada.socket():
        assert ada.http.post("/desk/api/me/available", json={"available": False}).status_code == 204
        lan.says("queue me")
        minh.says("queue me")
        assert offers(ada) == []
        assert ada.http.post("/desk/api/me/available", json={"available": True}).status_code == 204
        wait_for("the first offer", lambda: len(offers(ada)) == 1)
        assert lead.http.post(f"/desk/api/agents/{ada.id}", json={"capacity": 2}).status_code == 204
        wait_for("the second offer", lambda: len(offers(ada)) == 2)


def test_a_decline_goes_on_and_a_late_answer_is_told_so(offering: Desk) -> None:
    lan, ada = Visitor(offering), Console(offering, "Ada")
    with ada.socket():
        lan.says("queue me")
        wait_for("the offer", lambda: offers(ada))
        assert ada.act(lan.conversation_id, "decline").status_code == 204
    for act in ("accept", "decline"):
        answer = ada.act(lan.conversation_id, act)
        assert (answer.status_code, answer.json()["detail"]["reason"]) == (409, "no_offer")


def test_the_next_is_taken_in_the_order_of_priority(own_desk: MakeDesk, engine: EngineStandin) -> None:
    engine.on("queue me", handoff("queue me"))
    desk = own_desk()
    lan, minh, ada = Visitor(desk), Visitor(desk), Console(desk, "Ada")
    lan.says("queue me")
    minh.says("queue me")
    assert ada.act(minh.conversation_id, "priority", priority=2).status_code == 204
    assert ada.rows("queue") == [minh.conversation_id, lan.conversation_id]
    taken = [ada.http.post("/desk/api/next").json()["id"] for _ in range(3)]
    assert taken == [minh.conversation_id, lan.conversation_id, None]


def test_who_has_no_room_is_told_how_many_she_has(own_desk: MakeDesk, engine: EngineStandin) -> None:
    engine.on("queue me", handoff("queue me"))
    desk = own_desk()
    lan, ada = Visitor(desk), Console(desk, "Ada")
    set_agent(desk, ada, capacity=0)
    lan.says("queue me")
    for answer in (ada.act(lan.conversation_id, "claim"), ada.http.post("/desk/api/next")):
        assert answer.status_code == 409
        detail = answer.json()["detail"]
        assert (detail["reason"], detail["agent_id"], detail["count"]) == ("no_room", ada.id, 0)
    assert ada.rows("queue") == [lan.conversation_id]


def test_the_team_is_seen_with_who_is_there_and_what_each_has(own_desk: MakeDesk) -> None:
    desk = own_desk()
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    set_agent(desk, ben, languages=["vi"], skills=["returns"], capacity=3)
    with ada.socket():
        wait_for("ada to be there", lambda: ada.list("queue")["people_online"])
        seen = {one["name"]: one for one in ada.http.get("/desk/api/team").json()["agents"]}
    assert (seen["Ada"]["presence"], seen["Ben"]["presence"]) == ("online", "gone")
    assert [seen["Ben"][key] for key in ("capacity", "in_hand", "languages", "skills")] == [3, 0, ["vi"], ["returns"]]


def test_a_call_is_seen_and_settled_once(own_desk: MakeDesk, engine: EngineStandin) -> None:
    engine.on("queue me", handoff("queue me"))
    desk = own_desk()
    lan, ada = Visitor(desk), Console(desk, "Ada")
    lan.says("queue me")
    lan.presses("Please call me")
    lan.says("0912 345 678, after six")
    assert "+84912345678" not in str(lan.state())  # only as she reads it herself
    (call,) = ada.http.get("/desk/api/tasks").json()["calls"]
    assert (call["phone"], call["wish"], call["conversation"]) == ("+84912345678", "after six", lan.conversation_id)
    assert ada.reads(lan.conversation_id)["callback"]["id"] == call["id"]
    outcome = {"outcome": "reached", "tries": 0}
    settled = [ada.http.post(f"/desk/api/callbacks/{call['id']}/outcome", json=outcome).status_code for _ in range(2)]
    assert settled == [204, 404]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("conversations/{lan}/priority", {"priority": 11}, 422),
        ("conversations/{lan}/priority", {"priority": "1"}, 422),
        ("conversations/{lan}/priority", {}, 422),
        ("conversations/{nobody}/priority", {"priority": 1}, 404),
        ("conversations/{nobody}/accept", None, 404),
        ("me/available", {"available": "yes"}, 422),
        ("me/available", {"available": True, "capacity": 99}, 422),
        ("agents/{ada}", {"capacity": 1}, 403),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    ada: Console, waiting: str, no_faults: None, path: str, body: object, status: int
) -> None:
    before = ada.reads(waiting)
    where = path.format(lan=waiting, nobody=NOBODY, ada=ada.id)
    assert ada.http.post(f"/desk/api/{where}", json=body).status_code == status
    assert ada.reads(waiting) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [({"capacity": -1}, 422), ({"capacity": 10**9}, 422), ({"languages": ["xx"]}, 422), ({"skills": [" "]}, 422)],
    ids=str,
)
def test_what_no_agent_can_take_on_is_refused(desk: Desk, no_faults: None, body: object, status: int) -> None:
    lead = Console(desk, "Lea")
    set_agent(desk, lead, role="lead")
    assert lead.http.post(f"/desk/api/agents/{lead.id}", json=body).status_code == status
    assert lead.http.post(f"/desk/api/agents/{NOBODY}", json={"capacity": 1}).status_code == 404


def test_without_the_pages_own_token_nothing_is_changed(desk: Desk) -> None:
    ada = Console(desk, "Ada")
    ada.http.headers["x-csrf"] = uuid.uuid4().hex
    for path in ("next", "me/available", f"agents/{ada.id}", "callbacks/1/outcome"):
        assert ada.http.post(f"/desk/api/{path}", json={"available": False}).status_code == 403
    with desk.database.read() as session:
        found = accounts.find(session, ada.email)
        assert found is not None
        assert found.available
