"""The right pane and the acts over the console's API: who may, what is refused in words, and what others never see."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from handoff.conversations import new_id
from handoff.desk_model import Suggestion
from handoff.model import Agent, Audit, Conversation, Identity, OrderLookup
from tests.integration.harness import Console, Desk, Visitor
from tests.standins.engine import EngineStandin
from tests.standins.knowledge import KnowledgeStandin, article, order


@pytest.fixture(scope="module")
def knowledge() -> Iterator[KnowledgeStandin]:
    standin = KnowledgeStandin().start()
    yield standin
    standin.stop()


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, engine: EngineStandin, knowledge: KnowledgeStandin, templates: object
) -> Iterator[Desk]:
    """A desk of this suite's own, with articles and orders."""
    folder = tmp_path_factory.mktemp("pane")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAQDESK_PROJECT", str(folder))
        made = Desk(templates.new("sqlite", folder), engine.url, knowledge_url=knowledge.url)  # type: ignore[attr-defined]
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="module")
def ada(desk: Desk) -> Console:
    return Console(desk, "Ada")


@pytest.fixture(scope="module")
def ben(desk: Desk) -> Console:
    return Console(desk, "Ben")


@pytest.fixture(autouse=True)
def _fresh(knowledge: KnowledgeStandin, no_faults: None) -> None:
    knowledge.reset()


@pytest.fixture
def held(ada: Console, waiting: str) -> str:
    assert ada.act(waiting, "claim").status_code == 204
    return waiting


def lead(desk: Desk, name: str) -> Console:
    console = Console(desk, name)
    with desk.database.write() as session:
        session.get_one(Agent, console.id).role = "lead"
    return console


def verified(desk: Desk, conversation_id: str, number: str) -> None:
    """The shopper has proved that the order is hers."""
    with desk.database.write() as session:
        identity = session.get_one(Identity, session.get_one(Conversation, conversation_id).identity_id)
        row = OrderLookup(conversation_id=conversation_id, contact_id=identity.contact_id, order_number=number)
        row.found, row.at = True, desk.now()
        session.add(row)


def acts_on(desk: Desk, conversation_id: str) -> list[tuple[str, dict[str, object]]]:
    with desk.database.read() as session:
        rows = session.scalars(select(Audit).where(Audit.conversation_id == conversation_id).order_by(Audit.id))
        return [(row.act, row.details) for row in rows]


def test_a_zone_that_a_browser_names_is_hers_and_whatever_else_it_says_is_not(
    desk: Desk, ada: Console, lan: Visitor
) -> None:
    def local(**given: str) -> object:
        assert lan.send(text="hello", **given).status_code == 202
        return ada.http.get(f"/desk/api/conversations/{lan.conversation_id}/shopper").json()["local"]

    assert local() is None
    assert local(zone="Mars/Olympus") is None
    assert local(zone="Europe/London") == {"zone": "Europe/London", "place": "London"}
    assert local(zone="UTC") == {"zone": "Europe/London", "place": "London"}
    assert local(zone="Asia/Saigon") == {"zone": "Asia/Saigon", "place": "Ho Chi Minh"}
    path = f"/desk/api/conversations/{lan.conversation_id}/shopper"
    assert lan.send(text="hello", zone="x" * 65).status_code == 422
    lan.send(text="hello", zone="Europe/London")
    assert ada.http.get(path, params={"lang": "es"}).json()["local"]["place"] == "Londres"


# ---- orders --------------------------------------------------------------------------------------------------------


def test_the_verified_order_is_asked_for_anew_each_time(
    desk: Desk, ada: Console, held: str, knowledge: KnowledgeStandin
) -> None:
    path = f"/desk/api/conversations/{held}/order"
    assert ada.http.get(path).json()["state"] == "unverified"
    verified(desk, held, "CS-204518")
    knowledge.orders["CS-204518"] = order(state="packed")
    assert ada.http.get(path).json()["order"]["state"] == "packed"
    knowledge.orders["CS-204518"] = order(state="delivered", tracking_url="javascript:alert(1)")
    found = ada.http.get(path).json()["order"]
    assert (found["state"], found["tracking_url"]) == ("delivered", "")
    knowledge.orders["CS-204518"] = order(email="lan@shop.example")
    assert ada.http.get(path).json()["order"] is None, "what tells more than an order may is not passed on"
    knowledge.away = True
    away = ada.http.get(path)
    assert (away.status_code, away.json()["state"], away.json()["number"]) == (200, "out_of_reach", "CS-204518")


