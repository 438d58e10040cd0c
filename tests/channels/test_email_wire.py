"""The two mail servers misbehave: what is sent is sent once or said to be uncertain, what is read is read once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import bot
from bot.channels.base import Surroundings
from bot.channels.email import channel as email_channel
from bot.channels.email import letters
from bot.channels.email.channel import EmailChannel
from bot.channels.email.imap import Mailbox, MailboxTrouble
from bot.channels.email.setup import EmailSetup
from bot.channels.email.smtp import Sender
from bot.mail import ShopMailer
from bot.settings import DeskSettings
from handoff import clamd, conversations
from handoff.bus import Bus
from handoff.clamd import answers
from handoff.clock import utc_now
from handoff.database import Database
from handoff.desk_model import Attachment
from handoff.mail_folders import ReadElsewhere
from handoff.mail_model import MailFolder, MailLeft
from handoff.mail_threads import Reply
from handoff.outbox import TransportError
from handoff.sealing import Sealer
from handoff.wording import Wording
from tests.channels.mailing import Post, Writer, text_of
from tests.databases import Templates
from tests.standins.clamd import Clamd
from tests.standins.imap_server import TOKEN, USER
from tests.unit.bot.scripted import Stage


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    made = Post()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _well(post: Post) -> None:
    post.smtp.answers = lambda stage, envelope: ""
    post.imap.fails = lambda command: ""


async def token() -> str:
    return TOKEN


def setup(post: Post, **more: Any) -> EmailSetup:
    return EmailSetup.model_validate(post.setup(**more))


def by_oauth(post: Post) -> EmailSetup:
    given = {"oauth_token_url": "https://tokens.example", "oauth_client_id": "x", "oauth_refresh_token": "y"}
    return setup(post, password="", **given)


def mail(to: str = "lan@home.example", own_id: str = "one@shop.example") -> EmailMessage:
    reply = Reply(to, USER, "Hi", "#AAAA-BBBB", own_id, "her@home.example", ("her@home.example",), "s")
    return letters.mail(reply, "Casa Sen", ("hello", "<p>hello</p>"), (), True, utc_now())


# ---- sending --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "answer", "permanent", "uncertain"),
    [
        ("MAIL", "421 4.3.2 going down", False, False),
        ("MAIL", "550 5.7.1 not you", True, False),
        ("MAIL", "drop", False, False),
        ("RCPT", "450 4.2.1 busy", False, False),
        ("RCPT", "550 5.1.1 nobody", True, False),
        ("RCPT", "drop", False, False),
        ("DATA", "451 4.3.0 later", False, False),
        ("DATA", "554 5.6.0 no such thing", True, False),
        ("DATA", "drop", False, True),
        ("DATA", "taken, then drop", False, True),
    ],
)
async def test_what_a_server_says_is_what_becomes_of_the_mail(
    post: Post, stage: str, answer: str, permanent: bool, uncertain: bool
) -> None:
    post.smtp.answers = lambda at, envelope: answer if at == stage else ""
    with pytest.raises(TransportError) as failed:
        await Sender(setup(post), token).send(mail(), "lan@home.example")
    assert (failed.value.permanent, failed.value.uncertain) == (permanent, uncertain)


async def test_a_mail_that_is_sent_again_is_the_same_mail(post: Post) -> None:
    lan = Writer(post)
    post.smtp.answers = lambda stage, envelope: "taken, then drop" if stage == "DATA" else ""
    with pytest.raises(TransportError):
        await Sender(setup(post), token).send(mail(lan.address), lan.address)
    post.smtp.answers = lambda stage, envelope: ""
    await Sender(setup(post), token).send(mail(lan.address), lan.address)
    assert [one["Message-ID"] for one in lan.got()] == ["<one@shop.example>"] * 2


async def test_an_id_reaches_the_server_as_it_is_however_long(post: Post) -> None:
    lan, hers = Writer(post), "AM9PR08MB6737A1B2C3D4E5F60718293A4B5C6@AM9PR08MB6737.eurprd08.prod.outlook.com"
    own = f"{'a' * 32}.{'b' * 24}@customer-service.casasen-shop.example"
    reply = Reply(lan.address, USER, "Hi", "#AAAA-BBBB", own, hers, (own, hers), "s")
    made = letters.mail(reply, "Casa Sen", ("hello", "<p>hello</p>"), (), True, utc_now())
    await Sender(setup(post), token).send(made, lan.address)
    raw = post.smtp.envelopes[-1].original_content
    assert raw is not None
    head = raw.partition(b"\r\n\r\n")[0].decode()
    assert f"\r\nMessage-ID: <{own}>\r\n" in head
    assert f"\r\nIn-Reply-To: <{hers}>\r\nReferences: <{own}>\r\n <{hers}>\r\n" in head


async def test_sending_works_with_a_token_and_says_when_the_account_is_not_accepted(post: Post) -> None:
    lan = Writer(post)
    await Sender(by_oauth(post), token).send(mail(lan.address), lan.address)
    assert len(lan.got()) == 1

    async def old() -> str:
        return "old"

    for sender in (Sender(by_oauth(post), old), Sender(setup(post, password="wrong"), token)):
        with pytest.raises(TransportError, match="setup") as refused:
            await sender.greet()
        assert not refused.value.permanent  # who waits for the mail has done nothing wrong
    with pytest.raises(TransportError, match="unreachable"):
        await Sender(setup(post, smtp_port=9), token).greet()
    # A password of an account that is not used any more is nobody's.
    await Sender(setup(post, smtp_password="another's"), token).greet()


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: all@home.example", "x\nX: y", "\0", "=?utf-8?q?x=0D=0ABcc:_y?=", "é\r\n\r\nbody"]
)
def test_nothing_that_somebody_wrote_becomes_a_header(evil: str) -> None:
    reply = Reply("lan@home.example", USER, evil, "#AAAA-BBBB", "one@shop.example", "a@b", ("a@b",), "s")
    made = letters.mail(reply, evil, (evil, evil), [letters.Enclosed(evil, "text/plain", b"x")], False, utc_now())
    head = made.as_bytes().split(b"\r\n\r\n")[0].lower()
    assert b"\r\nbcc:" not in head
    assert b"\r\nx:" not in head
    assert head.count(b"\r\nsubject:") == 1


# ---- reading --------------------------------------------------------------------------------------------------------


def test_a_mailbox_is_read_without_being_changed(post: Post) -> None:
    uids = [post.imap.deliver(f"From: a@home.example\r\n\r\n{number}".encode()) for number in range(3)]
    box = Mailbox(setup(post))
    assert box.uids_after(uids[0]) == uids[1:]
    assert box.uids_after(uids[-1]) == []  # although a server names its last mail again
    assert box.size(uids[0]) == 25
    assert box.fetch(uids[0]) == b"From: a@home.example\r\n\r\n0"
    assert (box.size(10_000), box.fetch(10_000)) == (None, None)
    assert box.next_uid == uids[-1] + 1
    box.close()
    said = [command.split()[0] for command in post.imap.commands]
    assert not {"SELECT", "STORE", "EXPUNGE"} & set(said)


def test_a_mailbox_takes_a_password_or_a_token_and_says_when_it_takes_neither(post: Post) -> None:
    Mailbox(by_oauth(post), TOKEN).close()
    for given, secret in ((by_oauth(post), "old"), (setup(post, password="wrong"), "")):
        with pytest.raises(MailboxTrouble) as refused:
            Mailbox(given, secret)
        assert refused.value.refused
    with pytest.raises(MailboxTrouble) as away:
        Mailbox(setup(post, imap_port=9))
    assert not away.value.refused


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "STATUS", "EXAMINE", "UID SEARCH", "UID FETCH", "IDLE"])
@pytest.mark.parametrize("fate", ["drop", "no"])
def test_a_server_that_fails_is_told_from_a_mailbox_without_news(post: Post, command: str, fate: str) -> None:
    post.imap.fails = lambda said: fate if said == command else ""

    def read() -> None:
        box = Mailbox(setup(post))
        box.uids_after(0)
        box.fetch(1)
        post.imap.deliver(b"x")
        box.wait(5)

    with pytest.raises(MailboxTrouble):
        read()


# ---- a desk that reads ----------------------------------------------------------------------------------------------


class Reader:
    """The channel on a database of its own, without its desk; `stage` has the gateway and what it stored."""

    def __init__(self, database: Database, post: Post, words: Wording, *, scanner: str = "", **more: Any) -> None:
        self.stage, self.post = Stage(database), post
        self.stage.now = datetime.now(UTC)
        given = setup(post, **more)
        settings = DeskSettings.model_validate({"email": given, "knowledge_url": "http://127.0.0.1:9"})
        gateway, handoff = self.stage.gateway, self.stage.acts.settings.model_copy(update={"clamd": scanner})
        self.channel = EmailChannel(
            Surroundings(
                settings, handoff, database, gateway, words, Bus(), lambda: self.stage.now, Sealer("", Path("none"))
            ),
            given,
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.channel.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def rows(self, table: type[Any]) -> list[Any]:
        with self.stage.database.read() as session:
            return list(session.scalars(select(table)))

    def heard(self) -> list[str]:
        """Without the subject, which these mails do not have."""
        return self.stage.texts("shopper")


async def until(holds: Callable[[], Any], what: str) -> None:
    for _ in range(1_500):
        if await asyncio.to_thread(holds):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"still not: {what}")


@pytest.fixture
def words() -> Wording:
    return Wording.load(Path(next(iter(bot.__path__))) / "words")


@pytest.fixture
def reader(
    post: Post, words: Wording, templates: Templates, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    monkeypatch.setenv("FAQDESK_PROJECT", str(tmp_path))
    monkeypatch.setattr(email_channel, "_PAUSE_SECONDS", 0.01)
    post.imap.mails.clear()
    database = Database(templates.new("sqlite", tmp_path))
    yield Reader(database, post, words)
    database.close()


def is_placed(reader: Reader) -> bool:
    return bool(reader.rows(MailFolder))


async def test_only_what_comes_after_the_setup_is_read_and_a_crash_repeats_nothing(
    reader: Reader, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    lan = Writer(post)
    lan.sends("long ago")
    async with reader.reading():
        await until(lambda: is_placed(reader), "the mailbox is placed")
        crashes = iter((RuntimeError("the desk dies here"),))
        passes = reader.channel._pass

        def die_once(uid: int, cause: str) -> None:
            for crash in crashes:
                raise crash
            passes(uid, cause)

        monkeypatch.setattr(reader.channel, "_pass", die_once)
        lan.sends("first")
        last = lan.sends("second")
        await until(lambda: len(reader.heard()) == 2 and reader.rows(MailFolder)[0].last_uid == last, "both are read")
    assert sorted(reader.heard()) == ["first", "second"]
    assert len(reader.stage.texts("desk")) == 2  # and acknowledged once each
    # The next desk goes on where this one stopped.
    lan.sends("while nobody read")
    async with reader.reading():
        await until(lambda: len(reader.heard()) == 3, "the third is read")
    assert sorted(reader.heard()) == ["first", "second", "while nobody read"]


async def test_a_server_that_numbers_anew_brings_nothing_twice_and_hides_nothing(reader: Reader, post: Post) -> None:
    lan = Writer(post)
    for number in range(3):
        post.imap.deliver(b"From: old@home.example\r\n\r\nyears old", datetime(2020, 1, number + 1, tzinfo=UTC))
    async with reader.reading():
        await until(lambda: is_placed(reader), "the mailbox is placed")
        lan.sends("before")
        await until(lambda: reader.heard() == ["before"], "it is read")
        post.imap.renumber()
        lan.sends("after")
        await until(lambda: len(reader.heard()) == 2, "what came after is read")
        await until(lambda: reader.rows(MailFolder)[0].last_uid == 5, "all is passed")
    assert sorted(reader.heard()) == ["after", "before"]


async def test_a_mail_that_nobody_can_read_holds_nobody_up(
    reader: Reader, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = reader.channel._intake.take_in
    tries: list[int] = []

    def stumble(raw: bytes, origin: Any) -> str:
        if b"poison" in raw:
            tries.append(origin.uid)
            raise RuntimeError("a fault of ours")
        return takes(raw, origin)

    monkeypatch.setattr(reader.channel._intake, "take_in", stumble)
    lan = Writer(post)
    async with reader.reading():
        await until(lambda: is_placed(reader), "the mailbox is placed")
        uid = lan.sends("poison")
        lan.sends("after it")
        await until(lambda: reader.heard() == ["after it"], "the next one is read")
    assert tries == [uid] * email_channel.MOST_TRIES
    assert [(row.uid, row.cause) for row in reader.rows(MailLeft)] == [(uid, "failed")]
    assert "left" in await reader.channel.check()


async def test_a_mail_with_files_waits_for_the_scanner_and_is_never_given_up(
    reader: Reader, post: Post, words: Wording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = tmp_path / "clamd.sock", list[str]()
    guarded = Reader(reader.stage.database, post, words, scanner=str(address))

    def asks(at: str, *within: float) -> bool:
        asked.append(at)
        return answers(at, *within)

    monkeypatch.setattr(clamd, "answers", asks)
    lan = Writer(post)
    mail = lan.mail("the lamp is broken, see the picture")
    mail.add_attachment(b"hello", maintype="text", subtype="plain", filename="lamp.txt")
    mail.add_attachment(b"ENDLESS", maintype="text", subtype="plain", filename="film.txt")
    async with guarded.reading():
        await until(lambda: is_placed(guarded), "the mailbox is placed")
        lan.sends("no file")
        lan.sends(mail)
        await until(lambda: len(asked) > 2 * email_channel.MOST_TRIES, "the scanner is asked again and again")
        assert guarded.heard() == ["no file"]
        assert "scanner" in await guarded.channel.check()
        post.imap.drop_all()  # nobody holds a line for hours
        standin = Clamd(address)
        await until(lambda: len(guarded.heard()) == 2, "it is read")
        assert "scanner" not in await guarded.channel.check()
    standin.close()
    assert not guarded.rows(MailLeft)
    assert [file.name for file in guarded.rows(Attachment)] == ["lamp.txt"]
    assert [text.splitlines()[-1] for text in guarded.heard() if text != "no file"] == [
        "(Not taken in, because of its kind or size: film.txt)"
    ]


async def test_lines_that_break_are_taken_up_again(reader: Reader, post: Post) -> None:
    lan = Writer(post)
    breaks = iter(["UID FETCH", "UID SEARCH", "IDLE", "EXAMINE", "LOGIN"])
    waiting = [next(breaks)]
    lock = threading.Lock()

    def fails(command: str) -> str:
        with lock:
            if waiting and command == waiting[0]:
                waiting[:] = [one] if (one := next(breaks, "")) else []
                return "drop"
            return ""

    async with reader.reading():
        await until(lambda: is_placed(reader), "the mailbox is placed")
        post.imap.fails = fails
        lan.sends("first")
        lan.sends("second")
        await until(lambda: len(reader.heard()) == 2, "both are read")
        post.imap.drop_all()
        lan.sends("third")
        await until(lambda: len(reader.heard()) == 3, "the third is read")
    assert sorted(reader.heard()) == ["first", "second", "third"]


async def test_a_line_that_breaks_after_it_was_well_is_taken_up_at_once(reader: Reader, post: Post) -> None:
    first = email_channel._PAUSE_SECONDS
    post.imap.fails = lambda command: "drop" if command == "LOGIN" else ""
    assert [await reader.channel._read_on() for _ in range(4)] == [first, 2 * first, 4 * first, 8 * first]
    post.imap.fails = lambda command: ""
    reading = asyncio.create_task(reader.channel._read_on())
    await until(lambda: is_placed(reader), "the mailbox is placed")
    Writer(post).sends("first")
    await until(lambda: reader.heard() == ["first"], "it is read")
    Writer(post).sends("second")
    await until(lambda: len(reader.heard()) == 2, "another look went well")
    post.imap.drop_all()
    assert await reading == first


async def test_a_server_without_idle_is_asked_again(post: Post, reader: Reader, words: Wording) -> None:
    post.imap.idle = False
    lan = Writer(post)
    try:
        async with reader.reading():
            await until(lambda: is_placed(reader), "the mailbox is placed")
            lan.sends("hello")
            await until(lambda: reader.heard() == ["hello"], "it is read")
    finally:
        post.imap.idle = True


async def test_two_desks_read_a_mailbox_in_turn(reader: Reader, post: Post, words: Wording) -> None:
    other = Reader(reader.stage.database, post, words)
    async with reader.reading():
        await until(lambda: is_placed(reader), "the mailbox is placed")
        with pytest.raises(ReadElsewhere):
            other.channel._hold()
    other.stage.now += timedelta(minutes=5)
    other.channel._hold()
    with pytest.raises(ReadElsewhere):
        reader.channel._pass(1, "")


async def test_who_writes_faster_than_people_do_is_not_answered(post: Post, reader: Reader, words: Wording) -> None:
    slow = Reader(reader.stage.database, post, words, mails_per_hour=3)
    robot, lan = Writer(post), Writer(post)
    async with slow.reading():
        await until(lambda: is_placed(slow), "the mailbox is placed")
        for number in range(5):
            robot.sends(f"mail {number}")
        lan.sends("I am a person")
        await until(lambda: "I am a person" in slow.heard(), "she is heard")
    assert sorted(slow.heard()) == ["I am a person", "mail 0", "mail 1", "mail 2"]
    assert [row.cause for row in slow.rows(MailLeft)] == ["rate"] * 2


async def test_what_is_wrong_is_found(reader: Reader, post: Post, words: Wording) -> None:
    assert await reader.channel.check() == ["team"]
    wrong = Reader(reader.stage.database, post, words, password="wrong", authserv_id="", addresses=[{"address": USER}])
    assert await wrong.channel.check() == ["imap_account", "smtp", "authserv_id"]
    away = Reader(reader.stage.database, post, words, imap_port=9, smtp_port=9, addresses=[{"address": USER}])
    assert await away.channel.check() == ["imap", "smtp"]


async def test_a_test_mail_reaches_its_address(reader: Reader, post: Post) -> None:
    lan = Writer(post)
    await reader.channel.send_test(lan.address)
    assert "Casa Sen" in str(lan.got()[0]["Subject"])
    with pytest.raises(TransportError) as refused:
        await reader.channel.send_test("lan\r\nBcc: x@home.example")
    assert refused.value.permanent


async def test_a_transcript_has_what_both_sides_read_and_nothing_of_the_teams(
    reader: Reader, post: Post, words: Wording
) -> None:
    stage, lan = reader.stage, Writer(post)
    conversation_id = stage.write("Where is it?").conversation_id
    with stage.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        for note, text in ((True, "Careful with her"), (False, "On its way")):
            conversations.add_message(session, conversation, "bot", {"text": text}, stage.now, note=note)
    mailer = ShopMailer(setup(post), Sender(setup(post), token), stage.database, words, "Casa Sen")
    await mailer.send_transcript(lan.address, conversation_id, "es")
    await mailer.send_transcript(lan.address, conversation_id, "es")
    first, second = lan.got()
    assert first["Message-ID"] == second["Message-ID"]
    assert [line for line in text_of(first).split("\n") if line in ("Where is it?", "On its way")] == [
        "Where is it?",
        "On its way",
    ]
    assert "Tú · " in text_of(first)
    assert "Careful" not in first.as_string()
    for to, which in (
        ("no address", conversation_id),
        (lan.address, "0" * 32),
        ("a@b.example\r\nBcc: x", conversation_id),
    ):
        with pytest.raises(TransportError) as refused:
            await mailer.send_transcript(to, which, "en")
        assert refused.value.permanent
