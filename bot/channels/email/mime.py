"""A mail as it comes, taken apart within limits. Everything in it was chosen by whoever wrote it, or by whoever forged it.

The parser is the standard library's with its lenient policy: it makes something of every byte sequence. Its newer policies
parse every header at once and stumble over hostile ones.
"""

import email
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from email_validator import EmailNotValidError, validate_email

from bot.channels.email.html_text import to_text

LARGEST_HEADERS = 256 * 1024  # bytes
_MOST_BOUNDARIES = 60  # every nested part is looked for in every line
_MOST_PARTS = 300  # of which files and texts are taken; what follows is left
_MOST_FILES = 10
_LONGEST_BODY = 200_000  # characters that are looked at, before quotes are trimmed
_LONGEST_SUBJECT = 200
_MOST_REFERENCES = 30
# Of RFC 5322's ids what everybody uses: no spaces, no angle brackets, printable ASCII.
_MAIL_ID = re.compile(r"<([!-;=?-~]{3,250})>")
# From as programs write it: an address, or a name and an address in angle brackets. What a name is may hold no second one
# unless it is quoted: programs disagree about whose such a mail is. Addresses in quotes ("a b"@shop.example) are nobody's.
_ADDRESS = r"[^<>@\s\"(),:;\[\]\\]{1,64}@[^<>@\s\"(),:;\[\]\\]{1,253}"
_FROM = re.compile(rf"(?P<name>\"(?:[^\"\\]|\\.)*\"|[^\"<>@,;:]*)\s*<(?P<address>{_ADDRESS})>|(?P<bare>{_ADDRESS})")
_ANY_ADDRESS = re.compile(_ADDRESS)
_TEXTS = ("text/plain", "text/html")


class Unreadable(Exception):
    """A mail that is not taken in. `cause` is for logs and the table of what was left."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class EnclosedFile:
    """A file of a mail, not looked at yet. The name is the sender's."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """What a mail holds for us. `text` still has its quotes and its signature; `mail_id` is "" when it has none of its own."""

    sender: str
    name: str
    recipients: tuple[str, ...]
    subject: str
    mail_id: str
    references: tuple[str, ...]  # the latest last; In-Reply-To is one of them
    text: str
    files: tuple[EnclosedFile, ...]
    headers: Message

    def all(self, name: str) -> list[str]:
        """Every header of this name as one line, the uppermost first."""
        return _all(self.headers, name)

    def header(self, name: str) -> str:
        """The uppermost header of this name; "" when there is none."""
        return next(iter(self.all(name)), "")


def parse(raw: bytes) -> Mail:
    """As `opened` and `taken_apart` together."""
    return taken_apart(opened(raw))


def taken_apart(message: Message) -> Mail:
    """What a mail holds. Raises Unreadable: it has no sender who could be answered."""
    sender, name = _sender(message)
    text, files = _content(message)
    return Mail(
        sender=sender,
        name=name,
        recipients=tuple(_recipients(message)),
        subject=plain(_decoded("".join(_all(message, "Subject")[:1])))[:_LONGEST_SUBJECT],
        mail_id=next(iter(_ids(message, "Message-ID")), ""),
        references=_references(message),
        text=text,
        files=files,
        headers=message,
    )


def opened(raw: bytes) -> Message:
    """A mail as the library reads it. Raises Unreadable: a structure that no mail program makes."""
    head = re.split(rb"\r?\n\r?\n", raw[: LARGEST_HEADERS + 4], maxsplit=1)[0]
    if len(head) > LARGEST_HEADERS:
        raise Unreadable("headers")
    if raw.lower().count(b"boundary") > _MOST_BOUNDARIES:
        raise Unreadable("structure")
    try:
        return email.message_from_bytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        raise Unreadable("structure") from None  # where the standard library stumbles over what it should make sense of


