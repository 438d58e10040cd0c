"""Our mails: a stored content as text and HTML, with links where other channels have buttons. Pure functions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Any

from bot.channels.email import ids
from bot.channels.email.mime import plain
from bot.channels.email.trust import OWN_MARK
from handoff import mail_threads
from handoff.mail_threads import Reply

_ANSWERED = re.compile(r"^((re|aw|rv|res|fw|fwd|tl|trả lời|chuyển tiếp)\s*:\s*)+", re.IGNORECASE)
_TICKET = re.compile(r"\s*\[#[0-9A-Z]{4}-?[0-9A-Z]{4}\]")
_LONGEST_SUBJECT = 150
# Long lines and every sign arrive as they are: the library encodes them.
_POLICY = ids.policy()


@dataclass(frozen=True)
class Link:
    """What was a button."""

    title: str
    url: str


@dataclass(frozen=True)
class Enclosed:
    """A file to send along."""

    name: str
    media_type: str
    data: bytes


def links(content: Mapping[str, Any], secret: str, base_url: str) -> list[Link]:
    """A page for every button, which asks once more: mail scanners follow links. The signature is for this button only."""
    return [
        Link(button["title"], f"{base_url}/m/{button['id']}/{mail_threads.signature(secret, 'press', button['id'])}")
        for button in content.get("buttons", ())
    ]


def body(content: Mapping[str, Any], shown: Sequence[Link], suggestion: str, below: str = "") -> tuple[str, str]:
    """Text and HTML. `suggestion` stands before an article of the bot's, which was found and asks whether it helped; what an
    agent sends was chosen for her. `below` stands at the end."""
    before = [suggestion] if "question" in content else []
    after = [str(content["question"])] if "question" in content else []
    text = "\n\n".join([*before, str(content["text"]), *after])
    if shown:
        text += "\n\n" + "\n".join(f"{link.title}: {link.url}" for link in shown)
    html = "".join(f"<p>{escape(one)}</p>" for one in before) + _html(content)
    html += "".join(f"<p>{escape(one)}</p>" for one in after)
    if shown:
        items = "".join(f'<li><a href="{escape(link.url)}">{escape(link.title)}</a></li>' for link in shown)
        html += f"<ul>{items}</ul>"
    if below:
        text, html = f"{text}\n\n{below}", f"{html}<p><small>{escape(below)}</small></p>"
    return text, html


def _html(content: Mapping[str, Any]) -> str:
    """What was marked up for pages, made safe where it was stored; else the text, line by line."""
    if content["type"] == "article":
        article = content["article"]
        link = f'<p><a href="{escape(article["link"])}">{escape(article["link"])}</a></p>' if article["link"] else ""
        return f"<h3>{escape(article['title'])}</h3>{article['html']}{link}"
    if "html" in content:
        return str(content["html"])
    paragraphs = str(content["text"]).split("\n\n")
    return "".join(f"<p>{'<br>'.join(escape(line) for line in one.split(chr(10)))}</p>" for one in paragraphs)


def mail(
    reply: Reply, name: str, written: tuple[str, str], files: Sequence[Enclosed], automatic: bool, at: datetime
) -> EmailMessage:
    """One mail of ours. `name` is the shop's; `automatic` ones say so, that no machine answers them (RFC 3834).

    Raises:
        ValueError: the receiver's address, or an id, cannot stand in a header.
    """
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(_line(name), addr_spec=reply.ours)
    made["To"] = Address(addr_spec=reply.to)
    made["Subject"] = _line(subject(reply))
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{reply.own_id}>"
    if reply.in_reply_to:
        made["In-Reply-To"] = f"<{reply.in_reply_to}>"
        made["References"] = " ".join(f"<{one}>" for one in reply.references)
    made["Auto-Submitted"] = "auto-replied" if automatic else "no"
    made[OWN_MARK] = "1"
    if automatic:
        made["X-Auto-Response-Suppress"] = "All"
    text, html = written
    made.set_content(text)
    made.add_alternative(f'<!doctype html><html><head><meta charset="utf-8"></head><body>{html}</body></html>', "html")
    for file in files:
        kind, _, subtype = file.media_type.partition("/")
        made.add_attachment(file.data, maintype=kind, subtype=subtype, filename=_line(file.name))
    return made


def _line(text: str) -> str:
    """A value for a header. The library decodes what looks encoded, line breaks and all, so nothing may look so."""
    return plain(text).replace("=?", "= ?")


def subject(reply: Reply) -> str:
    """The thread's subject once more, with its ticket: by it an answer is known that has lost everything else."""
    asked = bare_subject(reply.subject)
    mark = f" [{reply.ticket}]" if reply.ticket else ""
    return f"Re: {asked}{mark}" if asked and mark else f"{asked}{mark}".strip()


def bare_subject(written: str) -> str:
    """A subject without "Re:" in front and without our ticket."""
    return _ANSWERED.sub("", _TICKET.sub("", plain(written)).strip())[:_LONGEST_SUBJECT].strip()
