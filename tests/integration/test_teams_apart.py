"""Where a shop keeps its teams apart, nobody reads or touches what is another team's (CVE-2022-1176, CVE-2026-27954)."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import select

from handoff import teams
from handoff.clock import utc_now
from handoff.model import Agent, Callback, Conversation, Message, Outbox
from handoff.reach import NAMED
from tests.integration.conftest import MakeDesk
from tests.integration.harness import PATIENCE, Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, handoff

SECRET = "my parcel to Hanoi is lost"


@pytest.fixture
def apart(own_desk: MakeDesk, engine: EngineStandin, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, Visitor]:
    """A desk with a team for returns; a shopper waits for it and for nobody else."""
    monkeypatch.setenv("FAQDESK_HANDOFF_TEAMS_APART", "true")
    desk = own_desk()
    engine.on(SECRET, handoff(SECRET))
    lan = Visitor(desk)
    lan.says(SECRET)
    return desk, lan


def join(desk: Desk, console: Console, name: str) -> str:
    """Found the team, with this agent in it, unless it is there; returns its id."""
    with desk.database.write() as session:
        team = next((one for one in teams.all_open(session) if one.name == name), None)
        team = team or teams.add(session, name, "command line", utc_now())
        teams.join(session, team, session.get_one(Agent, console.id), "command line", utc_now())
        return team.id


def give(desk: Desk, conversation_id: str, team_id: str) -> None:
    with desk.database.write() as session:
        session.get_one(Conversation, conversation_id).team_id = team_id


def routes(desk: Desk) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of routers in routers too."""
    for included in desk.app.routes:
        for route in getattr(included, "effective_route_contexts", lambda: ())():
            yield from ((method, route.path) for method in route.methods or ())


def test_everything_that_an_address_can_name_is_looked_after(apart: tuple[Desk, Visitor]) -> None:
    names = {
        name for _, path in routes(apart[0]) if path.startswith("/desk/api") for name in re.findall(r"{(\w+)}", path)
    }
    elsewhere = {"move", "agent_id", "view_id", "label_id", "language", "article_id"}  # of no one conversation
    assert names == NAMED.keys() | elsewhere


def test_a_conversation_of_another_team_is_not_there_by_any_route(apart: tuple[Desk, Visitor]) -> None:
    desk, lan = apart
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    give(desk, lan.conversation_id, join(desk, ada, "Returns"))
    join(desk, ben, "Sales")
    asked = 0
    for method, path in routes(desk):
        if not path.startswith("/desk/api") or "{conversation_id}" not in path:
            continue
        address = path.format(conversation_id=lan.conversation_id, move="claim", file_id="x" * 43)
        answer = ben.http.request(method, address, json={})
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        asked += 1
    assert asked >= 20
    assert ada.reads(lan.conversation_id)["owner"] == "queue"  # and nothing has changed


def test_lists_and_search_hold_nothing_of_another_team(apart: tuple[Desk, Visitor]) -> None:
    desk, lan = apart
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    returns = join(desk, ada, "Returns")
    join(desk, ben, "Sales")
    assert ben.rows("queue") == [lan.conversation_id]  # nobody's team's yet
    lan.presses("Please call me")
    lan.says("+44 20 7946 0018")
    give(desk, lan.conversation_id, returns)

    for path in ("list?tab=queue", "list?tab=all", "attention", "search?q=hanoi", "tasks", "outbox/dead"):
        assert lan.conversation_id not in ben.http.get(f"/desk/api/{path}").raise_for_status().text, path
    assert ben.list("queue")["counts"]["queue"] == 0
    assert ada.rows("queue") == [lan.conversation_id]
    assert lan.conversation_id in ada.http.get("/desk/api/search?q=hanoi").text
    assert lan.conversation_id in ada.http.get("/desk/api/tasks").text


