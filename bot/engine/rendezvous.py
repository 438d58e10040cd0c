"""Rendezvous hashing: which engine has which conversation, without a table that all desks would have to share.

Every (conversation, engine) pair has a score that everybody computes alike, and the highest wins. When an engine goes, only its
own conversations move, each to its second best; when it comes back, exactly these return.
"""

from collections.abc import Sequence
from hashlib import blake2b


def ranked(conversation_id: str, engines: Sequence[str]) -> list[str]:
    """The engines, the conversation's own first, then in the order in which they stand in."""
    return sorted(engines, key=lambda engine: (_score(conversation_id, engine), engine), reverse=True)


def _score(conversation_id: str, engine: str) -> bytes:
    return blake2b(f"{conversation_id}\n{engine}".encode(), digest_size=8).digest()