def test_whoever_looks_another_order_up_leaves_a_trace(
    desk: Desk, ben: Console, held: str, knowledge: KnowledgeStandin
) -> None:
    knowledge.orders["CS-204525"] = order("CS-204525")
    assert ben.act(held, "order", number="CS-204525").json()["order"]["number"] == "CS-204525"
    assert ben.act(held, "order", number="CS-1").json()["state"] == "none"
    looked = [details for act, details in acts_on(desk, held) if act == "look up order"]
    assert looked == [{"order": "CS-204525"}, {"order": "CS-1"}]


# ---- suggested articles --------------------------------------------------------------------------------------------


def test_a_card_is_the_article_as_the_bot_shows_it_and_nothing_that_the_browser_wrote(
    desk: Desk, ada: Console, ben: Console, held: str, lan: Visitor, knowledge: KnowledgeStandin
) -> None:
    knowledge.articles.append(article("refund", "Refunds", "Ready in **3** days. <script>alert(1)</script>", 0.8))
    given = {"article_id": "refund", "language": "en", "client_id": "client-0001"}
    wrongs: list[dict[str, Any]] = [{"title": "Free money"}, {"content": {}}, {"article_id": "a/b"}, {"client_id": "x"}]
    for wrong in [*wrongs, {"language": "xx-XX"}, {"article_id": "x" * 101}]:
        assert ada.act(held, "card", **(given | wrong)).status_code == 422
    assert ben.act(held, "card", **given).status_code == 409
    gone = ada.act(held, "card", **(given | {"article_id": "nothing"}))
    assert (gone.status_code, gone.json()["detail"]) == (409, {"reason": "article_gone"})
    assert ada.act(held, "card", **(given | {"language": "fr"})).status_code == 409
    assert desk.texts(held, "agent") == []

    sent = [ada.act(held, "card", **given).json()["id"] for _ in range(2)]
    assert sent[0] == sent[1]
    (card,) = lan.messages("agent")
    content = card["content"]
    assert (content["type"], content["release"], "question" in content, "buttons" in content) == (
        "article", "r1", False, False
    )  # fmt: skip
    link = f"{desk.settings.base_url}/help/en/refund"
    assert content["article"] | {"html": ""} == {
        "id": "refund", "language": "en", "title": "Refunds", "updated": "2026-01-01", "html": "", "link": link,
    }  # fmt: skip
    assert "<strong>3</strong>" in content["article"]["html"]
    assert "<script" not in content["article"]["html"]
    assert content["text"].startswith("Refunds\n\nReady in 3 days.")
    assert content["text"].endswith(link)

    knowledge.articles.append(article("late", "Late", "Soon.", 0.5))
    knowledge.away = True
    away = ada.act(held, "card", **(given | {"article_id": "late", "client_id": "client-0002"}))
    assert (away.status_code, away.json()["detail"]) == (409, {"reason": "articles_away"})