def test_what_was_passed_to_another_team_is_out_of_reach_and_what_she_has_is_not(apart: tuple[Desk, Visitor]) -> None:
    desk, lan = apart
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    returns = join(desk, ada, "Returns")
    join(desk, ben, "Sales")
    assert ben.act(lan.conversation_id, "claim").status_code == 204
    assert ben.act(lan.conversation_id, "transfer_to_team", team_id=returns).status_code == 204
    assert ben.http.get(f"/desk/api/conversations/{lan.conversation_id}").status_code == 404
    assert ada.act(lan.conversation_id, "claim").status_code == 204
    assert ada.act(lan.conversation_id, "transfer", agent_id=ben.id).status_code == 204
    wait_for("ben to have it", lambda: ben.reads(lan.conversation_id)["owner"] == "agent")


def test_what_numbers_name_in_another_team_is_not_there_however_they_are_written(apart: tuple[Desk, Visitor]) -> None:
    desk, lan = apart
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    returns = join(desk, ada, "Returns")
    join(desk, ben, "Sales")
    lan.presses("Please call me")
    lan.says("+44 20 7946 0018")
    give(desk, lan.conversation_id, returns)
    with desk.database.write() as session:
        call = session.scalars(select(Callback).where(Callback.conversation_id == lan.conversation_id)).one().id
        message = session.scalars(select(Message).where(Message.conversation_id == lan.conversation_id)).first()
        assert message is not None
        parked = Outbox(
            conversation_id=lan.conversation_id, message_id=message.id, channel="telegram", address="4711", state="dead",
            not_before=desk.now(), created_at=desk.now(),
        )  # fmt: skip
        session.add(parked)
        session.flush()
        delivery = parked.id

    def tries(console: Console, number: int) -> list[int]:
        written = (str(number), f"0_{number}", f"0{number}", f"+{number}", f" {number}", f"{number}.0", "9" * 40, "x")
        called = {"outcome": "not_reached", "note": "seen", "tries": 0}
        return [
            console.http.post(f"/desk/api/{address}", json=body).status_code
            for one in map(quote, written)
            for address, body in (
                (f"callbacks/{one}/outcome", called), (f"outbox/{one}/replay", {}), (f"outbox/{one}/give_up", {})
            )
        ]  # fmt: skip

    for number in {call, delivery}:
        assert set(tries(ben, number)) <= {404, 422}
    with desk.database.read() as session:
        assert session.get_one(Callback, call).state == "open"
        assert session.get_one(Outbox, delivery).state == "dead"
    assert ben.http.get(f"/desk/api/conversations/{'9' * 32}").status_code == 404
    assert 204 in tries(ada, call)  # who reaches it does


def test_what_she_passed_out_of_her_reach_asks_her_nothing_later(apart: tuple[Desk, Visitor]) -> None:
    desk, lan = apart
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    returns = join(desk, ada, "Returns")
    sales = join(desk, ben, "Sales")
    assert ben.act(lan.conversation_id, "claim").status_code == 204
    assert ben.act(lan.conversation_id, "transfer_to_team", team_id=returns).status_code == 204
    assert ben.http.get("/desk/api/tasks").json()["checks"] == []
    give(desk, lan.conversation_id, sales)
    (check,) = ben.http.get("/desk/api/tasks").json()["checks"]
    assert ben.http.post(f"/desk/api/follow_ups/{check['id']}", json={"solved": True}).status_code == 204


def test_nobody_says_that_she_looks_at_what_she_may_not_see(apart: tuple[Desk, Visitor]) -> None:
    desk, lan = apart
    ada, ben = Console(desk, "Ada"), Console(desk, "Ben")
    returns = join(desk, ada, "Returns")
    join(desk, ben, "Sales")
    minh = Visitor(desk)
    minh.says("hello")
    give(desk, lan.conversation_id, returns)
    with ada.socket() as hers, ben.socket() as his:
        wait_for("ada to be there", lambda: ada.list("queue")["people_online"] > 1)
        for conversation_id in (lan.conversation_id, minh.conversation_id):
            his.send(json.dumps({"conversation": conversation_id, "doing": "looks"}))
        while "whisper" not in (told := json.loads(hers.recv(PATIENCE))):
            pass
        assert (told["whisper"]["conversation"], told["whisper"]["who"]) == (minh.conversation_id, ben.id)
