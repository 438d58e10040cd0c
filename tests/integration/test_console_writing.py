"""What the reply box asks the desk: long threads in parts, canned answers, a look at the words, who is writing."""

import json
from html import unescape

import pytest

from handoff import conversations
from handoff.model import Agent
from tests.integration.harness import PATIENCE, Console, Desk, Visitor
from tests.integration.test_help_pages import KnowledgeStandin, MakeDesk

pytestmark = pytest.mark.usefixtures("no_faults")


def test_a_long_thread_is_read_from_its_end(desk: Desk, ada: Console, waiting: str) -> None:
    with desk.database.write() as session:
        conversation = conversations.lock(session, waiting)
        for number in range(170):
            content = {"type": "text", "text": f"note {number}"}
            conversations.add_message(session, conversation, "agent", content, desk.now(), note=True)
    path = f"/desk/api/conversations/{waiting}"
    newest = ada.http.get(path, params={"before": 2**31 - 1}).json()
    older = ada.http.get(path, params={"before": newest["events"][0]["seq"]}).json()
    seqs = [event["seq"] for event in older["events"] + newest["events"]]
    assert seqs == list(range(1, newest["last"] + 1))
    assert (len(newest["events"]), newest["earlier"], older["earlier"]) == (150, True, False)
    for wrong in (0, -1, 2**31, "x"):
        assert ada.http.get(path, params={"before": wrong}).status_code == 422


def test_markdown_reaches_the_shopper_as_safe_html_and_other_channels_as_text(
    ada: Console, lan: Visitor, waiting: str
) -> None:
    ada.act(waiting, "claim")
    ada.act(waiting, "reply", text="**Look**: [here](https://evil.example) <script>1</script> [x](javascript:1)")
    content = lan.messages("agent")[-1]["content"]
    assert content["text"] == "Look: here (https://evil.example) <script>1</script> [x](javascript:1)"
    assert "<strong>Look</strong>" in content["html"]
    assert "(evil.example)" in content["html"]
    assert "<script" not in content["html"]
    ada.act(waiting, "reply", text="plain <b>")
    assert lan.messages("agent")[-1]["content"] == {"type": "text", "text": "plain <b>"}


def test_words_are_looked_over_before_they_go_and_refused_when_something_is_not_filled(
    ada: Console, waiting: str
) -> None:
    path = f"/desk/api/conversations/{waiting}/look_over"
    found = ada.http.post(path, json={"text": "YOUR OWN FAULT {order_number}!!!"}).json()
    assert found == {"unfilled": ["order_number"], "hints": ["rude", "shouting", "marks"], "html": None}
    for wrong in ({}, {"text": 1}, {"text": "x", "more": 1}, {"text": "x" * 20_001}, {"text": "x", "canned": "x"}):
        assert ada.http.post(path, json=wrong).status_code == 422
    ada.act(waiting, "claim")
    refused = ada.act(waiting, "reply", text="It is {order_number}")
    assert (refused.status_code, refused.json()["detail"]["reason"]) == (422, "unfilled")


def form(agent: Console, path: str, **fields: str) -> tuple[int, str]:
    given = {"csrf": agent.setup["csrf"], "shortcut": "hi", "language": "en", "title": "Hi", "text": "Hello"} | fields
    answer = agent.http.post(f"/desk/canned{path}", data=given)
    return answer.status_code, unescape(answer.text)


def test_canned_answers_are_kept_on_a_page_and_offered_in_the_box(desk: Desk, ben: Console, waiting: str) -> None:
    lea = Console(desk, "Lea")
    with desk.database.write() as session:
        session.get_one(Agent, lea.id).role = "lead"
    name = f"hi-{waiting[:8]}"
    assert form(lea, "", shortcut=name, title="<script>", text="Hello {first_name}, {agent} here")[0] == 303
    page = lea.http.get("/desk/canned").text
    assert "<script>" not in page.replace('<script src="/static/theme.js">', "")
    assert form(lea, "", shortcut=name.upper())[0] == 422
    offered = ben.http.get(f"/desk/api/conversations/{waiting}/canned").json()
    mine = next(one for one in offered["answers"] if one["shortcut"] == name)
    assert offered["values"]["agent"] == "Ben"
    assert form(ben, f"/{mine['id']}")[0] == 422  # it is everybody's, and he is no lead
    assert form(ben, f"/{mine['id']}/remove")[0] == 422
    text = "Hello {first_name}, Ben here"
    hints = ben.http.post(
        f"/desk/api/conversations/{waiting}/look_over", json={"text": text, "canned": mine["id"]}
    ).json()
    assert hints["hints"] == []
    assert form(lea, f"/{mine['id']}", shortcut=name, text="Hello and welcome")[0] == 303
    words = {"text": "Hello and welcome", "canned": mine["id"]}
    hints = ben.http.post(f"/desk/api/conversations/{waiting}/look_over", json=words).json()
    assert hints["hints"] == ["impersonal"]
    assert form(lea, f"/{mine['id']}/remove")[0] == 303
    assert form(lea, f"/{mine['id']}")[0] == 422


