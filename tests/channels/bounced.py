"""Bounces as mail servers write them, of a mail that is given. Shapes and words follow what each program sends."""

from collections.abc import Callable
from email.message import EmailMessage
from textwrap import dedent

Bounced = Callable[[EmailMessage, str], bytes]  # of this mail, to this address


def _raw(text: str, **values: str) -> bytes:
    made = dedent(text).lstrip("\n")
    for name, value in values.items():
        made = made.replace(f"@@{name}@@", value)
    return made.replace("\n", "\r\n").encode()


def _head(mail: EmailMessage) -> str:
    return "\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID") if mail[name])


def _whole(mail: EmailMessage) -> str:
    return f"{_head(mail)}\nContent-Type: text/plain; charset=utf-8\n\nHello from the shop\n"


def gmail(mail: EmailMessage, to: str) -> bytes:
    """No such address."""
    return _raw(
        """
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
        To: help@shop.example
        Auto-Submitted: auto-replied
        Subject: Delivery Status Notification (Failure)
        References: @@id@@
        In-Reply-To: @@id@@
        X-Failed-Recipients: @@to@@
        Message-ID: <65f1c0de.gmail@mx.google.com>
        MIME-Version: 1.0
        Content-Type: multipart/report; boundary="000000000000a1b2c3"; report-type=delivery-status

        --000000000000a1b2c3
        Content-Type: multipart/related; boundary="000000000000d4e5f6"

        --000000000000d4e5f6
        Content-Type: text/html; charset="UTF-8"

        <html><body><h2>Address not found</h2><p>Your message wasn't delivered to <b>@@to@@</b>.</p></body></html>

        --000000000000d4e5f6--
        --000000000000a1b2c3
        Content-Type: message/delivery-status

        Reporting-MTA: dns; googlemail.com
        Received-From-MTA: dns; help@shop.example
        Arrival-Date: Mon, 02 Mar 2026 04:00:00 -0800 (PST)
        X-Original-Message-ID: @@id@@

        Final-Recipient: rfc822; @@to@@
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; gmail-smtp-in.l.google.com. (142.250.1.26, the server for the domain home.example.)
        Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
         550-5.1.1 double-checking the recipient's email address for typos. 550 5.1.1 NoSuchUser - gsmtp
        Last-Attempt-Date: Mon, 02 Mar 2026 04:00:01 -0800 (PST)

        --000000000000a1b2c3
        Content-Type: message/rfc822

        @@whole@@
        --000000000000a1b2c3--
        """,
        id=str(mail["Message-ID"]), to=to, whole=_whole(mail),
    )  # fmt: skip


def exchange(mail: EmailMessage, to: str) -> bytes:
    """The mailbox is full; of the mail only headers come back."""
    return _raw(
        """
        Return-Path: <>
        From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@home.onmicrosoft.com>
        To: <help@shop.example>
        Subject: Undeliverable: Re: Where is my parcel?
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="5d04c5e8-0c5a"
        Message-ID: <5d04c5e8-0c5a@AM0PR01.prod.exchangelabs.com>
        In-Reply-To: @@id@@
        References: @@id@@
        Auto-Submitted: auto-replied

        --5d04c5e8-0c5a
        Content-Type: text/plain; charset="us-ascii"

        Delivery has failed to these recipients or groups:

        Lan (@@to@@)
        The recipient's mailbox is full and can't accept messages now.

        --5d04c5e8-0c5a
        Content-Type: message/delivery-status

        Reporting-MTA: dns;AM0PR01MB.eurprd01.prod.exchangelabs.com
        Received-From-MTA: dns;mx.shop.example
        Arrival-Date: Mon, 2 Mar 2026 12:00:00 +0000

        Original-Recipient: rfc822;@@to@@
        Final-Recipient: rfc822;lan.le@home.onmicrosoft.com
        Action: failed
        Status: 5.2.2
        Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException

        --5d04c5e8-0c5a
        Content-Type: text/rfc822-headers

        @@head@@

        --5d04c5e8-0c5a--
        """,
        id=str(mail["Message-ID"]), to=to, head=_head(mail),
    )  # fmt: skip


