"""Headers that hold ids of mails, written so that other programs find them.

The library folds a header at 78 signs, and what has no space to break at it encodes: an id of Outlook or Amazon becomes
"=?utf-8?q?=3C…", which no program puts into a thread. And it decodes what looks encoded in an id that somebody sent us.
"""

from __future__ import annotations

import re
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from typing import Any

_PRINTABLE = re.compile(r"[!-~]+( [!-~]+)*")


class _Ids(BaseHeader):
    """One id or several, a space between them: each on a line of its own, which RFC 5322 allows up to 998 signs."""

    max_count = 1

    @staticmethod
    def parse(value: str, kwds: dict[str, Any]) -> None:
        """As the library calls it. Raises ValueError for what is not printable ASCII: no id is anything else."""
        if not _PRINTABLE.fullmatch(value):
            raise ValueError(f"an id of a mail is printable ASCII, and this is not: {value[:100]!r}")
        kwds["parse_tree"], kwds["decoded"] = None, value

    def fold(self, *, policy: Policy) -> str:
        """The whole header, with its line breaks."""
        return f"{self.name}: {f'{policy.linesep} '.join(str(self).split())}{policy.linesep}"


def policy() -> EmailPolicy[EmailMessage]:
    """How mails of ours are written."""
    headers = HeaderRegistry()
    for name in ("message-id", "in-reply-to", "references"):
        headers.map_to_type(name, _Ids)
    return SMTP.clone(max_line_length=78, header_factory=headers)
