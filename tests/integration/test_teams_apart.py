"""Where a shop keeps its teams apart, nobody reads or touches what is another team's (CVE-2022-1176, CVE-2026-27954)."""

import re
from collections.abc import Iterator

import pytest

from handoff import teams
from handoff.clock import utc_now
from handoff.model import Agent, Conversation
from handoff.reach import NAMED
from tests.integration.conftest import MakeDesk
from tests.integration.harness import Console, Desk, Visitor, wait_for
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
