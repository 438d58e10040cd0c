"""What somebody wrote anew in a mail: without the mail that she answers, and without her signature.

Rules of lines, in English, Spanish and Vietnamese. When in doubt a line stays: agents would rather read a signature than
miss an order number (docs/decisions/0024-mail.md has what a library made of the same mails).
"""

import re

from bot.channels.email.quotes import without_quotes
from bot.channels.email.signatures import MARK, without_signature


def new_words(text: str, sender: str = "") -> str:
    """The text without quotes and signature; when nothing would be left, without quotes; else all of it.

    `sender` has the name that the mail is from, and what stands before the "@": by them her name below her words is known.
    """
    lines = [_clean(line) for line in text.split("\n")]
    unquoted = without_quotes(lines)
    for kept in (without_signature(unquoted, sender), unquoted, lines):
        words = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept)).strip()
        if words:
            return words
    return ""


def _clean(line: str) -> str:
    made = line.replace("\u00a0", " ").rstrip("\r")
    return made if made == MARK else made.rstrip()
