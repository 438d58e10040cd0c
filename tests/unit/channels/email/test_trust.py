"""Whose a mail is: only the receiving server's word counts, and what no person wrote is answered by nobody."""

import pytest

from bot.channels.email.mime import parse
from bot.channels.email.trust import automatic, proof

OWN = frozenset({"help@shop.example"})


def judged(*results: str, sender: str = "lan@home.example", trusted: str = "mx.shop.example") -> str:
    headers = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    return proof(parse(f"{headers}From: Lan <{sender}>\r\n\r\nhello".encode()), trusted)


@pytest.mark.parametrize(
    "result",
    [
        "mx.shop.example; dmarc=pass header.from=home.example",
        "mx.shop.example; spf=pass smtp.mailfrom=home.example; dkim=pass header.d=home.example;"
        " dmarc=pass (p=reject) header.from=home.example",
        "MX.Shop.Example 1; dmarc=PASS",
        "mx.shop.example; dkim=pass header.d=home.example header.s=s1",
        "mx.shop.example; dkim=fail header.d=other.example; dkim=pass header.d=home.example",
        "mx.shop.example; dkim=pass header.i=@home.example",
    ],
)
def test_what_the_receiving_server_vouches_for_is_proven(result: str) -> None:
    assert judged(result) == "proven"


def test_a_signature_of_the_domain_above_counts() -> None:
    assert judged("mx.shop.example; dkim=pass header.d=home.example", sender="lan@mail.home.example") == "proven"


@pytest.mark.parametrize(
    "results",
    [
        (),
        ("mx.shop.example; none",),
        ("mx.shop.example; spf=pass smtp.mailfrom=home.example",),
        ("mx.shop.example; dkim=pass header.d=evil.example",),
        ("mx.shop.example; dkim=pass header.d=example",),
        ("mx.shop.example; dkim=pass header.d=me.example",),
        ("mx.shop.example; dkim=pass",),
        ("mx.shop.example; dkim=none header.d=home.example",),
        ("mx.shop.example; dmarc=pass header.from=evil.example",),
        ("mx.shop.example; dmarc=none",),
        ("mx.evil.example; dmarc=pass header.from=home.example",),
        ("mx.shop.example.evil.example; dmarc=pass",),
        ("evil.example (mx.shop.example); dmarc=pass",),
        ("mx.shop.example; spf=none; dkim=none", "mx.shop.example; dmarc=pass header.from=home.example"),
        ('mx.shop.example; spf=fail smtp.mailfrom="x; dmarc=pass header.from=home.example"',),
        ("mx.shop.example (dmarc=pass); spf=fail",),
        ("mx.shop.example; dmarc=passed",),
        ("mx.shop.example; reason=dmarc=pass",),
        ("(" * 3_000 + "; dmarc=pass",),
        ("\0; dmarc=pass",),
    ],
    ids=lambda results: " | ".join(one[:60] for one in results) or "nothing",
)
def test_nothing_else_proves_a_sender(results: tuple[str, ...]) -> None:
    assert judged(*results) == "unknown"


def test_without_a_trusted_server_nothing_is_proven() -> None:
    assert judged("mx.shop.example; dmarc=pass header.from=home.example", trusted="") == "unknown"
    assert judged("; dmarc=pass", trusted="") == "unknown"


@pytest.mark.parametrize(
    "result",
    [
        "mx.shop.example; dmarc=fail header.from=home.example",
        "mx.shop.example; dmarc=fail (p=none); dkim=pass header.d=home.example",
        "mx.shop.example; dmarc=pass; dmarc=fail",
    ],
)
def test_what_the_receiving_server_calls_forged_is_forged(result: str) -> None:
    assert judged(result) == "forged"


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ("Auto-Submitted: auto-replied", "auto"),
        ("Auto-Submitted: auto-generated; owner-email=x", "auto"),
        ("Precedence: bulk", "bulk"),
        ("Precedence: LIST", "bulk"),
        ("List-Id: <news.home.example>", "bulk"),
        ("X-Autoreply: yes", "bulk"),
        ("X-Faqdesk: 1", "bulk"),
        ("Return-Path: <>", "bounce"),
        ("Return-Path:", "bounce"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        ("Auto-Submitted: no", ""),
        ("Precedence: first-class", ""),
        ("Return-Path: <lan@home.example>", ""),
        ("", ""),
    ],
)
def test_machines_are_told_by_their_headers(headers: str, cause: str) -> None:
    lines = f"{headers}\r\n" if headers else ""
    assert automatic(parse(f"{lines}From: lan@home.example\r\n\r\nhello".encode()), OWN) == cause


@pytest.mark.parametrize(
    "sender", ["help@shop.example", "MAILER-DAEMON@mx.example", "no-reply@home.example", "noreply@x.example"]
)
def test_own_addresses_and_machines_are_not_answered(sender: str) -> None:
    assert automatic(parse(f"From: {sender}\r\n\r\nhello".encode()), OWN) == "own"
