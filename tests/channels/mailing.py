"""Both mail servers of a shop, and people who write to it."""

import itertools
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from handoff.clock import utc_now
from tests.standins.imap_server import PASSWORD, USER, ImapStandin
from tests.standins.smtp_server import SmtpStandin

AUTHSERV = "mx.shop.example"
_NUMBERS = itertools.count(1)


class Post:
    """The mailbox, and the server that sends."""

    def __init__(self) -> None:
        self.imap, self.smtp = ImapStandin().start(), SmtpStandin().start()

    def stop(self) -> None:
        self.imap.stop()
        self.smtp.stop()

    def setup(self, **more: Any) -> dict[str, Any]:
        """Values of [desk.email]."""
        given: dict[str, Any] = {
            "addresses": [{"address": USER}, {"address": "returns@shop.example", "team": "Returns"}],
            "user": USER,
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": self.imap.port,
            "imap_security": "none",
            "smtp_host": "127.0.0.1",
            "smtp_port": self.smtp.port,
            "smtp_security": "none",
            "authserv_id": AUTHSERV,
            "poll_seconds": 1,
        }
        return given | more


@dataclass
class Writer:
    """Somebody with a mail address of her own."""

    post: Post
    address: str = field(default_factory=lambda: f"lan{next(_NUMBERS)}@home.example")

    def mail(
        self, text: str, *, to: str = USER, subject: str = "", answers: EmailMessage | None = None
    ) -> EmailMessage:
        """A mail of hers that is not sent yet. `answers` is one that she got."""
        made = EmailMessage()
        made["From"], made["To"], made["Date"] = f"Lan <{self.address}>", to, format_datetime(utc_now())
        made["Message-ID"] = f"<{next(_NUMBERS)}.{self.address}>"
        if answers is not None:
            made["In-Reply-To"] = answers["Message-ID"]
            made["References"] = f"{answers.get('References', '')} {answers['Message-ID']}".strip()
        if subject or answers is not None:
            made["Subject"] = subject or str(answers and answers["Subject"])
        made.set_content(text)
        return made

    def sends(
        self, mail: EmailMessage | str, *, vouched: str = "dmarc=pass header.from=home.example", **more: Any
    ) -> int:
        """It arrives, with what the receiving server says of it on top; returns its UID."""
        made = self.mail(mail, **more) if isinstance(mail, str) else mail
        said = f"Authentication-Results: {AUTHSERV}; {vouched}\r\n" if vouched else ""
        return self.post.imap.deliver(said.encode() + made.as_bytes())

    def got(self) -> list[EmailMessage]:
        return self.post.smtp.to(self.address)


def text_of(mail: EmailMessage) -> str:
    """What a mail of ours says to programs that show no HTML."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").strip()


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def links_of(mail: EmailMessage) -> dict[str, str]:
    """Paths by title."""
    found = re.findall(r"^(.+): https?://[^/\s]+(/m/\S+)$", text_of(mail), re.MULTILINE)
    return dict(found)
