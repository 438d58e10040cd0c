"""E-mail end to end: a whole desk between a mailbox and a server that sends, both on real sockets."""

from collections.abc import Iterator
from copy import deepcopy
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from bot.channels.email import channel as email_channel
from handoff import outbox, teams
from handoff.mail_model import MailLeft, MailThread
from handoff.model import Conversation, Identity, Message, Outbox
from tests.channels import bounced
from tests.channels.mailing import Post, Writer, html_of, links_of, text_of
from tests.databases import Templates
from tests.integration.harness import Console, Desk, Visitor, wait_for
from tests.standins.engine import EngineStandin, article, handoff, text
from tests.standins.imap_server import USER


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    made = Post()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineStandin]:
    standin = EngineStandin().start()
    standin.on("How do I return it?", article("Returns", "You have **30 days**.\n\n- unworn\n- with its label"))
    standin.on("I want a person", handoff("I want a person"))
    yield standin
    standin.stop()


@pytest.fixture(scope="module")
def desk(
    post: Post, engine: EngineStandin, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("mail")
        patch.setenv("FAQDESK_PROJECT", str(folder))
        patch.setattr(email_channel, "_PAUSE_SECONDS", 0.05)
        patch.setattr(outbox, "_FIRST_DELAY", outbox._FIRST_DELAY / 50)
        made = Desk(templates.new("sqlite", folder), engine.url, email=post.setup(largest_mail=500_000))
        with made.database.write() as session:
            teams.add(session, "Returns", "test", made.now())
        made.start()
        wait_for("the mailbox to be read", lambda: "IDLE" in post.imap.commands)
        yield made
        made.close()


@pytest.fixture(scope="module")
def ada(desk: Desk) -> Console:
    return Console(desk, "Ada")


@pytest.fixture
def lan(post: Post) -> Writer:
    return Writer(post)


def threads(desk: Desk, writer: Writer) -> list[Conversation]:
    """Her conversations, the first one first."""
    hers = select(Conversation).join(Identity).where(Identity.address.startswith(writer.address + "#"))
    with desk.database.read() as session:
        return list(session.scalars(hers.order_by(Conversation.created_at)))


def said(desk: Desk, writer: Writer) -> list[str]:
    """What she wrote, as it is stored."""
    with desk.database.read() as session:
        found = (
            select(Message)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(Identity, Identity.id == Conversation.identity_id)
            .where(Identity.address.startswith(writer.address + "#"), Message.author == "shopper")
        )
        return [str(one.content["text"]) for one in session.scalars(found.order_by(Message.created_at))]


def left(desk: Desk, uid: int) -> str | None:
    with desk.database.read() as session:
        return session.scalar(select(MailLeft.cause).where(MailLeft.uid == uid))


def gets(writer: Writer, words: str) -> EmailMessage:
    return wait_for(
        f"a mail with “{words}”", lambda: next((one for one in writer.got() if words in text_of(one)), None)
    )


def test_who_left_a_message_in_the_chat_is_answered_by_mail_and_goes_on_there(
    desk: Desk, lan: Writer, ada: Console, engine: EngineStandin
) -> None:
    visitor = Visitor(desk)
    visitor.says("what may I wash at 60 degrees")
    assert visitor.http.get("/api/chat/config").json()["mails"] is True
    leaving = {"client_id": "a-message-left", "text": "The red one has run", "email": lan.address.upper()}
    for _ in range(2):  # her line had broken: it is one message all the same
        assert visitor.http.post("/api/chat/left", json=leaving).status_code == 202
    state = visitor.state()
    assert (state["owner"], state["left"]) == ("queue", {"email": lan.address})
    assert state["place"]["position"] >= 1
    assert visitor.texts("desk") == [
        f"Your message is with our team. You need not wait. The answer goes to {lan.address}, and stands here too."
    ]
    thread = visitor.conversation_id
    assert desk.conversation(thread).reason == "left"
    (row,) = [one for one in ada.list("queue")["rows"] if one["id"] == thread]
    assert (row["left"], row["last_text"]) == ("mail", "The red one has run")
    assert lan.address not in str(visitor.http.get("/api/chat/events").json()["events"][:-1])

    ada.act(thread, "claim")
    told = ada.reads(thread)
    assert told["left"] == {"email": lan.address}
    assert [one["email"] for one in told["events"] if one["kind"] == "left"] == [lan.address]
    ada.act(thread, "reply", text="Wash it **cold** next time; a new one is on its way.")
    mail = gets(lan, "Wash it cold next time")
    assert "Your message to" in str(mail["Subject"])
    assert "Just answer this mail" in text_of(mail)
    assert visitor.texts("agent") == ["Wash it cold next time; a new one is on its way."]
    wait_for("its delivery", lambda: [e for e in ada.reads(thread)["events"] if e["kind"] == "delivery"])

    # She answers the mail: the same conversation, and the next answer comes by mail again. Nobody else can come in so.
    lan.sends(lan.mail("Thank you so much", answers=mail))
    visitor.hears("Thank you so much")
    mallory = Writer(lan.post)
    mallory.sends(mallory.mail("I am Lan", answers=mail))
    gets(mallory, "We have your message")
    ada.act(thread, "reply", text="You are welcome")
    second = gets(lan, "You are welcome")
    assert str(mail["References"]).split()[0] in str(second["References"])
    assert visitor.texts("shopper")[-1] == "Thank you so much"

    # That one comes back: it is shown as not delivered. Nobody who got nothing can say so.
    wait_for("its delivery", lambda: delivery(desk, thread, "You are welcome").state == "sent" or None)
    elsewhere = deepcopy(second)
    elsewhere.replace_header("To", mallory.address)
    uid = lan.post.imap.deliver(bounced.gmail(elsewhere, mallory.address))
    wait_for("it to be left", lambda: left(desk, uid) == "bounce" or None)
    lan.post.imap.deliver(bounced.gmail(second, lan.address))
    wait_for("it to fail", lambda: delivery(desk, thread, "You are welcome").state == "dead" or None)
    assert delivery(desk, thread, "You are welcome").why == "mail_address"

    # In the chat she says that she reads here again, and answering ends with the matter.
    visitor.presses("Answer me only here")
    ada.act(thread, "reply", text="As you like")
    visitor.hears("As you like")
    assert visitor.state()["left"] is None
    with desk.database.read() as session:
        sent = session.scalars(select(Outbox.channel).where(Outbox.conversation_id == thread).order_by(Outbox.id))
        assert list(sent)[-1] == "web"
    refused = visitor.http.post("/api/chat/left", json=leaving | {"client_id": "another-one", "email": "nobody"})
    assert (refused.status_code, "name@example.com" in refused.text) == (422, True)


# ---- a shopper's story ----------------------------------------------------------------------------------------------


def test_a_question_is_acknowledged_answered_and_goes_on_with_a_person(desk: Desk, lan: Writer, ada: Console) -> None:
    first = lan.mail("How do I return it?", subject="")
    lan.sends(first)
    received = gets(lan, "We have your message")
    (thread,) = threads(desk, lan)
    with desk.database.read() as session:
        ticket = session.scalar(select(Identity.address).where(Identity.id == thread.identity_id))
    assert ticket is not None
    number = ticket.rpartition("#")[2]
    assert f"#{number[:4]}-{number[4:]}" in text_of(received)
    assert "within 10 minutes" in text_of(received)
    assert received["Auto-Submitted"] == "auto-replied"

    answer = gets(lan, "This article may answer your question")
    assert (answer["In-Reply-To"], answer["From"].addresses[0].addr_spec) == (first["Message-ID"], USER)
    assert "<strong>30 days</strong>" in html_of(answer)
    assert "30 days" in text_of(answer)
    assert list(links_of(answer)) == ["Yes", "No"]

    asked = lan.mail(
        "I want a person\n\nOn Mon, 2 Mar 2026 at 12:30, Casa Sen <help@shop.example> wrote:\n> You have 30 days\n",
        answers=answer,
    )
    lan.sends(asked)
    gets(lan, "asked for a person")
    assert said(desk, lan) == ["How do I return it?", "I want a person"]
    assert ada.act(thread.id, "claim").status_code == 204
    words = "Send it to **Valencia**, see [here](https://shop.example/r)."
    assert ada.act(thread.id, "reply", text=words).status_code == 201
    hers = gets(lan, "Send it to Valencia")
    assert hers["Auto-Submitted"] == "no"
    assert hers["References"].split()[-1] == asked["Message-ID"] == hers["In-Reply-To"]
    assert '<a href="https://shop.example/r"' in html_of(hers)
    assert "<strong>Valencia</strong>" in html_of(hers)
    # Her program loses the references: the number in the subject is enough.
    lan.sends(lan.mail("Thank you", subject=str(hers["Subject"])))
    wait_for("her thanks", lambda: said(desk, lan)[-1] == "Thank you")
    assert len(threads(desk, lan)) == 1
    shown = desk_shopper(ada, thread.id)
    assert shown["addresses"] == [{"channel": "email", "address": lan.address, "blocked": False}]


def desk_shopper(ada: Console, conversation_id: str) -> dict[str, object]:
    found: dict[str, object] = ada.http.get(f"/desk/api/conversations/{conversation_id}/shopper").json()
    return found


def test_a_link_asks_before_it_answers_and_answers_once(desk: Desk, lan: Writer, engine: EngineStandin) -> None:
    engine.on("/not_helpful", text("What did it leave open?"))
    lan.sends("How do I return it?")
    answer = gets(lan, "This article may answer")
    yes, no = links_of(answer).values()
    client = desk.client()
    for _ in range(3):  # programs that read mail follow links
        page = client.get(no)
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert page.headers["cache-control"] == "no-store"
    assert said(desk, lan) == ["How do I return it?"]
    assert "has reached us" in client.post(no).text
    gets(lan, "What did it leave open?")
    assert "already" in client.post(no).text
    assert said(desk, lan) == ["How do I return it?", "No"]

    wrong = [
        no[:-1] + ("0" if no[-1] != "0" else "1"),
        no.replace(no.split("/")[2], yes.split("/")[2]),
        no[:-64] + "0" * 64,
    ]
    wrong += [f"/m/{'0' * 32}.0/{'0' * 64}", no.replace(".1/", ".7/"), f"{no[:-64]}{yes[-64:]}", "/m/x/y", no.upper()]
    for path in wrong:
        assert client.get(path).status_code in (404, 422), path
        assert client.post(path).status_code in (404, 422), path
    assert said(desk, lan) == ["How do I return it?", "No"]


def test_files_come_in_and_go_out(desk: Desk, lan: Writer, ada: Console) -> None:
    mail = lan.mail("I want a person")
    mail.add_attachment(b"%PDF-1.4 bill", maintype="application", subtype="pdf", filename="hóa đơn.pdf")
    mail.add_attachment(b"MZ\x90\0", maintype="application", subtype="octet-stream", filename="virus.exe")
    lan.sends(mail)
    wait_for("her files", lambda: threads(desk, lan) and threads(desk, lan)[0].owner == "bot")
    (thread,) = threads(desk, lan)
    with desk.database.read() as session:
        message = session.scalars(select(Message).filter_by(conversation_id=thread.id, author="shopper")).one()
    assert [file["name"] for file in message.content["attachments"]] == ["hóa đơn.pdf"]
    assert "virus.exe" in message.content["text"]
    ada.act(thread.id, "claim")
    kept = ada.http.post(
        f"/desk/api/conversations/{thread.id}/files", params={"name": "label.pdf"}, content=b"%PDF-1.4 label"
    ).json()
    assert ada.act(thread.id, "reply", text="Use this label", files=[kept["id"]]).status_code == 201
    (file,) = gets(lan, "Use this label").iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("label.pdf", b"%PDF-1.4 label")


def test_a_long_mail_goes_on_in_a_file_and_html_is_read(desk: Desk, lan: Writer) -> None:
    long = EmailMessage()
    long["From"], long["To"], long["Message-ID"] = lan.address, USER, "<long@home.example>"
    long["Subject"] = "A story"
    long.set_content("".join(f"<p>Line {number} of what happened</p>" for number in range(400)), "html")
    lan.sends(long)
    wait_for("the long mail", lambda: said(desk, lan))
    (words,) = said(desk, lan)
    assert words.startswith("A story\n\nLine 0 of what happened\n\nLine 1")
    assert len(words) <= 5_000
    (thread,) = threads(desk, lan)
    with desk.database.read() as session:
        message = session.scalars(select(Message).filter_by(conversation_id=thread.id, author="shopper")).one()
    assert [file["name"] for file in message.content["attachments"]] == ["mail.txt"]


def test_an_address_has_its_team_and_answers_come_from_there(desk: Desk, lan: Writer) -> None:
    lan.sends("I want a person", to="Returns <returns@shop.example>")
    received = gets(lan, "We have your message")
    assert received["From"].addresses[0].addr_spec == "returns@shop.example"
    wait_for("her place in line", lambda: threads(desk, lan)[0].owner == "queue")
    with desk.database.read() as session:
        team = teams.find(session, "Returns")
    assert threads(desk, lan)[0].team_id == team.id


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("¿Cuánto tarda el envío a Valencia? Lo necesito para el sábado.", "Hemos recibido tu mensaje"),
        ("Shop ơi, đơn hàng của mình bao giờ tới Hà Nội vậy ạ?", "Bọn mình đã nhận được thư"),
    ],
)
def test_the_acknowledgement_speaks_her_language(lan: Writer, text: str, begins: str) -> None:
    lan.sends(text)
    assert text_of(gets(lan, begins)).startswith(begins)


