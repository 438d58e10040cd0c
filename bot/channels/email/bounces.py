"""Mails that say what became of ours: reports as RFC 3464 has them, and what older programs write in words. Pure functions.

Nothing here is believed for what it says alone: only who had a mail of ours knows its id (handoff/mail_threads.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from bot.channels.email import mime
from bot.channels.email.mime import plain
from handoff.whys import Why

_LONGEST_TEXT = 100_000  # characters of a bounce that are looked at
_LONGEST_REASON = 300
_MOST_ADDRESSES, _MOST_IDS = 50, 50
_ID = re.compile(r"<?([0-9a-f]{32}\.[0-9a-f]{24}@[!-;=?-~]{1,200})")
_ADDRESS = re.compile(r"[^<>@\s\"(),:;\[\]\\]{1,64}@[^<>@\s\"(),:;\[\]\\]{1,253}")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
_DAEMON = re.compile(r"\b(mailer-daemon|postmaster|mail-daemon|microsoftexchange[0-9a-f]*)@", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|delivery (status notification|has failed|failure)|failure notice|returned (mail|to sender)"
    r"|mail delivery failed|delivery to the following recipient|no se pudo entregar|không gửi được",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay|not (yet )?been delivered|warning: (could not send|message)|still being retried", re.IGNORECASE
)
# What the commonest codes of RFC 3463 mean for agents.
_WHY: dict[str, Why] = {
    "1.1": "mail_address", "1.2": "mail_address", "1.3": "mail_address", "1.10": "mail_address", "2.1": "mailbox_off",
    "2.2": "mailbox_full", "2.3": "mail_too_large", "3.4": "mail_too_large", "4.1": "mail_server_away",
    "4.4": "mail_address", "4.7": "mail_server_away", "7.1": "mail_not_wanted", "7.26": "mail_not_believed",
}  # fmt: skip


@dataclass(frozen=True)
class Bounce:
    """What came back. `addresses` are those that it names, `mail_ids` what may be ids of ours; agents read the reason."""

    failed: bool  # for good; else it is only late
    addresses: frozenset[str]
    mail_ids: tuple[str, ...]
    why: Why
    said: str  # by the server
    own_id: str  # the bounce's; "" when it has none


def read(message: Message) -> Bounce | None:
    """What a mail says of one of ours; None for a mail that is no bounce, and for good news."""
    is_report = message.get_content_type() == "multipart/report"
    if not (is_report or _is_from_a_server(message)):
        return None  # somebody may have put a report into a mail of her own
    reports = list(_reports(message))
    return _reported(message, reports) if reports else _in_words(message)


def _reported(message: Message, reports: list[Message]) -> Bounce | None:
    """By its machine-readable part: one block for each receiver, after one for the mail."""
    told = [(block, action) for block in reports if (action := _action(block)) in ("failed", "delayed")]
    if not told:
        return None
    worst, action = next((one for one in told if one[1] == "failed"), told[0])
    status, said = _field(worst, "Status"), _field(worst, "Diagnostic-Code").partition(";")[2].strip()
    code = _STATUS.search(status) or _STATUS.search(said)
    names = ("Final-Recipient", "Original-Recipient", "X-Actual-Recipient")
    addresses = [_field(block, name).rpartition(";")[2] for block, _ in told for name in names]
    return _bounce(message, action == "failed", addresses, code, said or status)


def _action(block: Message) -> str:
    """What was done. "failed" is final even with a code of class 4: whoever wrote it has stopped trying."""
    said = _field(block, "Action").lower()
    code = _STATUS.match(_field(block, "Status"))
    return said or {"5": "failed", "4": "delayed"}.get(code[1] if code is not None else "", "")


def _in_words(message: Message) -> Bounce | None:
    """By what programs without a report write: Exim, qmail and their like."""
    subject, text = mime.header(message, "Subject"), "\n".join(_texts(message))
    named = mime.header(message, "X-Failed-Recipients")
    speaks = bool(_DAEMON.search(mime.header(message, "From"))) and bool(
        _FAILED.search(subject) or _DELAYED.search(subject)
    )
    if not (named or speaks or "qmail-send program" in text[:1000]):
        return None
    before_the_copy = re.split(r"\n-{3,}|\n_{10,}", text, maxsplit=1)[0]
    line = next((one for one in before_the_copy.splitlines() if _STATUS.search(one) or _REPLY.search(one)), "")
    code, reply = _STATUS.search(line), _REPLY.search(line)
    late = bool(_DELAYED.search(subject)) or (
        not named and bool((code and code[1] == "4") or (reply and reply[1] == "4"))
    )
    return _bounce(message, not late, [named, *_ADDRESS.findall(before_the_copy)], code, line or before_the_copy)


def _bounce(message: Message, failed: bool, addresses: list[str], code: re.Match[str] | None, said: str) -> Bounce:
    returned = list(_returned(message))
    to = [mime.header(one, "To") for one in returned]
    found = [address for written in (*addresses, *to) for address in _ADDRESS.findall(written[:5000])]
    own_id = next(iter(_ADDRESS.findall(mime.header(message, "Message-ID"))), "")
    named = frozenset(address.lower() for address in found[:_MOST_ADDRESSES])
    known = _WHY.get(f"{code[2]}.{code[3]}", "mail_back") if code is not None else "mail_back"
    why = known if failed else "mail_late"
    return Bounce(failed, named, tuple(_candidates(message, returned)), why, plain(said)[:_LONGEST_REASON], own_id)


def _candidates(message: Message, returned: list[Message]) -> list[str]:
    """What looks like an id of ours: in what was returned, in the headers, and in the words."""
    headers = [mime.header(message, name) for name in ("In-Reply-To", "References", "X-Original-Message-ID")]
    written = [*(mime.header(one, "Message-ID") for one in returned), *headers, *_texts(message)]
    return list(dict.fromkeys(found for one in written for found in _ID.findall(one)))[:_MOST_IDS]


def _is_from_a_server(message: Message) -> bool:
    paths = mime.headers(message, "Return-Path")[:1]
    return any(path in ("", "<>") for path in paths) or bool(_DAEMON.search(mime.header(message, "From")))


def _reports(message: Message) -> Iterator[Message]:
    """The blocks of fields of a delivery status notification."""
    for part in mime.walk(message):
        if part.get_content_type() == "message/delivery-status":
            yield from mime.inside(part)


def _returned(message: Message) -> Iterator[Message]:
    """What a bounce has of our mail: all of it, or its headers."""
    for part in mime.walk(message):
        if part.get_content_type() == "message/rfc822":
            yield from mime.inside(part)[:1]
        elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            yield mime.from_headers(mime.text_of(part))


def _texts(message: Message) -> list[str]:
    """What it says to people."""
    found = (
        mime.text_of(part) for part in mime.walk(message) if part.get_content_type() in ("text/plain", "text/html")
    )
    return [text[:_LONGEST_TEXT] for text in found]


def _field(block: Message, name: str) -> str:
    return mime.header(block, name)[:2000]
