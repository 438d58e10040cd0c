"""Whose a mail is, and whether a person wrote it. Pure functions of the headers.

From is what the sender claims. Only the receiving server knows more, and says so in Authentication-Results (RFC 8601); a
header of that name with another server's id is part of the claim.
"""

import re
from typing import Literal

from authres import AuthenticationResultsHeader, AuthResError

from bot.channels.email.mime import Mail

Proof = Literal["proven", "unknown", "forged"]
OWN_MARK = "X-Faqdesk"  # in every mail of ours: who sends it back to us is a loop
_BULK = re.compile(r"\b(bulk|junk|list|auto_reply)\b", re.IGNORECASE)
_ONLY_IN_AUTOMATIC_MAIL = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Loop", OWN_MARK)


def proof(mail: Mail, authserv_id: str) -> Proof:
    """What the receiving server found of the sender; "unknown" when it said nothing, or no server is trusted.

    Only the uppermost header with its id counts: a server puts its own on top, and one below may have come with the mail.
    """
    if not authserv_id:
        return "unknown"
    for value in mail.all("Authentication-Results")[:20]:
        try:
            found = AuthenticationResultsHeader.parse_value(value[:10_000])
        except (AuthResError, ValueError, RecursionError):
            continue
        if str(found.authserv_id).lower() == authserv_id.lower():
            return _judge(found, mail.sender.rpartition("@")[2])
    return "unknown"


def _judge(found: AuthenticationResultsHeader, domain: str) -> Proof:
    """DMARC's word where there is one; else a DKIM signature of the sender's own domain. SPF alone names a server, not her."""
    dmarc = [(one.result.lower(), _property(one, "from")) for one in found.results if one.method.lower() == "dmarc"]
    if any(result == "fail" for result, _ in dmarc):
        return "forged"
    if any(result == "pass" and of in ("", domain) for result, of in dmarc):
        return "proven"
    for one in found.results:
        signer = _property(one, "d") or _property(one, "i").rpartition("@")[2]
        if one.method.lower() == "dkim" and one.result.lower() == "pass" and _is_of(domain, signer):
            return "proven"
    return "unknown"


def _property(result: object, name: str) -> str:
    for one in getattr(result, "properties", ()):
        if one.type == "header" and one.name == name:
            return str(one.value).strip().lower()
    return ""


def _is_of(domain: str, signer: str) -> bool:
    """Whether a signature of `signer` speaks for the domain: the same, or one above it."""
    return "." in signer and (domain == signer or domain.endswith(f".{signer}"))


def automatic(mail: Mail, own: frozenset[str]) -> str:
    """Why this mail is no person's, and must not be answered: "auto", "bulk", "bounce", "own"; "" when it may be one's."""
    submitted = mail.header("Auto-Submitted").split(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return "auto"
    if _BULK.search(mail.header("Precedence")) or any(mail.header(name) for name in _ONLY_IN_AUTOMATIC_MAIL):
        return "bulk"
    if (
        any(path in ("", "<>") for path in mail.all("Return-Path")[:1])
        or mail.headers.get_content_type() == "multipart/report"
    ):
        return "bounce"
    return "own" if mail.sender in own or re.match(r"(mailer-daemon|postmaster|no-?reply)@", mail.sender) else ""