# ---- whose it is ----------------------------------------------------------------------------------------------------


def test_two_threads_of_one_address_stay_apart_and_nobody_enters_anothers(desk: Desk, lan: Writer, post: Post) -> None:
    first = lan.mail("First")
    lan.sends(first)
    received = gets(lan, "We have your message")
    lan.sends("Second")
    wait_for("two threads", lambda: len(threads(desk, lan)) == 2)
    # Somebody else saw the mail, and answers it; or says that she is Lan, without being able to know more than her address.
    mallory = Writer(post)
    mallory.sends(mallory.mail("Third", answers=received))
    forged = lan.mail("Fourth", subject="[#0000-0000]")
    forged["In-Reply-To"] = first["Message-ID"]
    lan.sends(forged, vouched="spf=none")
    wait_for("all four", lambda: len(threads(desk, lan)) == 3 and len(threads(desk, mallory)) == 1)
    with desk.database.read() as session:
        proven = dict(session.execute(select(MailThread.identity_id, MailThread.proven)).tuples().all())
        stories = [
            session.scalars(select(Message.content).filter_by(conversation_id=one.id)).all()
            for one in threads(desk, lan)
        ]
    assert [proven[one.identity_id] for one in threads(desk, lan)] == [True, True, False]
    with desk.database.read() as session:
        contacts = [session.get_one(Identity, one.identity_id).contact_id for one in threads(desk, lan)]
    assert contacts[0] == contacts[1] != contacts[2]  # what nobody vouches for is nobody's we know
    assert [story[0]["text"] for story in stories] == ["First", "Second", "Fourth"]
    # Who answers what only she got is believed to be there, whatever nobody vouches for.
    lan.sends(lan.mail("Fifth", answers=received), vouched="")
    wait_for("the answer", lambda: "Fifth" in said(desk, lan))
    assert len(threads(desk, lan)) == 3