def test_articles_are_for_who_may_answer_and_end_with_the_service(
    desk: Desk, ada: Console, ben: Console, held: str, knowledge: KnowledgeStandin
) -> None:
    body = "Ready in **3** days. <script>alert(1)</script>"
    knowledge.articles += [article(f"a{n}", f"Title {n}", body, p) for n, p in enumerate((0.8, 0.3, 0.1, 0.09, 0.01))]
    path = f"/desk/api/conversations/{held}/suggestions"
    found = ada.http.get(path).json()
    assert [one["id"] for one in found["articles"]] == ["a0", "a1", "a2"]
    assert ben.http.get(path).json() == {"state": "none", "articles": []}

    shown = ada.http.get("/desk/api/articles/en/a0").json()
    assert "<script" not in shown["html"]
    assert shown["text"].startswith("Ready in 3 days.")

    chosen = {"seq": found["seq"], "article_id": "a0", "language": "en", "rank": 1, "p": 0.8}
    used = ada.act(held, "suggestions", **chosen, used="inserted")
    assert used.status_code == 201
    assert ada.act(held, "reply", text="Three days.", suggested=[chosen]).status_code == 201
    assert ada.act(held, "note", text="Three days.", suggested=[chosen]).status_code == 422
    for wrong in (
        chosen | {"rank": 4},
        chosen | {"p": 2.0},
        chosen | {"agent_id": ben.id},
        chosen | {"article_id": "../a"},
    ):
        assert ada.act(held, "reply", text="Three days.", suggested=[wrong]).status_code == 422
    assert ada.act(held, "reply", text="Three days.", suggested=[chosen] * 11).status_code == 422
    assert ada.act(held, "reply", text="Three days.", suggested=[chosen | {"seq": 9999}]).status_code == 404
    assert desk.texts(held, "agent") == ["Three days."]
    with desk.database.read() as session:
        kept = session.scalars(select(Suggestion).filter_by(conversation_id=held))
        assert [(one.id, one.used, one.agent_id) for one in kept] == [(used.json()["id"], "sent", ada.id)]
    ada.act(held, "suggestions", **(chosen | {"article_id": "a1", "rank": 2}), used="dismissed")
    assert [one["id"] for one in ada.http.get(path).json()["articles"]] == ["a0", "a2"]

    knowledge.away = True
    assert ada.http.get(path).json() == {"state": "out_of_reach", "articles": []}


# ---- what is refused -----------------------------------------------------------------------------------------------

NOBODY = new_id()


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("resolve", {"resolution": "merged"}),
        ("resolve", {"resolution": "done"}),
        ("resolve", {"resolution": "spam", "more": 1}),
        ("merge", {}),
        ("merge", {"into": "x"}),
        ("transfer", {"agent_id": NOBODY, "note": "n"}),
        ("transfer_to_team", {"team_id": None, "note": "x" * 5_001}),
        ("transfer_to_team", {"team_id": None, "note": 1}),
        ("labels", {"label_id": "x", "on": True}),
        ("labels", {"label_id": NOBODY, "on": 1}),
        ("shopper", {"name": "x" * 121}),
        ("shopper", {"name": None}),
        ("order", {"number": ""}),
        ("order", {"number": "../health?x=1"}),
        ("order", {"number": "x" * 41}),
        ("suggestions", {"seq": 1, "article_id": "a", "language": "en", "rank": 1, "p": 0.5, "used": "sent"}),
        ("suggestions", {"seq": 1, "article_id": "a/../b", "language": "en", "rank": 1, "p": 0.5, "used": "inserted"}),
        ("suggestions", {"seq": 1, "article_id": "a", "language": "en", "rank": 4, "p": 0.5, "used": "inserted"}),
        ("suggestions", {"seq": 1, "article_id": "a", "language": "en", "rank": 1, "p": 1.5, "used": "inserted"}),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, ada: Console, held: str, act: str, body: dict[str, object]
) -> None:
    before = desk.conversation(held).last_seq
    answer = ada.act(held, act, **body)
    assert answer.status_code == 422, answer.text
    assert (desk.conversation(held).last_seq, desk.conversation(held).agent_id) == (before, ada.id)


@pytest.mark.parametrize("act", ["resolve", "merge", "labels", "shopper", "order", "suggestions"])
def test_an_invented_conversation_is_not_there(ada: Console, act: str) -> None:
    bodies: dict[str, dict[str, object]] = {
        "merge": {"into": new_id()},
        "labels": {"label_id": new_id(), "on": True},
        "shopper": {"name": "Lan"},
        "order": {"number": "CS-1"},
        "suggestions": {"seq": 1, "article_id": "a", "language": "en", "rank": 1, "p": 0.5, "used": "inserted"},
    }
    assert ada.act(new_id(), act, **bodies.get(act, {})).status_code == 404
    for read in ("shopper", "order", "suggestions"):
        assert ada.http.get(f"/desk/api/conversations/{new_id()}/{read}").status_code == 404