def postfix(mail: EmailMessage, to: str) -> bytes:
    """The domain is not found. The sender's name stands in a comment, and no header names our mail."""
    return _raw(
        """
        Return-Path: <>
        Date: Mon,  2 Mar 2026 12:00:03 +0000 (UTC)
        From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: help@shop.example
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="4F2d1A0.1772452803/mx.shop.example"
        Content-Transfer-Encoding: 8bit
        Message-Id: <20260302120003.4F2d1A0@mx.shop.example>

        This is a MIME-encapsulated message.

        --4F2d1A0.1772452803/mx.shop.example
        Content-Description: Notification
        Content-Type: text/plain; charset=utf-8

        This is the mail system at host mx.shop.example.

        <@@to@@>: Host or domain name not found. Name service error for
            name=home.example type=AAAA: Host not found

        --4F2d1A0.1772452803/mx.shop.example
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.shop.example
        X-Postfix-Queue-ID: 4F2d1A0
        X-Postfix-Sender: rfc822; help@shop.example
        Arrival-Date: Mon,  2 Mar 2026 12:00:02 +0000 (UTC)

        Final-Recipient: rfc822; @@to@@
        Original-Recipient: rfc822;@@to@@
        Action: failed
        Status: 5.4.4
        Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error
            for name=home.example type=AAAA: Host not found

        --4F2d1A0.1772452803/mx.shop.example
        Content-Description: Undelivered Message
        Content-Type: message/rfc822

        @@whole@@
        --4F2d1A0.1772452803/mx.shop.example--
        """,
        to=to, whole=_whole(mail),
    )  # fmt: skip


def postfix_late(mail: EmailMessage, to: str) -> bytes:
    """Not yet."""
    return (
        postfix(mail, to)
        .replace(b"Action: failed", b"Action: delayed")
        .replace(b"Status: 5.4.4", b"Status: 4.2.2")
        .replace(b"Subject: Undelivered Mail Returned to Sender", b"Subject: Delayed Mail (still being retried)")
        .replace(b"20260302120003", b"20260302160003")
        .replace(b"Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error\r\n", b"")
        .replace(
            b"    for name=home.example type=AAAA: Host not found\r\n",
            b"Diagnostic-Code: smtp; 452 4.2.2 over quota\r\n",
        )
    )


def exim(mail: EmailMessage, to: str) -> bytes:
    """In words only, with the mail below a line, as Exim does it without a report."""
    return _raw(
        """
        Return-path: <>
        Envelope-to: help@shop.example
        From: Mail Delivery System <Mailer-Daemon@relay.example>
        To: help@shop.example
        Auto-Submitted: auto-replied
        X-Failed-Recipients: @@to@@
        Subject: Mail delivery failed: returning message to sender
        Message-Id: <E1rgWzB-0004Xy-2k@relay.example>
        Date: Mon, 02 Mar 2026 12:00:05 +0000

        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          @@to@@
            host mx.home.example [203.0.113.7]
            SMTP error from remote mail server after RCPT TO:<@@to@@>:
            550 5.7.1 Our policy does not take mails from this sender

        ------ This is a copy of the message, including all the headers. ------

        @@whole@@
        """,
        to=to, whole=_whole(mail),
    )  # fmt: skip


def exim_late(mail: EmailMessage, to: str) -> bytes:
    """Exim's warning after a day."""
    return _raw(
        """
        Return-path: <>
        From: Mail Delivery System <Mailer-Daemon@relay.example>
        To: help@shop.example
        Auto-Submitted: auto-replied
        Subject: Warning: message 1rgWzB-0004Xy-2k delayed 24 hours
        Message-Id: <E1rgWzC-0004Xy-2k@relay.example>

        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on relay.example.

        The message identifier is:     1rgWzB-0004Xy-2k
        The subject of the message is: Re: Where is my parcel?

        The address to which the message has not yet been delivered is:

          @@to@@
            Delay reason: SMTP error from remote mail server after RCPT TO:<@@to@@>: 451 4.7.1 Greylisted

        No action is required on your part.
        ------ The message's headers are below. ------
        @@head@@
        """,
        to=to, head=_head(mail),
    )  # fmt: skip


def qmail(mail: EmailMessage, to: str) -> bytes:
    """In words only (QSBMF), with the whole mail behind a line."""
    return _raw(
        """
        Return-Path: <>
        Date: 2 Mar 2026 12:00:06 -0000
        From: MAILER-DAEMON@old.home.example
        To: help@shop.example
        Subject: failure notice

        Hi. This is the qmail-send program at old.home.example.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <@@to@@>:
        Sorry, no mailbox here by that name. (#5.1.1)

        --- Below this line is a copy of the message.

        Return-Path: <help@shop.example>
        Received: (qmail 12345 invoked from network); 2 Mar 2026 12:00:05 -0000
        @@whole@@
        """,
        to=to, whole=_whole(mail),
    )  # fmt: skip


def sendmail(mail: EmailMessage, to: str) -> bytes:
    """Given up after days: final, although the code's class is that of what passes."""
    return (
        postfix(mail, to)
        .replace(b"Undelivered Mail Returned to Sender", b"Returned mail: see transcript for details")
        .replace(b"Status: 5.4.4", b"Status: 4.4.7")
        .replace(b"Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error\r\n", b"")
        .replace(b"    for name=home.example type=AAAA: Host not found\r\n", b"")
    )