def _raw(*headers: str, body: str = "hello") -> bytes:
    return ("\r\n".join(headers) + "\r\n\r\n" + body).encode("latin-1")


def _from(*headers: str, body: str = "hello") -> bytes:
    return _raw("From: Eve <eve@evil.example>", f"To: {USER}", *headers, body=body)


REFUSED: dict[str, tuple[bytes, str]] = {
    "forged by the receiving server's word": (
        _raw("Authentication-Results: mx.shop.example; dmarc=fail header.from=home.example", "From: lan@home.example"),
        "forged",
    ),
    "no sender": (_raw(f"To: {USER}"), "no_sender"),
    "two senders": (_raw("From: a@home.example", "From: b@home.example"), "no_sender"),
    "a list of senders": (_raw("From: a@home.example, b@home.example"), "no_sender"),
    "an address behind an address": (_raw("From: a@home.example <b@home.example>"), "no_sender"),
    "a line break in the sender": (_raw("From: =?utf-8?q?a=0D=0ABcc:_b=40home.example?="), "no_sender"),
    "no address": (_raw("From: Lan"), "no_sender"),
    "a NUL in the address": (_raw("From: lan\0@home.example"), "no_sender"),
    "an endless address": (_raw(f"From: {'a' * 400}@home.example"), "no_sender"),
    "ourselves": (_raw(f"From: {USER}"), "own"),
    "another address of ours": (_raw("From: returns@shop.example"), "own"),
    "our own mail coming back": (_from("X-Faqdesk: 1"), "bulk"),
    "mailer daemon": (_raw("From: MAILER-DAEMON@mx.example"), "own"),
    "an answer of a machine": (_from("Auto-Submitted: auto-replied"), "auto"),
    "a list": (_from("List-Id: <all.evil.example>"), "bulk"),
    "bulk": (_from("Precedence: bulk"), "bulk"),
    "an empty return path": (_from("Return-Path: <>"), "bounce"),
    "a report": (_from("Content-Type: multipart/report; boundary=b"), "bounce"),
    "endless headers": (_from(*["X-Y: z"] * 60_000), "headers"),
    "parts within parts": (_from(*[f"X: boundary={number}" for number in range(100)]), "structure"),
    "nothing in it": (_from(body=""), "empty"),
    "nothing that can be seen": (
        _from("Content-Type: text/plain; charset=utf-8", body="\xe2\x80\x8b\xe2\x80\xae"),
        "empty",
    ),
    "too large": (_from(body="x" * 600_000), "too_large"),
}


