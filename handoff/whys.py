"""Why a message did not reach a shopper, or how it did: what agents read in their language, and what the provider said.

A transport names the reason by its key; the words are those of `why` in handoff/words. What the provider said is shown as it
came, in whatever language that is.
"""

from typing import Literal, Protocol

from handoff.wording import Wording

Why = Literal[
    "unreachable", "silent", "busy", "setup", "package", "trouble", "shopper", "window", "night", "refused", "empty", "erased",
    "fetched", "no_mail", "no_address", "off", "fault", "as_link", "mail_back", "mail_address", "mailbox_off", "mailbox_full",
    "mail_too_large", "mail_server_away", "mail_not_wanted", "mail_not_believed", "mail_late",
]  # fmt: skip


class Reason(Protocol):
    """What tells why: a transport's error, a bounce."""

    @property
    def why(self) -> Why: ...

    @property
    def said(self) -> str: ...


def in_words(wording: Wording, language: str, why: Why | None, said: str | None) -> str:
    """For people. Rows from before the reasons had keys have an English sentence in `said` instead."""
    if why is None:
        return said or wording.say(language, "why.fault")
    known = wording.say(language, f"why.{why}")
    return f"{known} ({said})" if said else known
