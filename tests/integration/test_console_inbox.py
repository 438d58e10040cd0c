"""The inbox over HTTP: hostile filters, keys and ids; read marks, views and preferences, each only the agent's own."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from handoff.model import Agent
from tests.integration.harness import Console, Desk, Visitor

MakeDesk = Callable[..., Desk]
NOBODY = "0" * 32


def row_of(console: Console, conversation_id: str, tab: str = "queue") -> dict[str, Any]:
    return next(row for row in console.list(tab)["rows"] if row["id"] == conversation_id)


@pytest.mark.parametrize(
    "given",
    [
        {"tab": ""}, {"tab": "' OR 1=1 --"}, {"tab": "../mine"}, {"tab": "\x00"}, {"channel": "web') OR ('1'='1"},
        {"language": "en; DROP TABLE agent"}, {"team": "x' OR 1=1"}, {"reason": "asked' --"}, {"priority": "1 OR 1=1"},
        {"priority": "99999999999999999999"}, {"label": "%' OR label.id LIKE '%"}, {"waiting": "-5"}, {"waiting": "NaN"},
        {"agent": "me"}, {"sort": "password_hash"}, {"status": "open"}, {"after": "[1,2"}, {"after": "[" * 150},
        {"after": '["x"]'}, {"after": "[1,2,3,4,5,6,7,8,9]"}, {"after": "[1e400,1,\"x\"]"}, {"after": "9" * 5000},
        {"after": f"[0,{10**19},\"x\"]"}, {"after": "[0,NaN,\"x\"]"}, {"after": f"[{10**30},0,\"x\"]"},
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(ada: Console, given: dict[str, str], no_faults: None) -> None:
    assert ada.http.get("/desk/api/list", params=given).status_code == 422


@pytest.mark.parametrize("ids", ["", "x", f"{NOBODY},", f"{NOBODY}' OR 1=1", ",".join([NOBODY] * 101)])
def test_ids_that_are_none_are_refused(ada: Console, ids: str, no_faults: None) -> None:
    assert ada.http.get("/desk/api/rows", params={"ids": ids}).status_code == 422


def test_a_row_by_its_id_says_whether_it_belongs_to_the_list(ada: Console, lan: Visitor, waiting: str) -> None:
    found = ada.http.get("/desk/api/rows", params={"ids": f"{waiting},{NOBODY}", "tab": "queue"}).json()
    assert [(row["id"], row["here"]) for row in found["rows"]] == [(waiting, True)]
    found = ada.http.get("/desk/api/rows", params={"ids": waiting, "language": "vi"}).json()
    assert [(row["id"], row["here"]) for row in found["rows"]] == [(waiting, False)]
    assert {"counts", "me", "now"} <= found.keys()
    key = json.dumps(row_of(ada, waiting)["key"])
    assert waiting not in [row["id"] for row in ada.http.get("/desk/api/list", params={"after": key}).json()["rows"]]


def test_what_she_has_read_is_unread_for_others(ada: Console, ben: Console, waiting: str, no_faults: None) -> None:
    assert row_of(ada, waiting)["unread"]
    last = row_of(ada, waiting)["last_seq"]
    assert ada.act(waiting, "read", seq=last).status_code == 204
    assert not row_of(ada, waiting)["unread"]
    assert row_of(ben, waiting)["unread"]
    assert ada.act(NOBODY, "read", seq=1).status_code == 404
    for wrong in ({"seq": -1}, {"seq": "1"}, {"seq": 2**31}, {"seq": 1, "agent_id": ben.id}, {}):
        assert ada.act(waiting, "read", **wrong).status_code == 422, wrong


def test_a_view_is_its_owners_and_everybodys_are_made_by_leads(own_desk: MakeDesk) -> None:
    desk = own_desk()
    ada, ben, lead = Console(desk, "Ada"), Console(desk, "Ben"), Console(desk, "Lead")
    with desk.database.write() as session:
        session.get_one(Agent, lead.id).role = "lead"

    def names(console: Console) -> list[str]:
        return [view["name"] for view in console.http.get("/desk/api/views").json()["views"]]

    def make(console: Console, name: str, *, everybodys: bool = False) -> Any:
        body = {"name": name, "choice": {"tab": "all", "language": "vi"}, "everybodys": everybodys}
        return console.http.post("/desk/api/views", json=body)

    hers = make(ada, "  Vietnamese ").json()["id"]
    shared = make(lead, "Hanoi", everybodys=True).json()["id"]
    assert make(ada, "mine for all", everybodys=True).status_code == 404
    assert (names(ada), names(ben)) == (["Hanoi", "Vietnamese"], ["Hanoi"])
    for console, view in ((ben, hers), (lead, hers), (ada, shared), (ada, NOBODY)):
        assert console.http.post(f"/desk/api/views/{view}", json={"name": "stolen"}).status_code == 404
        assert console.http.post(f"/desk/api/views/{view}/delete").status_code == 404
    assert ada.http.post(f"/desk/api/views/{hers}", json={"name": "Việt Nam"}).status_code == 204
    assert lead.http.post(f"/desk/api/views/{shared}/delete").status_code == 204
    assert names(ada) == ["Việt Nam"]
    for wrong in ({"name": ""}, {"name": "x" * 61}, {"choice": {"tab": "nowhere"}}, {"agent_id": ben.id},
                  {"choice": {"tab": "all", "sql": "1=1"}}):  # fmt: skip
        assert ada.http.post(f"/desk/api/views/{hers}", json=wrong).status_code == 422, wrong
    assert desk.errors == []


def test_preferences_are_kept_and_nothing_else_is(ada: Console) -> None:
    changed = ada.http.post("/desk/api/me/preferences", json={"sound": False})
    assert (changed.json()["sound"], changed.json()["shortcuts"]) == (False, True)
    ada.sign_in()
    assert ada.setup["preferences"]["sound"] is False
    for wrong in ({"sound": "no"}, {"role": "admin"}, {"sound": 0}):
        assert ada.http.post("/desk/api/me/preferences", json=wrong).status_code == 422, wrong
    without = {"x-csrf": ""}
    assert ada.http.post("/desk/api/me/preferences", json={"sound": True}, headers=without).status_code == 403


def test_words_of_a_conversation_are_found_as_words(ada: Console, lan: Visitor, no_faults: None) -> None:
    lan.says("<b>zebra</b> Đồng phục")
    found = ada.http.get("/desk/api/search", params={"q": "dong zeb"}).raise_for_status().json()["found"]
    assert [one["row"]["id"] for one in found] == [lan.conversation_id]
    assert [piece["text"] for piece in found[0]["pieces"] if piece["hit"]] == ["zebra", "Đồng"]
    for wrong in ({}, {"q": "x" * 201}, {"q": "zebra", "tab": "mine"}, {"q": "zebra", "owner": "bot"}):
        assert ada.http.get("/desk/api/search", params=wrong).status_code == 422, wrong
    assert lan.http.get("/desk/api/search", params={"q": "zebra"}).status_code == 401
