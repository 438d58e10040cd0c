"""E-mail, with a mailbox and a server that sends, both stand-ins on real sockets."""

from collections import Counter, defaultdict
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope
from sqlalchemy import select

from bot.channels.email import channel as email_channel
from handoff.mail_model import MailFolder, MailLeft
from tests.channels.adapters.base import NUMBERS, Adapter, Failure, Got, Sent, Shopper
from tests.channels.mailing import AUTHSERV, Post, Writer, links_of, text_of
from tests.integration.harness import Desk, wait_for

# A server of mails has no word for "so many seconds".
ANSWERS: dict[Failure, str] = {
    "wait": "451 4.7.1 come again later",
    "broken": "451 4.3.0 out of order",
    "silent": "taken, then drop",
    "refused": "554 5.7.1 we do not take mails of this kind from you",
}


class EmailShopper(Shopper):
    """Her program answers the latest mail that she got, or goes on with her own."""

    def __init__(self, post: Post, language: str) -> None:
        self.writer = Writer(post, f"shopper{next(NUMBERS)}@home.example")
        self.last: EmailMessage | None = None

    def write(self, text: str) -> Sent:
        got = self.writer.got()
        answered = got[-1] if got else self.last
        self.last = self.writer.mail(text, answers=answered) if answered else self.writer.mail(text)
        return Sent(self, self.last)

    def send_file(self, name: str, content: bytes, words: str = "") -> Sent:
        sent = self.write(words)
        sent.body.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return sent

    def press(self, message: Got, title: str) -> Sent:
        """By its link. Who did not get the mail knows a button's number at most, and has to make the signature up."""
        owner, path = message.buttons[title]
        return Sent(self, path if owner == self.writer.address else path[:-64] + "0" * 64)

    def got(self) -> list[Got]:
        return [self._got(mail) for mail in self.writer.got()]

    def _got(self, mail: EmailMessage) -> Got:
        files = tuple(part.get_content() for part in mail.iter_attachments())
        return Got(text_of(mail), {t: (self.writer.address, path) for t, path in links_of(mail).items()}, files)


class EmailAdapter(Adapter):
    name = "email"
    takes_files = True

    def start(self, patch: pytest.MonkeyPatch) -> dict[str, Any]:
        patch.setattr(email_channel, "_PAUSE_SECONDS", 0.05)
        self.post = Post()
        self._failures: defaultdict[str, list[str]] = defaultdict(list)
        self._tries: Counter[str] = Counter()
        self.post.smtp.answers = self._answer
        return {"email": self.post.setup(addresses=[{"address": "help@shop.example"}])}

    def connect(self, desk: Desk) -> None:
        super().connect(desk)
        wait_for("the mailbox to be read", lambda: "IDLE" in self.post.imap.commands)

    def stop(self) -> None:
        self.post.stop()

    def shopper(self, language: str = "en") -> Shopper:
        return EmailShopper(self.post, language)

    def deliver(self, *sent: Sent) -> None:
        for one in sent:
            if isinstance(one.body, str):
                answer = self.desk.client().post(one.body)
                assert answer.status_code == (404 if one.body.endswith("0" * 64) else 200)
            else:
                self._arrive(one.body.as_bytes(), f"{AUTHSERV}; dmarc=pass header.from=home.example")

    def forge(self, sent: Sent) -> list[int]:
        """No request can be forged where nobody calls: mails that are not hers, with 403 for each that was left."""
        raw = sent.body.as_bytes()
        hers = f"From: Lan <{_address(sent.shopper)}>".encode()
        assert hers in raw
        uids = [self._arrive(raw, f"{AUTHSERV}; dmarc=fail header.from=home.example")]
        uids += [self._arrive(raw, f"{AUTHSERV}; dkim=pass header.d=home.example; dmarc=fail")]
        others = (
            b"From: eve@evil.example\n" + raw,
            b"X-Faqdesk: 1\n" + raw,
            raw.replace(hers, b"From: help@shop.example"),
        )
        uids += [self._arrive(one, f"{AUTHSERV}; dmarc=pass") for one in others]
        with self.desk.database.read() as session:
            left = set(session.scalars(select(MailLeft.uid)))
        return [403 if uid in left else 200 for uid in uids]

    def fail(self, shopper: Shopper, failure: Failure) -> None:
        self._failures[_address(shopper)].append(ANSWERS[failure])

    def tried(self, shopper: Shopper) -> int:
        return self._tries[_address(shopper)]

    def _answer(self, stage: str, envelope: Envelope) -> str:
        if stage != "DATA":
            return ""
        address = envelope.rcpt_tos[0]
        self._tries[address] += 1
        waiting = self._failures[address]
        return waiting.pop(0) if waiting else ""

    def _arrive(self, raw: bytes, vouched: str) -> int:
        """Returns when the desk has dealt with it."""
        uid = self.post.imap.deliver(f"Authentication-Results: {vouched}\r\n".encode() + raw)

        def passed() -> bool:
            with self.desk.database.read() as session:
                return (session.scalar(select(MailFolder.last_uid)) or 0) >= uid

        wait_for("the mail to be read", passed)
        return uid


def _address(shopper: Shopper) -> str:
    assert isinstance(shopper, EmailShopper)
    return shopper.writer.address