def delivery(desk: Desk, conversation_id: str, words: str) -> Outbox:
    """Of the message with these words."""
    with desk.database.read() as session:
        both = select(Outbox, Message).join(Message, Message.id == Outbox.message_id)
        rows = session.execute(both.where(Outbox.conversation_id == conversation_id)).tuples()
        return next(row for row, message in rows if words in message.content["text"])


def test_a_mail_that_comes_back_is_shown_as_failed_and_one_that_is_late_is_not(
    desk: Desk, post: Post, lan: Writer, ada: Console
) -> None:
    lan.sends("Where is my parcel?")
    gets(lan, "We have your message")
    (thread,) = threads(desk, lan)
    ada.act(thread.id, "claim")
    for words in ("Word one", "Word two"):
        assert ada.act(thread.id, "reply", text=words).status_code == 201
    first, second = (gets(lan, words) for words in ("Word one", "Word two"))
    wait_for("both to be sent", lambda: delivery(desk, thread.id, "Word two").state == "sent" or None)
    known = stored(desk)

    # Whoever did not get the mail does not know its id, and who did may say nothing of anybody else's.
    changed = str(first["Message-ID"]).replace(str(first["Message-ID"])[33:37], "0000")
    forged = bounced.postfix(first, lan.address).replace(str(first["Message-ID"]).encode(), changed.encode())
    elsewhere = bounced.postfix(first, "eve@evil.example").replace(
        f"To: {lan.address}".encode(), b"To: eve@evil.example"
    )
    uids = [post.imap.deliver(raw) for raw in (forged, elsewhere)]
    wait_for("both to be left", lambda: [left(desk, uid) for uid in uids] == ["bounce", "bounce"] or None)
    assert delivery(desk, thread.id, "Word one").state == "sent"

    post.imap.deliver(bounced.postfix_late(second, lan.address))
    late = wait_for("the remark", lambda: row if (row := delivery(desk, thread.id, "Word two")).why else None)
    assert (late.state, late.why, late.error) == ("sent", "mail_late", "452 4.2.2 over quota")
    for _ in range(2):
        post.imap.deliver(bounced.gmail(first, lan.address))
    back = wait_for(
        "it to fail", lambda: row if (row := delivery(desk, thread.id, "Word one")).state == "dead" else None
    )
    assert (back.why, str(back.error).startswith("550-5.1.1 The email account")) == ("mail_address", True)
    shown = [one for one in ada.reads(thread.id)["events"] if one["kind"] == "delivery" and one["state"] == "dead"]
    assert [(one["message_id"], one["why"], one["error"]) for one in shown] == [(back.message_id, back.why, back.error)]

    # The same bounce, read again, says nothing new of what was sent once more; and none of them is a word of hers.
    assert ada.http.post(f"/desk/api/outbox/{back.id}/replay").status_code == 204
    wait_for("it to be sent again", lambda: delivery(desk, thread.id, "Word one").state == "sent" or None)
    last = post.imap.deliver(bounced.gmail(first, lan.address))
    lan.sends("Anything else?")
    wait_for("her next mail", lambda: "Anything else?" in "".join(said(desk, lan)) or None)
    assert (delivery(desk, thread.id, "Word one").state, left(desk, last)) == ("sent", None)
    assert len(said(desk, lan)) == 2
    assert stored(desk) == tuple(count + 1 for count in known)  # her next thread


def test_what_is_malformed_forged_or_a_machines_leaves_nothing_behind(desk: Desk, post: Post, lan: Writer) -> None:
    before = stored(desk)
    uids = {name: post.imap.deliver(raw) for name, (raw, _) in REFUSED.items()}
    lan.sends("Still there?")
    gets(lan, "We have your message")
    assert {name: left(desk, uid) for name, uid in uids.items()} == {
        name: cause for name, (_, cause) in REFUSED.items()
    }
    after = stored(desk)
    assert after[:2] == (before[0] + 1, before[1] + 1)
    assert not post.smtp.to("eve@evil.example")


def stored(desk: Desk) -> tuple[int, ...]:
    with desk.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Identity, Conversation))
