"""Mails taken apart: what programs send, and what only a forger or a broken program does."""

import base64
import quopri
from email.message import EmailMessage

import pytest

from bot.channels.email.html_text import to_text
from bot.channels.email.mime import Mail, Unreadable, normal_address, parse

HEAD = b"From: Lan <lan@home.example>\r\nTo: help@shop.example\r\nMessage-ID: <one@home.example>\r\nSubject: Hi\r\n"


def mail(headers: bytes = b"", body: bytes = b"hello") -> Mail:
    return parse(HEAD + headers + b"\r\n" + body)


def multipart(*parts: bytes, kind: bytes = b"mixed") -> Mail:
    inner = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return mail(b"MIME-Version: 1.0\r\nContent-Type: multipart/" + kind + b'; boundary="b"\r\n', inner + b"--b--\r\n")


# ---- what is in it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "address", "name"),
    [
        ("lan@home.example", "lan@home.example", ""),
        ("<lan@home.example>", "lan@home.example", ""),
        ("Lan Nguyễn <Lan@Home.Example>", "lan@home.example", "Lan Nguyễn"),
        ('"Nguyễn, Lan" <lan@home.example>', "lan@home.example", "Nguyễn, Lan"),
        ('"help@shop.example" <lan@home.example>', "lan@home.example", "help@shop.example"),
        ("=?utf-8?q?Nguy=E1=BB=85n_Lan?= <lan@home.example>", "lan@home.example", "Nguyễn Lan"),
        ("=?utf-8?b?TGFuCg0KQmNjOiB4QHkueg==?= <lan@home.example>", "lan@home.example", "Lan Bcc: x@y.z"),
        ("Lan <lan+orders@home.example>", "lan+orders@home.example", "Lan"),
        ("Lan <lan@bücher.example>", "lan@xn--bcher-kva.example", "Lan"),
    ],
)
def test_a_sender_has_one_spelling(written: str, address: str, name: str) -> None:
    found = parse(f"From: {written}\r\n\r\nhello".encode())
    assert (found.sender, found.name) == (address, name)


@pytest.mark.parametrize(
    "head",
    [
        b"To: help@shop.example",
        b"From: ",
        b"From: lan",
        b"From: lan@",
        b"From: <>",
        b"From: lan@home.example, ana@home.example",
        b"From: lan@home.example\r\nFrom: ana@home.example",
        b"From: Lan <lan@home.example> <ana@home.example>",
        b"From: lan@home.example <ana@home.example>",
        b"From: Lan <lan@home.example>, help@shop.example",
        b"From: help@shop.example)lan <lan@home.example",
        b'From: "Lan <help@shop.example>\r\n',
        b"From: undisclosed-recipients:;",
        b"From: lan@home.example\0@shop.example",
        b"From: lan@home..example",
        b"From: " + b"a" * 300 + b"@home.example",
        b"From: " + b"(" * 50_000,
        b"From: =?utf-8?q?lan=40home=2Eexample?=",
        b"From: lan\xff\xfe@home.example\xff",
    ],
    ids=lambda head: head[:40].decode("latin-1"),
)
def test_a_mail_without_one_clear_sender_is_not_taken(head: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(head + b"\r\n\r\nhello")
    assert refused.value.cause == "no_sender"


def test_plain_text_wins_over_html_and_files_are_kept() -> None:
    found = multipart(
        b"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
        b"--c\r\nContent-Type: text/html\r\n\r\n<p>rich</p>\r\n--c--",
        b'Content-Type: image/png; name="bowl.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.b64encode(b"x"),
        b"Content-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''h%C3%B3a%20%C4%91%C6%A1n.txt\r\n\r\nbill",
    )
    assert found.text.strip() == "plain"
    assert [(file.name, file.data) for file in found.files] == [("bowl.png", b"x"), ("hóa đơn.txt", b"bill")]


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        (b"Content-Type: text/plain; charset=utf-8\r\n", "Hàng đâu?".encode(), "Hàng đâu?"),
        (b"Content-Type: text/plain; charset=windows-1258\r\n", "đươ\u0300ng".encode("cp1258"), "đường"),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n", "¿Dónde?".encode("latin-1"), "¿Dónde?"),
        (b"Content-Type: text/plain; charset=utf-8\r\n", "¿Dónde?".encode("latin-1"), "¿Dónde?"),
        (b"Content-Type: text/plain; charset=klingon\r\n", "Hàng".encode(), "Hàng"),
        (b"", "Hàng".encode(), "Hàng"),
        (b"Content-Transfer-Encoding: quoted-printable\r\n", quopri.encodestring("Hàng".encode()), "Hàng"),
        (b"Content-Transfer-Encoding: base64\r\n", base64.b64encode("Hàng".encode()), "Hàng"),
        (b"Content-Transfer-Encoding: x-uuencode\r\n", b"begin 666 x\r\nbroken", "begin 666 x\nbroken"),
        (b"Content-Type: text/html\r\n", b"<p>Where <b>is</b> it?</p><script>alert(1)</script>", "Where is it?"),
        (b"Content-Type: text/plain\r\n", b"a\0b", "ab"),
        (b'Content-Type: text/plain; charset="\x00utf-8"\r\n', b"hello", "hello"),
    ],
)
def test_text_is_read_whatever_its_charset(headers: bytes, body: bytes, text: str) -> None:
    found = mail(headers, body)
    assert found.text.strip() == text


