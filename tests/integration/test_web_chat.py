"""The web channel over HTTP: a visitor writes, presses, comes back and reads."""

import uuid
from collections.abc import Callable

import pytest

from handoff import conversations, shop_hours
from handoff.hours import OpeningHours
from tests.integration.harness import Desk, Visitor
from tests.standins.engine import EngineStandin, article, text

MakeDesk = Callable[..., Desk]


def test_a_message_is_answered(lan: Visitor) -> None:
    state = lan.says("hello there")
    assert lan.texts("shopper") == ["hello there"]
    assert lan.texts("bot")[-1] == "You said: hello there"
    assert (state["owner"], state["place"]) == ("bot", None)


def test_the_bot_introduces_itself_once_in_the_pages_language(desk: Desk, engine: EngineStandin) -> None:
    visitor = Visitor(desk, "vi-VN")
    visitor.says("xin chào")
    visitor.says("lần nữa")
    greetings = [words for words in visitor.texts("bot") if "mình là bot của Casa Sen" in words]
    assert len(greetings) == 1


def test_somebody_who_has_not_written_has_nothing(lan: Visitor) -> None:
    state = lan.state()
    assert (state["conversation"], state["owner"], state["events"], state["last"]) == (None, None, [], 0)


def test_a_press_says_the_buttons_words_and_asks_the_engine_its_payload(lan: Visitor, engine: EngineStandin) -> None:
    engine.on("show me", text("Which one?", ("The red one", '/show{"id": "red"}'), ("None", "/none_of_these")))
    engine.on('/show{"id": "red"}', text("Here is the red one."))
    lan.says("show me")
    lan.presses("The red one")
    assert lan.texts("shopper") == ["show me", "The red one"]
    assert lan.texts("bot")[-1] == "Here is the red one."
    assert engine.asked[-1]["message"] == "The red one"
    assert engine.asked[-1]["metadata"]["button"] == '/show{"id": "red"}'


def test_a_visitor_never_sees_what_a_button_does(lan: Visitor, engine: EngineStandin) -> None:
    engine.on("show me", text("Which one?", ("The red one", '/secret_intent{"a": 1}')))
    assert "secret_intent" not in repr(lan.says("show me"))


def test_a_button_of_another_conversation_is_refused_and_nothing_is_stored(
    desk: Desk, lan: Visitor, minh: Visitor, engine: EngineStandin
) -> None:
    engine.on("choose", text("Which one?", ("Mine", "/mine")))
    lan.says("choose")
    minh.says("hello")
    before = minh.state()
    answer = minh.send(button=lan.button("Mine"))
    assert answer.status_code == 422
    assert "does not belong to this conversation" in answer.json()["detail"]["reason"]
    assert minh.state() == before
    assert len(desk.turns(minh.conversation_id)) == 1


@pytest.mark.parametrize("invented", ["", "x", "x.0", "..", "0" * 32 + ".0", "a" * 80, "' OR 1=1 --", "\x00.0"])
def test_an_invented_button_is_refused(desk: Desk, lan: Visitor, invented: str, no_faults: None) -> None:
    lan.says("hello")
    assert lan.send(button=invented).status_code == 422
    assert lan.texts("shopper") == ["hello"]


def test_a_press_before_any_message_begins_no_conversation(lan: Visitor) -> None:
    assert lan.send(button="x.0").status_code == 422
    assert lan.state()["conversation"] is None


def test_a_double_submit_stores_once_and_gives_the_same_id(lan: Visitor) -> None:
    client_id = uuid.uuid4().hex
    first = lan.send(text="once", client_id=client_id)
    again = lan.send(text="once", client_id=client_id)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert first.json()["id"] == again.json()["id"]
    lan.answered()
    assert lan.texts("shopper") == ["once"]
    assert lan.texts("bot").count("You said: once") == 1


