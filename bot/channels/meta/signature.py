"""Meta's signature of what it posts: HMAC-SHA256 of the body as it came, under the secret of the shop's app."""

import hmac
from hashlib import sha256

HEADER = "x-hub-signature-256"
_BEFORE = "sha256="


def signature(body: bytes, secret: str) -> str:
    """The header's value for this body."""
    return _BEFORE + hmac.new(secret.encode(), body, sha256).hexdigest()


def is_signed(body: bytes, given: str, secret: str) -> bool:
    """Whether the header is this body's signature; compared in constant time, and never true without a secret."""
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), signature(body, secret).encode())