def test_ids_and_references_are_those_of_mails_only() -> None:
    found = mail(b"In-Reply-To: <c@x>\r\nReferences: <a@x> junk <b@x>\r\n\t<c@x> <spa ce@x> <" + b"y" * 400 + b">\r\n")
    assert found.mail_id == "one@home.example"
    assert found.references == ("a@x", "b@x", "c@x")


def test_the_subject_is_one_line_that_can_be_read() -> None:
    made = parse(b"From: lan@home.example\r\nSubject: =?utf-8?q?Hi=0D=0ABcc:_x=40y.z=00=E2=80=AE?=\r\n\r\nhello")
    assert made.subject == "Hi Bcc: x@y.z"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("one<br>two", "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\n\ntwo"),
        ("<ul><li>linen</li><li>silk</li></ul>", "- linen\n\n- silk"),
        ("<style>p{}</style><title>t</title>Xin chào &amp; tạm biệt", "Xin chào & tạm biệt"),
        ('new<div class="gmail_quote">On Monday<blockquote>old</blockquote></div>', "new"),
        ('new<blockquote type="cite">old</blockquote>after', "new\nafter"),
        ('new<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: x</div>old', "new"),
        ("<blockquote>what she quotes herself</blockquote>", "what she quotes herself"),
    ],
)
def test_html_becomes_what_a_person_would_read(html: str, text: str) -> None:
    lines = [line for line in to_text(html).split("\n") if line]
    assert lines == [line for line in text.split("\n") if line]


# ---- hostile structure ----------------------------------------------------------------------------------------------


def test_ten_thousand_parts_are_survived_and_ten_files_taken() -> None:
    part = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=x.pdf\r\n\r\n%PDF"
    found = multipart(b"Content-Type: text/plain\r\n\r\nhello", *[part] * 10_000)
    assert found.text.strip() == "hello"
    assert len(found.files) == 10


def test_parts_within_parts_without_end_are_refused() -> None:
    inner = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth) for depth in range(2_000)
    )
    with pytest.raises(Unreadable) as refused:
        parse(HEAD + inner)
    assert refused.value.cause == "structure"


def test_a_mail_within_a_mail_is_not_read_as_hers() -> None:
    found = multipart(
        b"Content-Type: message/rfc822\r\n\r\nFrom: help@shop.example\r\n\r\nwe owe you 100",
        b"Content-Type: text/plain\r\n\r\nsee above",
    )
    assert found.text.strip() == "see above"
    assert not found.files


def test_headers_without_end_are_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        parse(HEAD + b"X-Y: z\r\n" * 50_000 + b"\r\nhello")
    assert refused.value.cause == "headers"


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nnever begins',
        HEAD + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA",
        HEAD + b"Content-Type: message/delivery-status\r\n\r\nx",
        HEAD + b"Content-Type: /;;;=\r\n\r\nhello",
        HEAD + b'Content-Type: text/plain; name*0*=x; name*9999999999="y"\r\n\r\nhello',
        HEAD + b"Content-Disposition: attachment; filename*=bad''%ff%zz\r\n\r\nhello",
        HEAD + b"Content-Disposition: attachment; filename*=utf-8\r\n\r\nhello",
        HEAD + b"Subject: " + b"=?utf-8?b?" * 3_000 + b"\r\n\r\nhello",
        HEAD + b"References: " + b"<a@b> " * 30_000 + b"\r\n\r\nhello",
        HEAD + b"\r\n" + b"\xff\xfe\x00" * 10_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 20_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 40_000,
        HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a href='" * 20_000,
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n!!not base64!!",
        HEAD.replace(b"\r\n", b"\n") + b"\nhello",
        HEAD.replace(b"\r\n", b"\r") + b"\rhello",
    ],
    ids=lambda raw: raw[len(HEAD) :][:30].decode("latin-1"),
)
def test_a_broken_mail_is_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        found = parse(raw)
    except Unreadable:
        return
    assert found.sender == "lan@home.example"
    assert "\0" not in found.text


def test_a_real_mail_of_the_library_comes_through() -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Lan <lan@home.example>", "help@shop.example", "Đơn hàng"
    made.set_content("Hàng đâu rồi?")
    made.add_alternative("<p>Hàng đâu rồi?</p>", "html")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="ảnh.png")
    found = parse(made.as_bytes())
    assert (found.subject, found.text.strip(), found.files[0].name) == ("Đơn hàng", "Hàng đâu rồi?", "ảnh.png")
    assert found.recipients == ("help@shop.example",)


def test_an_address_is_refused_that_no_mail_can_go_to() -> None:
    for written in ("", "x", "a@b c.example", "a\r\nBcc: x@home.example", "@home.example"):
        with pytest.raises(Unreadable):
            normal_address(written)