def test_the_same_client_id_of_two_visitors_is_two_messages(lan: Visitor, minh: Visitor) -> None:
    client_id = uuid.uuid4().hex
    ids = {visitor.send(text="hi", client_id=client_id).json()["id"] for visitor in (lan, minh)}
    assert len(ids) == 2


def test_messages_are_answered_in_their_order(lan: Visitor, engine: EngineStandin) -> None:
    engine.on("slow one", text("slow answer", seconds=0.2))
    for words in ("slow one", "quick two", "quick three"):
        assert lan.send(text=words).status_code == 202
    lan.answered()
    assert lan.texts("bot")[-3:] == ["slow answer", "You said: quick two", "You said: quick three"]


def test_who_comes_back_gets_what_was_missed_and_nothing_twice(lan: Visitor) -> None:
    lan.says("one")
    seen = lan.state()
    lan.says("two")
    missed = lan.state(after=seen["last"])
    fresh = lan.state()
    assert seen["events"] + missed["events"] == fresh["events"]
    assert missed["last"] == fresh["last"]
    assert lan.state(after=fresh["last"])["events"] == []


def test_events_in_pieces_equal_a_fresh_read(lan: Visitor) -> None:
    for words in ("one", "two", "three"):
        lan.says(words)
    fresh = lan.state()["events"]
    for cut in range(len(fresh) + 1):
        after = fresh[cut - 1]["seq"] if cut else 0
        assert fresh[:cut] + lan.state(after)["events"] == fresh


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 40, str(2**63)])
def test_a_cursor_that_cannot_be_breaks_nothing(lan: Visitor, after: str, no_faults: None) -> None:
    lan.says("hello")
    answer = lan.http.get("/api/chat/events", params={"after": after})
    assert answer.status_code == 422 or answer.json()["events"] == []


def test_while_the_bot_thinks_the_visitor_sees_it(lan: Visitor, engine: EngineStandin) -> None:
    engine.on("think", text("thought", seconds=0.3))
    lan.send(text="think")
    assert lan.state()["typing"]
    assert not lan.answered()["typing"]


def test_an_article_comes_with_safe_html_and_whether_it_helped(lan: Visitor, engine: EngineStandin) -> None:
    engine.on("returns?", article("Returns", "Thirty **days**. <script>alert(1)</script>"))
    lan.says("returns?")
    content = lan.messages("bot")[-1]["content"]
    assert content["type"] == "article"
    assert "<strong>days</strong>" in content["article"]["html"]
    assert "<script" not in content["article"]["html"]
    assert [button["title"] for button in content["buttons"]] == ["Yes", "No"]


def test_reading_is_noted_and_never_goes_back(desk: Desk, lan: Visitor) -> None:
    last = lan.says("hello")["last"]
    assert lan.http.post("/api/chat/read", json={"seq": last}).status_code == 204
    assert lan.http.post("/api/chat/read", json={"seq": 1}).status_code == 204
    assert desk.conversation(lan.conversation_id).shopper_read_seq == last
    assert [event["kind"] for event in lan.state()["events"]].count("read") == 0


@pytest.mark.parametrize("ahead", [1, 1000, 10**30])
def test_nobody_has_read_what_does_not_exist_yet(desk: Desk, lan: Visitor, ahead: int, no_faults: None) -> None:
    last = lan.says("hello")["last"]
    assert lan.http.post("/api/chat/read", json={"seq": last + ahead}).status_code == 422
    assert desk.conversation(lan.conversation_id).shopper_read_seq == 0


def test_nothing_can_be_read_before_the_first_message(lan: Visitor) -> None:
    assert lan.http.post("/api/chat/read", json={"seq": 0}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "spoken", "send"), [("es-MX", "es", "Enviar"), ("vi", "vi", "Gửi"), ("xx", "en", "Send")]
)
def test_the_chat_gets_its_words(desk: Desk, asked: str, spoken: str, send: str) -> None:
    found = desk.client().get("/api/chat/config", params={"language": asked}).json()
    assert (found["language"], found["shop"], found["words"]["send"]) == (spoken, "Casa Sen", send)
    assert "{shop}" not in found["words"]["title"]


