"""Headers of our mails, as bytes: what other programs put threads together by must reach them as it is."""

import email.policy
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from bot.channels.email import letters
from bot.channels.email.mime import opened, taken_apart
from handoff.mail_threads import Reply

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OWN = f"{'a' * 32}.{'b' * 24}@customer-service.casasen-shop.example"
OUTLOOK = "AM9PR08MB6737A1B2C3D4E5F60718293A4B5C6@AM9PR08MB6737.eurprd08.prod.outlook.com"
AMAZON = "01000190abcdef12-3456789a-bcde-f012-3456-789abcdef012-000000@email.amazonses.com"


def made(*references: str) -> EmailMessage:
    reply = Reply("lan@home.example", "help@shop.example", "Hi", "", OWN, references[-1], references, "")
    return letters.mail(reply, "Casa Sen", ("hello", "<p>hello</p>"), (), False, NOW)


def head(mail: EmailMessage) -> dict[bytes, bytes]:
    """Raw values by name; one that goes on in another line keeps its line breaks."""
    lines = mail.as_bytes(policy=email.policy.SMTP).partition(b"\r\n\r\n")[0].replace(b"\r\n ", b"\n ").split(b"\r\n")
    return dict(line.split(b": ", 1) for line in lines)


@pytest.mark.parametrize("hers", ["x" * (78 - 2 - len("@home.example")) + "@home.example", OUTLOOK, AMAZON, OWN])
def test_an_id_stands_in_a_mail_as_it_is_however_long(hers: str) -> None:
    wire = head(made(OWN, hers))
    assert wire[b"Message-ID"] == f"<{OWN}>".encode()
    assert wire[b"In-Reply-To"] == f"<{hers}>".encode()
    assert wire[b"References"] == f"<{OWN}>\n <{hers}>".encode()


def test_many_ids_stay_within_the_lines_of_mail_and_are_read_again() -> None:
    many = tuple(f"{number}{'y' * 230}@home.example" for number in range(11))
    raw = made(*many).as_bytes(policy=email.policy.SMTP)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert taken_apart(opened(raw)).references == many
    assert message_from_bytes(raw, policy=email.policy.default)["References"].split() == [f"<{one}>" for one in many]


@pytest.mark.parametrize("evil", ["=?utf-8?q?x=0D=0ABcc:_all=40home.example?=", "=?utf-8?b?eDB5?=@home.example"])
def test_what_looks_encoded_in_her_id_is_not_decoded(evil: str) -> None:
    wire = head(made(OWN, evil))
    assert b"Bcc" not in wire
    assert wire[b"References"].split()[1] == f"<{evil}>".encode()


@pytest.mark.parametrize("evil", ["a\r\nBcc: b@home.example", "é@home.example", "a\nb", "a\0b"])
def test_what_is_no_id_is_refused(evil: str) -> None:
    with pytest.raises(ValueError, match=r"printable|linefeed"):
        made(evil)