def test_nobody_ends_or_merges_what_is_a_colleague_s_nor_joins_two_shoppers(
    desk: Desk, engine: EngineStandin, ada: Console, ben: Console, held: str
) -> None:
    other = Visitor(desk)
    other.says("a person, please")
    assert ben.act(held, "resolve", resolution="spam").status_code == 409
    answer = ada.act(held, "merge", into=other.conversation_id)
    assert (answer.status_code, "different shoppers" in answer.text) == (422, True)
    assert desk.conversation(held).owner == "agent"


def test_only_leads_make_labels_and_everybody_puts_them_on(desk: Desk, ada: Console, held: str, lan: Visitor) -> None:
    chief = lead(desk, "Chief")
    made = {"name": f"VIP {new_id()[:6]}", "colour": "violet"}
    assert ada.http.post("/desk/api/labels", json=made).status_code == 403
    label_id = chief.http.post("/desk/api/labels", json=made).json()["id"]
    assert ada.http.post(f"/desk/api/labels/{label_id}/close").status_code == 403
    assert ada.act(held, "labels", label_id=label_id, on=True).status_code == 204
    assert [one["name"] for one in ada.reads(held)["labels"]] == [made["name"]]
    assert made["name"] not in str(lan.state()), "a shopper never learns what she is called here"
    assert chief.http.post(f"/desk/api/labels/{label_id}/close").status_code == 204
    assert label_id not in str(ada.http.get("/desk/api/labels").json())


def test_without_the_page_s_token_nothing_is_done(ada: Console, held: str) -> None:
    paths = [
        f"conversations/{held}/{act}"
        for act in ("resolve", "merge", "labels", "shopper", "order", "suggestions", "card")
    ]
    for path in [
        *paths,
        "labels",
        f"labels/{NOBODY}/close",
        "follow_ups/1",
        "callbacks/1/outcome",
    ]:
        assert ada.http.post(f"/desk/api/{path}", json={}, headers={"x-csrf": "x"}).status_code == 403, path
        assert ada.desk.client(origin=ada.desk.url).post(f"/desk/api/{path}", json={}).status_code == 401, path
    for path in ("tasks", "labels", f"conversations/{held}/shopper", f"conversations/{held}/order", "articles/en/a"):
        assert ada.desk.client().get(f"/desk/api/{path}").status_code == 401, path


def test_what_was_passed_on_is_checked_by_who_passed_it_on(desk: Desk, ada: Console, ben: Console, held: str) -> None:
    assert ada.act(held, "transfer", agent_id=ben.id, note="Refund is due.").status_code == 204
    assert "Refund is due." in desk.texts(held, "agent")
    assert ben.act(held, "resolve", resolution="no_reply").status_code == 204
    mine = next(c for c in ada.http.get("/desk/api/tasks").json()["checks"] if c["conversation"] == held)
    assert (mine["resolution"], mine["due_at"] <= desk.now().isoformat()) == ("no_reply", True)
    path = f"/desk/api/follow_ups/{mine['id']}"
    assert ben.http.post(path, json={"solved": True}).status_code == 404
    assert ada.http.post(path, json={"solved": False}).status_code == 204
    assert desk.conversation(held).owner == "queue"
    assert ada.http.post(path, json={"solved": False}).status_code == 404


def test_a_page_without_a_reason_still_ends_what_is_solved(desk: Desk, ada: Console, held: str) -> None:
    assert ada.act(held, "resolve").status_code == 204
    assert desk.conversation(held).resolution == "solved"


def test_what_became_of_a_call_is_one_of_three(ada: Console) -> None:
    path = "/desk/api/callbacks/999999/outcome"
    assert ada.http.post(path, json={"outcome": "reached", "tries": 0}).status_code == 404
    for wrong in ({"outcome": "maybe", "tries": 0}, {"outcome": "reached"}, {"outcome": "reached", "tries": -1}):
        assert ada.http.post(path, json=wrong).status_code == 422