# ---- with desks of their own ----------------------------------------------------------------------------------------


def test_a_flood_of_messages_is_slowed_and_others_are_not(own_desk: MakeDesk) -> None:
    desk = own_desk(messages_per_minute=3)
    flooder, other = Visitor(desk), Visitor(desk)
    assert [flooder.send(text="hi").status_code for _ in range(5)] == [202, 202, 202, 429, 429]
    assert other.send(text="hi").status_code == 202
    assert flooder.texts("shopper") == ["hi"] * 3


def test_a_flood_of_new_visitors_is_slowed(own_desk: MakeDesk) -> None:
    client = own_desk(visitors_per_minute=3).client()
    assert [client.post("/api/chat/visitors").status_code for _ in range(4)] == [201, 201, 201, 429]


def test_shoppers_behind_a_proxy_that_is_trusted_are_told_apart_and_nobody_else_names_an_address(
    own_desk: MakeDesk,
) -> None:
    def visits(desk: Desk, *addresses: str) -> list[int]:
        client = desk.client()
        return [client.post("/api/chat/visitors", headers={"x-forwarded-for": one}).status_code for one in addresses]

    behind = own_desk(visitors_per_minute=1, trusted_proxies="10.0.0.0/8, 127.0.0.1")
    # The proxy writes the address of its caller behind whatever that one claims.
    assert visits(behind, "198.51.100.1", "198.51.100.2", "203.0.113.9, 198.51.100.1") == [201, 201, 429]
    alone = own_desk(visitors_per_minute=1, trusted_proxies="10.0.0.0/8")
    assert visits(alone, "198.51.100.1", "198.51.100.2") == [201, 429]


def test_a_later_conversation_begins_anew_and_is_named(own_desk: MakeDesk, engine: EngineStandin) -> None:
    desk = own_desk()
    visitor = Visitor(desk)
    visitor.says("hello")
    first = visitor.conversation_id
    close(desk, first)
    desk.ahead += desk.handoff.reopen_within * 2
    visitor.says("something else")
    assert visitor.conversation_id != first
    assert visitor.texts("shopper") == ["something else"]


def close(desk: Desk, conversation_id: str) -> None:
    with desk.database.write() as session:
        conversations.move(session, conversations.lock(session, conversation_id), "close", "test", desk.now())


def test_the_head_tells_the_shops_real_hours_on_the_shoppers_clock(own_desk: MakeDesk) -> None:
    desk = own_desk()
    client = desk.client()

    def head(**asked: str) -> str:
        return str(client.get("/api/chat/config", params=asked).raise_for_status().json()["words"]["header"])

    def opens(**days: list[str]) -> None:
        with desk.database.write() as session:
            hours = OpeningHours.model_validate({"time_zone": "Asia/Ho_Chi_Minh", **days})
            shop_hours.save(session, hours, "test", desk.now())

    assert head() == "A bot answers first; ask for a person whenever you like"
    opens(mon=["09:00-18:00"], tue=["09:00-18:00"])
    assert head(zone="Asia/Ho_Chi_Minh") == "A bot answers first; people are here Mon–Tue 09:00–18:00"
    assert head(language="es", zone="America/Bogota") == "Primero responde un bot; hay personas dom–lun 21:00–6:00"
    for unknown in ("", "UTC", "Mars/Olympus"):
        assert head(zone=unknown) == "A bot answers first; people are here Mon–Tue 09:00–18:00 (UTC+7)"
    assert client.get("/api/chat/config", params={"zone": "x" * 65}).status_code == 422

    opens(mon=["01:00-02:00", "03:00-04:00", "05:00-06:00"])  # a timetable is no line
    assert head(zone="Asia/Ho_Chi_Minh").startswith(
        ("A bot answers first; people are back", "A bot answers first; people are here now")
    )
    opens()
    assert head() == "A bot answers; people are not here for the time being"