def test_an_agent_keeps_her_own_beside_everybodys(desk: Desk, waiting: str) -> None:
    ada, lea = Console(desk, "Ada"), Console(desk, "Lea")
    with desk.database.write() as session:
        session.get_one(Agent, lea.id).role = "lead"
    name = f"own-{waiting[:8]}"
    assert form(ada, "", shortcut=name)[0] == 422  # everybody's are not hers to write
    assert form(ada, "", shortcut=name, text="Hers <b>", team="own")[0] == 303
    assert form(lea, "", shortcut=name, text="Everybody's")[0] == 303

    def offered(agent: Console) -> list[tuple[str, bool, str]]:
        answers = agent.http.get(f"/desk/api/conversations/{waiting}/canned").json()["answers"]
        return [(one["text"], one["own"], one["id"]) for one in answers if one["shortcut"] == name]

    (hers, _), (theirs,) = offered(ada), offered(lea)
    assert (hers[:2], theirs[:2]) == (("Hers <b>", True), ("Everybody's", False))
    assert "Hers &lt;b&gt;" in ada.http.get("/desk/canned").text
    assert "Hers" not in lea.http.get("/desk/canned").text
    assert form(lea, f"/{hers[2]}", shortcut=name)[0] == 422
    assert form(lea, f"/{hers[2]}/remove")[0] == 422
    assert form(ada, f"/{hers[2]}", shortcut=name, text="Hers again", team="own")[0] == 303
    assert [one[0] for one in offered(ada)] == ["Hers again", "Everybody's"]
    assert form(ada, f"/{hers[2]}/remove")[0] == 303
    assert [one[0] for one in offered(ada)] == ["Everybody's"]


def test_the_page_of_canned_answers_changes_nothing_for_strangers(desk: Desk, ada: Console) -> None:
    assert desk.client().get("/desk/canned").headers["location"] == "/desk/login"
    assert form(ada, "", csrf="x")[0] == 403
    stranger = desk.client(origin="https://evil.example")
    stranger.cookies.update(ada.http.cookies)
    given = {"csrf": ada.setup["csrf"], "shortcut": "x", "language": "en", "title": "x", "text": "x"}
    assert stranger.post("/desk/canned", data=given).status_code == 403


def test_articles_are_found_and_can_be_linked_to(own_desk: MakeDesk) -> None:
    knowledge = KnowledgeStandin()
    agent = Console(own_desk(knowledge_url=knowledge.url, public_url="https://shop.example"), "Ada")
    found = agent.http.get("/desk/api/articles", params={"q": "returns", "language": "en"}).json()["articles"]
    assert [(one["id"], one["link"]) for one in found] == [("returns", "https://shop.example/help/en/returns")]
    assert agent.http.get("/desk/api/articles", params={"q": " "}).json() == {"articles": []}


def test_without_the_knowledge_service_the_search_says_so(ada: Console) -> None:
    assert ada.http.get("/desk/api/articles", params={"q": "returns"}).status_code == 503


def test_who_writes_is_told_over_the_sockets_to_whoever_may_know(
    ada: Console, ben: Console, lan: Visitor, waiting: str
) -> None:
    ada.act(waiting, "claim")
    with lan.socket() as shopper, ben.socket() as colleague, ada.socket() as own:
        assert json.loads(shopper.recv(PATIENCE)) == {"hello": True}
        own.send(json.dumps({"conversation": waiting, "doing": "notes"}))
        own.send("x" * 100_000)
        own.send(json.dumps({"conversation": waiting, "doing": "writes", "who": ben.id}))
        own.send(json.dumps({"conversation": waiting, "doing": "writes"}))
        assert json.loads(shopper.recv(PATIENCE)) == {"typing": True}  # the first thing that she hears
        heard = [said for said in (json.loads(colleague.recv(PATIENCE)) for _ in range(2)) if "whisper" in said]
        assert {(one["whisper"]["who"], one["whisper"]["doing"]) for one in heard} <= {
            (ada.id, "notes"),
            (ada.id, "writes"),
        }
        shopper.send('{"typing":true,"conversation":"' + "0" * 32 + '"}')
        shopper.send('{"typing":true}')
        while (said := json.loads(colleague.recv(PATIENCE))).get("whisper", {}).get("who") != "shopper":
            pass
        assert said["whisper"] == {"conversation": waiting, "who": "shopper", "doing": "writes"}
