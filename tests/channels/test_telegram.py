"""The Telegram channel end to end: a real desk between a stand-in for Telegram and one for the engine."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.channels.telegram import transport
from bot.channels.telegram.transport import Limiter
from bot.gateway import Gateway
from handoff import accounts, pings
from handoff.clock import utc_now
from handoff.console.session import COOKIE
from handoff.model import Event, Identity, Message
from tests.channels.conftest import SECRET, Desk, eventually, logged
from tests.standins.engine import EngineStandin, article, broken, handoff, text
from tests.standins.telegram_api import BAD_GATEWAY, TOKEN, Fault, Refusal, TelegramStandin, too_many

pytestmark = pytest.mark.timeout(60)

Make = Callable[..., Desk]
Json = dict[str, Any]
AN = 7001  # a shopper's chat
HELLO = "Hello, this is the Casa Sen bot."
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
GROUP: dict[str, Any] = {"id": -100, "type": "supergroup", "title": "Friends"}
DROPPED = Fault(drop="before")


def write(telegram: TelegramStandin, words: str | None, chat: int = AN, **more: Any) -> Json:
    """A shopper writes to the bot."""
    return telegram.deliver(telegram.make(message=telegram.message(chat, words, **more)))


def press(telegram: TelegramStandin, message: Json, title: str, chat: int = AN) -> Json:
    """A shopper presses the button with this title."""
    buttons = [button for row in message["reply_markup"]["inline_keyboard"] for button in row]
    data = next(button["callback_data"] for button in buttons if button["text"] == title)
    return telegram.deliver(telegram.make(callback_query=telegram.query(chat, message, data)))


def heard(telegram: TelegramStandin, words: str, chat: int = AN) -> Json:
    """Wait until the shopper has got this; returns the message."""

    def found() -> list[Json]:
        return [m for m in tuple(telegram.sent) if m["chat"]["id"] == chat and words in m["text"]]

    return dict(eventually(found, f"the shopper gets “{words}”")[0])


def all_confirmed(telegram: TelegramStandin) -> None:
    eventually(lambda: not telegram.unconfirmed(), "every update is confirmed")


# ---- polling --------------------------------------------------------------------------------------------------------


def test_a_question_an_article_and_a_press(desk: Make, telegram: TelegramStandin, engine: EngineStandin) -> None:
    engine.on("returns?", article("Returns", "Send it **back** within 30 days."))
    engine.on("/helpful", text("Good to know."))
    telegram.webhook = {"url": "https://elsewhere.example"}  # left over; polling has to take it away
    here = desk()
    write(telegram, "returns?")
    shown = heard(telegram, "Did this help?")
    assert shown["text"] == (
        "Returns\n\nSend it back within 30 days.\n\nhttps://shop.example/help/en/returns\n\nDid this help?"
    )
    assert telegram.said(AN)[0].startswith(HELLO)
    assert all(sent["link_preview_options"] == {"is_disabled": True} for sent in telegram.called("sendMessage"))
    assert not any("parse_mode" in sent for sent in telegram.called("sendMessage"))
    assert telegram.called("getUpdates")[0]["allowed_updates"] == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]

    press(telegram, shown, "Yes")
    heard(telegram, "Good to know.")
    assert engine.asked[-1]["metadata"]["button"] == "/helpful"
    eventually(lambda: "reply_markup" not in heard(telegram, "Did this help?"), "the keyboard is taken away")
    assert len(telegram.called("answerCallbackQuery")) == 1
    assert here.messages("shopper") == ["returns?", "Yes"]
    eventually(lambda: {row.state for row in here.outbox()} == {"sent"}, "every message counts as sent")
    assert here.outbox()[1].provider_id == str(shown["message_id"])


def test_a_redelivered_update_is_stored_once(desk: Make, telegram: TelegramStandin) -> None:
    here = desk()
    update = write(telegram, "once")
    heard(telegram, "You said: once")
    telegram.deliver(update)
    write(telegram, "twice")
    heard(telegram, "You said: twice")
    all_confirmed(telegram)
    assert here.messages("shopper") == ["once", "twice"]
    assert telegram.said(AN).count("You said: once") == 1


def test_a_crash_before_the_offset_moves_repeats_and_stores_once(desk: Make, telegram: TelegramStandin) -> None:
    def moved(parameters: Json) -> bool:
        return int(parameters.get("offset") or 0) > 0

    telegram.fault("getUpdates", *[Fault(drop="before", only=moved)] * 50)
    first = desk()
    write(telegram, "remember me")
    heard(telegram, "You said: remember me")
    assert len(telegram.unconfirmed()) == 1  # stored here, and Telegram does not know it
    first.stop()
    telegram.forget_faults()
    first.start()
    write(telegram, "and me")
    heard(telegram, "You said: and me")
    all_confirmed(telegram)
    assert first.messages("shopper") == ["remember me", "and me"]
    assert telegram.said(AN).count("You said: remember me") == 1


@pytest.mark.parametrize(
    "error", [OperationalError("INSERT", {}, Exception("database is locked")), RuntimeError("a fault of ours")]
)
def test_an_update_that_is_not_stored_keeps_the_offset(
    desk: Make, telegram: TelegramStandin, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    seen: list[list[int]] = []
    receive = Gateway.receive

    def failing(self: Gateway, *given: Any) -> Any:
        seen.append(telegram.unconfirmed())
        if len(seen) < 3:
            raise error
        return receive(self, *given)

    monkeypatch.setattr(Gateway, "receive", failing)
    monkeypatch.setattr(transport, "SLOWLY_SECONDS", 0.1)
    here = desk()
    update = write(telegram, "hold on to this")
    heard(telegram, "You said: hold on to this")
    assert seen == [[update["update_id"]]] * 3
    assert here.messages("shopper") == ["hold on to this"]


def test_one_update_that_always_fails_does_not_silence_everybody(
    desk: Make, telegram: TelegramStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = Gateway.receive

    def failing(self: Gateway, inbound: Any, now: Any) -> Any:
        if inbound.text == "poison":
            raise RuntimeError("a fault of ours")
        return receive(self, inbound, now)

    monkeypatch.setattr(Gateway, "receive", failing)
    monkeypatch.setattr(transport, "SLOWLY_SECONDS", 0.05)
    here = desk()
    write(telegram, "poison")
    write(telegram, "water", chat=7002)
    heard(telegram, "You said: water", chat=7002)
    heard(telegram, "Please send it again.")
    assert here.messages("shopper") == ["water"]


def test_an_outage_is_logged_once_and_gone_through(
    capsys: pytest.CaptureFixture[str], desk: Make, telegram: TelegramStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "SLOWLY_SECONDS", 0.1)
    telegram.fault("getMe", DROPPED, BAD_GATEWAY)
    telegram.fault("getUpdates", DROPPED, Fault(drop="after"), BAD_GATEWAY, too_many(1))
    desk()
    write(telegram, "still there?")
    heard(telegram, "You said: still there?")
    logs = [log for log in logged(capsys) if log["event"] in ("telegram.trouble", "telegram.back")]
    assert [(log["event"], log.get("what") or log["after"]) for log in logs] == [
        ("telegram.trouble", "out of reach"),
        ("telegram.back", "out of reach"),
    ]


@pytest.mark.parametrize(
    ("refusal", "what"),
    [
        (Refusal(401, "Unauthorized"), "wrong token"),
        (Refusal(404, "Not Found"), "wrong token"),
        (Refusal(409, "Conflict: terminated by other getUpdates request"), "used twice"),
    ],
)
def test_a_wrong_setup_is_said_plainly_and_the_desk_lives(
    capsys: pytest.CaptureFixture[str],
    desk: Make,
    telegram: TelegramStandin,
    monkeypatch: pytest.MonkeyPatch,
    refusal: Refusal,
    what: str,
) -> None:
    monkeypatch.setattr(transport, "SLOWLY_SECONDS", 0.1)
    telegram.fault("getMe" if what == "wrong token" else "getUpdates", *[Fault(refusal)] * 3)
    here = desk()
    assert here.http.get("/health").status_code == 200
    write(telegram, "mended")
    heard(telegram, "You said: mended")
    logs = logged(capsys)
    troubles = [log for log in logs if log["event"] == "telegram.trouble"]
    assert [(log["what"], log["mend"] != "") for log in troubles] == [(what, True)]
    assert TOKEN not in json.dumps(logs)


# ---- webhook --------------------------------------------------------------------------------------------------------


def post(here: Desk, body: Json | bytes, secret: str | bytes | None = SECRET) -> httpx.Response:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    return here.http.post("/channels/telegram/webhook", headers=headers, **content)  # type: ignore[arg-type]


def test_the_webhook_is_set_and_takes_messages_in(desk: Make, telegram: TelegramStandin) -> None:
    telegram.fault("setWebhook", BAD_GATEWAY)
    here = desk(telegram="webhook")
    eventually(lambda: telegram.webhook, "the webhook is set")
    assert telegram.webhook == {
        "url": "https://shop.example/channels/telegram/webhook",
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }
    update = telegram.make(message=telegram.message(AN, "by webhook"))
    assert [post(here, update).status_code for _ in range(3)] == [200, 200, 200]
    heard(telegram, "You said: by webhook")
    assert here.messages("shopper") == ["by webhook"]
    assert telegram.called("getUpdates") == []
    assert {language: words["human"] for language, words in telegram.commands.items()} == {
        "": "Talk to a person", "es": "Hablar con una persona", "vi": "Gặp nhân viên",
    }  # fmt: skip
    assert list(telegram.commands[""]) == ["human", "help", "language", "start"]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "ü".encode()])
def test_without_the_secret_nothing_is_read(desk: Make, telegram: TelegramStandin, secret: str | bytes | None) -> None:
    here = desk(telegram="webhook")
    update = telegram.make(message=telegram.message(AN, "let me in"))
    assert post(here, update, secret).status_code == 401
    assert post(here, b"not even JSON", secret).status_code == 401
    assert (here.inbound(), here.messages()) == ([], [])


def test_a_malformed_body_is_a_400_and_a_large_one_a_413(desk: Make) -> None:
    here = desk(telegram="webhook")
    malformed = [b"", b"{", b"[]", b"{}", b"\xff", b'{"update_id": 1, "message": {"text": 1}}', b"[" * 50_000]
    assert [post(here, body).status_code for body in malformed] == [400] * len(malformed)
    assert post(here, b" " * 70_000).status_code == 413
    assert here.inbound() == []


def test_a_database_failure_makes_telegram_repeat(
    desk: Make, telegram: TelegramStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = desk(telegram="webhook")
    update = telegram.make(message=telegram.message(AN, "hold on to this"))
    with monkeypatch.context() as broken_disk:

        def fail(self: Session) -> None:
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

        broken_disk.setattr(Session, "flush", fail)
        assert post(here, update).status_code == 503
    assert here.messages() == []
    assert post(here, update).status_code == 200
    assert here.messages("shopper") == ["hold on to this"]


def test_polling_has_no_webhook(desk: Make, telegram: TelegramStandin) -> None:
    here = desk()
    assert post(here, telegram.make(message=telegram.message(AN, "hi"))).status_code in (404, 405)


# ---- what shoppers send ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "sentences", "refused"),
    [
        (
            "en-GB",
            ["Hello", "What can you do?", "I want to talk to a person", "Change the language"],
            "cannot be read here",
        ),
        ("es", ["Hola", "¿Qué puedes hacer?", "Quiero hablar con una persona", "Cambiar idioma"], "no se puede leer"),
        ("vi", ["Xin chào", "Bạn giúp được gì?", "Cho mình gặp nhân viên", "Chuyển sang tiếng khác"], "chưa đọc được"),
    ],
)
def test_commands_are_sentences_of_the_shoppers_language(
    desk: Make, telegram: TelegramStandin, engine: EngineStandin, language: str, sentences: list[str], refused: str
) -> None:
    here = desk(telegram="webhook")
    for command in ("/start ref_42", "/help@casa_sen_bot", "/HUMAN", "/language"):
        message = telegram.message(AN, command, language=language)
        assert post(here, telegram.make(message=message)).status_code == 200
    assert here.messages("shopper") == sentences
    place = telegram.message(AN, location={"longitude": 105.8, "latitude": 21.0}, language=language)
    assert post(here, telegram.make(message=place)).status_code == 200
    heard(telegram, refused)
    eventually(lambda: engine.words() == sentences, "the engine gets the sentences")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("/human my parcel is late", "I want to talk to a person. my parcel is late"),
        ("/language Español", "Change the language. Español"),
        ("/help returns", "returns"),
        ("/track CS-204518", "track CS-204518"),
        ("/ayuda", "ayuda"),
        ("and/or", "and/or"),
    ],
)
def test_nothing_that_is_written_after_a_command_is_lost(
    desk: Make, telegram: TelegramStandin, written: str, stored: str
) -> None:
    here = desk(telegram="webhook")
    assert post(here, telegram.make(message=telegram.message(AN, written))).status_code == 200
    assert here.messages("shopper") == [stored]


def test_the_conversations_language_goes_before_the_phones(desk: Make, telegram: TelegramStandin) -> None:
    here = desk(telegram="webhook")
    post(here, telegram.make(message=telegram.message(AN, "hola", language="es")))
    post(here, telegram.make(message=telegram.message(AN, "/start", language="vi")))
    assert here.messages("shopper") == ["hola", "Hola"]


def test_captions_and_edits_are_read_and_the_rest_politely_refused(desk: Make, telegram: TelegramStandin) -> None:
    here = desk(telegram="webhook")
    telegram.files["f"] = b"%PDF-1.7\n%%EOF"
    bot: Any = {"id": 9, "is_bot": True, "first_name": "Robot"}
    for kind in (
        {"message": telegram.message(AN, photo=PHOTO, caption="it is torn")},
        {"edited_message": telegram.message(AN, "it is torn, sorry", edit_date=1_800_000_000)},
        {"message": telegram.message(AN, location={"longitude": 105.8, "latitude": 21.0})},
        {"message": telegram.message(AN, pinned_message=telegram.message(AN, "old"))},
        {"message": telegram.message(AN, "I am a machine", **{"from": bot})},
        {"message": telegram.message(AN, "\u200b\u202e")},
        {"poll_answer": {"poll_id": "1", "option_ids": [], "user": bot, "option_persistent_ids": []}},
    ):
        assert post(here, telegram.make(**kind)).status_code == 200
    assert here.messages("shopper") == ["it is torn", "it is torn, sorry"]
    with here.database.read() as session:
        said = session.scalars(select(Message).where(Message.author == "shopper").order_by(Message.seq))
        assert [message.content.get("edited", False) for message in said] == [False, True]
    heard(telegram, "nothing to read")
    heard(telegram, "You said: it is torn, sorry")
    told = [words.split()[0] for words in telegram.said(AN) if "You said" not in words and not words.startswith(HELLO)]
    assert sorted(told) == ["There", "This"]  # one for the empty words, one for the place
    assert len(here.inbound()) == 2


def test_a_group_is_refused_once_and_leaves_no_trace(desk: Make, telegram: TelegramStandin) -> None:
    here = desk()
    for words in ("/start", "hello bot", "anybody?"):
        telegram.deliver(telegram.make(message=telegram.message(AN, words, language="es", chat=GROUP)))
    asked = telegram.message(AN, chat=GROUP)
    telegram.deliver(telegram.make(callback_query=telegram.query(AN, asked, "x.0")))
    write(telegram, "and me?")
    heard(telegram, "You said: and me?")
    all_confirmed(telegram)
    eventually(lambda: telegram.said(GROUP["id"]), "the group is refused")
    eventually(lambda: telegram.called("answerCallbackQuery"), "the press in the group is answered all the same")
    assert (here.messages("shopper"), len(here.conversations())) == (["and me?"], 1)
    write(telegram, "still me")
    heard(
        telegram, "You said: still me"
    )  # by now a second refusal would have come: a chat's messages are a second apart
    assert telegram.said(GROUP["id"]) == ["Solo respondo en chats privados. Escríbeme allí."]


def test_a_foreign_or_stale_button_is_answered_and_stores_nothing(desk: Make, telegram: TelegramStandin) -> None:
    here = desk(telegram="webhook")
    foreign = telegram.query(AN, telegram.message(AN, "old"), "f" * 32 + ".0")
    assert post(here, telegram.make(callback_query=foreign)).status_code == 200
    heard(telegram, "That button belongs to an earlier conversation.")
    eventually(lambda: telegram.called("editMessageReplyMarkup"), "the keyboard is taken away")
    assert telegram.called("answerCallbackQuery")
    assert (here.inbound(), here.messages()) == ([], [])


def test_who_blocks_the_bot_is_marked_and_agents_are_told(desk: Make, telegram: TelegramStandin) -> None:
    here = desk(telegram="webhook")

    def member(status: str, chat: Json) -> None:
        person, bot = telegram.message(AN)["from"], {"id": 4711, "is_bot": True, "first_name": "Casa Sen"}
        standing = {"user": bot, "status": status, "until_date": 0}
        change = {"chat": chat, "from": person, "date": 1, "old_chat_member": standing, "new_chat_member": standing}
        assert post(here, telegram.make(my_chat_member=change)).status_code == 200

    def blocked() -> list[bool]:
        with here.database.read() as session:
            return [one.blocked_at is not None for one in session.scalars(select(Identity))]

    def told() -> list[bool]:
        with here.database.read() as session:
            return [event.data["blocked"] for event in session.scalars(select(Event).where(Event.kind == "reach"))]

    private = {"id": AN, "type": "private"}
    member("kicked", private)  # of whom nothing is known
    assert (blocked(), here.inbound()) == ([], [])
    post(here, telegram.make(message=telegram.message(AN, "hello")))
    member("kicked", GROUP)
    assert (blocked(), told()) == ([False], [])
    member("kicked", private)
    member("kicked", private)
    assert (blocked(), told()) == ([True], [True])
    member("member", private)
    assert (blocked(), told()) == ([False], [True, False])


# ---- delivery -------------------------------------------------------------------------------------------------------


def test_a_blocked_bot_parks_the_message_where_a_person_sees_it(
    desk: Make, telegram: TelegramStandin, engine: EngineStandin
) -> None:
    telegram.blocked.add(AN)
    here = desk()
    write(telegram, "bye")
    rows = eventually(lambda: [row for row in here.outbox() if row.state == "dead"][1:], "both messages are parked")
    assert (rows[0].why, rows[0].error) == ("shopper", "Forbidden: bot was blocked by the user")
    assert rows[0].attempts == 1
    with here.database.write() as session:
        ana = accounts.add_agent(session, "ana@shop.example", "Ana", "agent", "a long password", utc_now())
        signed_in = accounts.open_session(session, ana, utc_now(), here.handoff.agent_session)
    thread = here.http.get(
        f"/desk/api/conversations/{rows[0].conversation_id}", headers={"cookie": f"{COOKIE}={signed_in.token}"}
    )
    assert thread.status_code == 200
    assert "bot was blocked by the user" in thread.text


def test_a_429_is_waited_for_and_the_order_stays(
    desk: Make, telegram: TelegramStandin, engine: EngineStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked, wait = [], Limiter.wait

    def noted(self: Limiter, chat: str) -> float:
        seconds = wait(self, chat)
        booked.append(self._latest[chat])
        return seconds

    monkeypatch.setattr(Limiter, "wait", noted)
    engine.on("tell me", text("first words"))
    telegram.fault("sendMessage", too_many(2))
    here = desk()
    write(telegram, "tell me")
    heard(telegram, "first words")
    tries = [call for call in telegram.calls if call.method == "sendMessage"]
    assert [call.parameters["text"][:5] for call in tries] == ["Hello", "Hello", "first"]
    assert tries[1].at - tries[0].at >= 2
    # One message a second in a chat: as they were booked, since how long each is on its way differs.
    assert all(later - earlier >= 1_000_000_000 for earlier, later in itertools.pairwise(booked))
    assert len(booked) == 3
    assert [row.attempts for row in here.outbox()] == [1, 1]


def test_a_dropped_connection_and_a_502_are_tried_again(desk: Make, telegram: TelegramStandin) -> None:
    telegram.fault("sendMessage", DROPPED)
    here = desk()
    write(telegram, "are you there?")
    heard(telegram, "You said: are you there?")
    assert telegram.said(AN)[0].startswith(HELLO)
    assert [row.attempts for row in here.outbox()] == [2, 1]


def test_a_long_answer_comes_in_parts_with_its_buttons_below(
    desk: Make, telegram: TelegramStandin, engine: EngineStandin
) -> None:
    words = " ".join(f"w{number:04}" for number in range(834))  # 5,003 characters
    engine.on("everything", text(words, ("Enough", "/stop")))
    here = desk()
    write(telegram, "everything")
    last = heard(telegram, "w0833")
    parts = telegram.said(AN)[1:]
    assert " ".join(parts) == words
    assert len(parts) == 2
    assert [("reply_markup" in message) for message in telegram.sent] == [False, False, True]
    eventually(lambda: here.outbox()[-1].state == "sent", "the answer counts as sent")
    assert here.outbox()[-1].provider_id == str(last["message_id"])


def test_a_person_takes_over_from_an_engine_that_fails_or_hands_over(
    desk: Make, telegram: TelegramStandin, engine: EngineStandin
) -> None:
    engine.on("crash", broken())
    engine.on("person", handoff("person"))
    engine.on("slow", text("too late", seconds=1.5))
    here = desk(engine_budget=1.0)
    for chat, words in ((AN, "crash"), (7002, "person"), (7003, "slow")):
        write(telegram, words, chat=chat)
        heard(telegram, "I have asked for a person.", chat=chat)
    assert {found.owner for found in here.conversations()} == {"queue"}
    assert not any("too late" in words for words in here.messages())


# ---- agents ---------------------------------------------------------------------------------------------------------


def test_an_agent_links_her_chat_and_is_told_who_asks_for_her(
    desk: Make, telegram: TelegramStandin, engine: EngineStandin
) -> None:
    """Her code is no part of a conversation; a ping that could not be sent comes again, and then once."""
    engine.on("a person, please", handoff("a person, please"))
    here, agents_chat = desk(), 42
    with here.database.write() as session:
        ada = accounts.add_agent(session, "ada@shop.example", "Ada", "agent", "correct horse battery", utc_now()).id
        code = pings.begin_link(session, ada, utc_now())
    write(telegram, f"/link {code}x", agents_chat)
    heard(telegram, "That code does not work", agents_chat)
    write(telegram, f"/link {code}", agents_chat)
    heard(telegram, "Done.", agents_chat)
    telegram.fault("sendMessage", Fault(drop="before", only=lambda sent: "waits for" in sent["text"]))

    write(telegram, "a person, please")
    (waiting,) = eventually(here.conversations, "there is a conversation, and it is the shopper's")
    said = heard(telegram, "waits for a person", agents_chat)["text"]
    assert said.endswith(f"https://shop.example/desk#{waiting.id}")
    assert code not in "".join(here.messages())
    all_confirmed(telegram)
    assert sum("waits for" in text for text in telegram.said(agents_chat)) == 1
