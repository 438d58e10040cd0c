"""What mail servers say of a mail of ours, in reports and in words; and what only looks like it."""

from email.message import EmailMessage

import pytest

from bot.channels.email.bounces import read
from bot.channels.email.mime import opened
from tests.channels import bounced
from tests.channels.bounced import Bounced

LAN = "lan@home.example"
OURS = f"{'a1' * 16}.{'b2' * 12}@shop.example"


def our_mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Casa Sen <help@shop.example>", LAN, "Re: Where is my parcel?"
    made["Message-ID"] = f"<{OURS}>"
    return made


@pytest.mark.parametrize(
    ("bounce", "failed", "why", "said"),
    [
        (bounced.gmail, True, "mail_address", "550-5.1.1 The email account that you tried to reach"),
        (bounced.exchange, True, "mailbox_full", "554 5.2.2 mailbox full; STOREDRV"),
        (bounced.postfix, True, "mail_address", "Host or domain name not found."),
        (bounced.postfix_late, False, "mail_late", "452 4.2.2 over quota"),
        (bounced.exim, True, "mail_not_wanted", "550 5.7.1 Our policy"),
        (bounced.exim_late, False, "mail_late", "Delay reason: SMTP error"),
        (bounced.qmail, True, "mail_address", "Sorry, no mailbox here by that name. (#5.1.1)"),
        (bounced.sendmail, True, "mail_server_away", "4.4.7"),
    ],
    ids=lambda given: given.__name__ if callable(given) else "",
)
def test_a_bounce_says_which_mail_whether_for_good_and_why(bounce: Bounced, failed: bool, why: str, said: str) -> None:
    found = read(opened(bounce(our_mail(), LAN)))
    assert found is not None
    assert (found.failed, OURS in found.mail_ids, LAN in found.addresses) == (failed, True, True)
    assert (found.why, found.said[: len(said)]) == (why, said)


NO_BOUNCES = {
    "out of office": "Return-Path: <>\nFrom: Lan <lan@home.example>\nAuto-Submitted: auto-replied\nSubject: Automatic reply: "
    "Undelivered parcel\nIn-Reply-To: <@@>\n\nI am away. 550 5.1.1",
    "a shopper who asks": "From: Lan <lan@home.example>\nSubject: Delivery failure\nIn-Reply-To: <@@>\n\nmy parcel, <@@>",
    "a shopper who encloses a report": "From: Lan <lan@home.example>\nContent-Type: multipart/mixed; boundary=b\n\n"
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; lan@home.example\n"
    "Action: failed\nStatus: 5.1.1\n\n--b--\n",
    "good news": "From: postmaster@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; lan@home.example\n"
    "Action: relayed\nStatus: 2.1.5\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <@@>\n\n--b--\n",
    "a report of abuse": "From: postmaster@mx.example\nContent-Type: multipart/report; boundary=b\n\n"
    "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n--b--\n",
    "a server's news": "From: postmaster@mx.example\nSubject: Your quota\n\nYou have 5.1 GB left. 550 of 600.",
    "nothing": "",
}


@pytest.mark.parametrize("name", NO_BOUNCES)
def test_what_is_no_bounce_is_read_by_others(name: str) -> None:
    assert read(opened(NO_BOUNCES[name].replace("@@", OURS).replace("\n", "\r\n").encode())) is None


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00" * 2000,
        b"5.1." * 30_000,
        b"<" * 100_000,
        b"a@" * 60_000,
        b"a1" * 90_000,
        b"\n".join([b"550 "] * 30_000),
        b"---\n" * 40_000,
    ],
    ids=range(7),
)
def test_hostile_words_are_read_within_limits(body: bytes) -> None:
    head = b"From: mailer-daemon@x.example\r\nSubject: failure notice\r\nX-Failed-Recipients: lan@home.example\r\n\r\n"
    found = read(opened(head + body))
    assert found is not None
    assert len(found.said) < 500
    assert len(found.mail_ids) <= 50


def test_a_report_without_an_action_goes_by_its_code() -> None:
    raw = bounced.gmail(our_mail(), LAN)
    found = [read(opened(raw.replace(b"Action: failed\r\n", b"").replace(b"Status: 5.1.1", status)))
             for status in (b"Status: 5.1.1", b"Status: 4.1.1", b"Status: 2.0.0")]  # fmt: skip
    assert [one and one.failed for one in found] == [True, False, None]