def _all(message: Message, name: str) -> list[str]:
    # As it came: the library makes question marks of UTF-8 that nobody announced.
    return [plain(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def headers(message: Message, name: str) -> list[str]:
    """Every header of this name as one line, the uppermost first."""
    return _all(message, name)


def header(message: Message, name: str) -> str:
    """The uppermost header of this name; "" when there is none."""
    return next(iter(_all(message, name)), "")


def walk(message: Message) -> Iterator[Message]:
    """The leaves; a mail that was attached is one."""
    waiting, seen = [message], 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart":
            waiting[:0] = inside(part)
        else:
            yield part


def inside(part: Message) -> list[Message]:
    """What a part holds of parts, of an attached mail, or of blocks of fields."""
    inner = part.get_payload()
    return [one for one in inner[:_MOST_PARTS] if isinstance(one, Message)] if isinstance(inner, list) else []


def text_of(part: Message) -> str:
    """A part as text, whatever it says of its signs."""
    return _characters(_data(part)[: 4 * _LONGEST_BODY], _charset(part))[:_LONGEST_BODY]


def from_headers(text: str) -> Message:
    """A mail of which only the headers are there."""
    return email.message_from_string(text[:LARGEST_HEADERS])


def plain(value: object) -> str:
    """A header's value as one printable line, whatever it holds."""
    text = str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join("".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text).split())


def _decoded(text: str) -> str:
    """An encoded header (RFC 2047); what cannot be decoded stays as it is."""
    try:
        return "".join(
            part if isinstance(part, str) else _characters(part, charset) for part, charset in decode_header(text)
        )
    except (HeaderParseError, ValueError):
        return text


def _characters(data: bytes, charset: str | None) -> str:
    """Bytes as text: the named charset, else UTF-8, else what Windows writes in Western Europe."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            if name:
                return data.decode(name)
        except (LookupError, ValueError):  # unknown, or other than it says
            continue
    return data.decode("utf-8", "replace")


def _sender(message: Message) -> tuple[str, str]:
    """Address and name. One address in one From: with several, programs disagree about whose the mail is."""
    written = _all(message, "From")
    if len(written) != 1:
        raise Unreadable("no_sender")
    found = _FROM.fullmatch(written[0][:1000])
    if found is None:
        raise Unreadable("no_sender")
    name = re.sub(r"\\(.)", r"\1", (found["name"] or "").strip().strip('"'))
    return normal_address(found["address"] or found["bare"]), plain(_decoded(name))[:120]


def normal_address(written: str) -> str:
    """An address in its one spelling, lower case. Raises Unreadable when it is none that mail could go to."""
    try:
        checked = validate_email(written, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        raise Unreadable("no_sender") from None
    return (checked.ascii_email or checked.normalized).lower()


def _recipients(message: Message) -> Iterator[str]:
    """Addresses that the mail names as its own receivers; those of the receiving server first."""
    for header in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"):
        for value in _all(message, header)[:5]:
            yield from (address.lower() for address in _ANY_ADDRESS.findall(value[:5000])[:50])


def _ids(message: Message, header: str) -> list[str]:
    return _MAIL_ID.findall("".join(_all(message, header)[:1])[:20_000])


def _references(message: Message) -> tuple[str, ...]:
    # In-Reply-To last: it names the very mail that is answered.
    found = [*_ids(message, "References"), *_ids(message, "In-Reply-To")]
    return tuple(dict.fromkeys(reversed(found)))[:_MOST_REFERENCES][::-1]


def _content(message: Message) -> tuple[str, tuple[EnclosedFile, ...]]:
    """The first readable text, and the files. A text with a file name is a file."""
    texts: dict[str, str] = {}
    files: list[EnclosedFile] = []
    for part in _parts(message):
        kind, name = part.get_content_type(), _file_name(part)
        is_file = bool(name) or part.get_content_disposition() == "attachment" or kind not in _TEXTS
        data = _data(part)
        if is_file:
            if data and len(files) < _MOST_FILES:
                files.append(EnclosedFile(name or f"file.{part.get_content_subtype()[:10]}", data))
        elif kind not in texts and data.strip():
            texts[kind] = _characters(data[: 4 * _LONGEST_BODY], _charset(part))[:_LONGEST_BODY]
    return _readable(texts), tuple(files)


def _readable(texts: dict[str, str]) -> str:
    """Plain text where there is any; else what the HTML says."""
    written = texts.get("text/plain", "")
    if not written.strip() and "text/html" in texts:
        written = to_text(texts["text/html"])
    # Some charsets write a letter and its mark apart; here they are one sign.
    return unicodedata.normalize("NFC", written.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))


def _parts(message: Message) -> Iterator[Message]:
    """The leaves, not those inside of a mail that was attached."""
    waiting: list[Message] = [message]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [one for one in inner[:_MOST_PARTS] if isinstance(one, Message)]
        elif part.get_content_maintype() not in ("message", "multipart") or not isinstance(inner, list):
            yield part


def _data(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        return b""
    return data if isinstance(data, bytes) else b""


def _file_name(part: Message) -> str:
    try:
        return plain(_decoded(part.get_filename() or ""))[:200]
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
