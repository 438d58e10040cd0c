"""How the chat is put on the shop's own pages: section [desk.widget]."""

import hashlib
import hmac
import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.channels.setup import Setup

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_DEFAULT_PORTS = re.compile(r"(?<=^https)(://[^/]+):443$|(?<=^http)(://[^/]+):80$")
_SHORTEST_SECRET = 32  # characters


def _origin(given: str) -> str:
    """An origin as browsers write it. Whatever else would be compared with it in vain, or let others in."""
    if not _ORIGIN.fullmatch(given) or _DEFAULT_PORTS.search(given):
        raise ValueError(
            f"'{given}' is no origin: write https://www.shop.example, in small letters, with the port only if it is an unusual "
            "one, without a path, a slash at the end or a star"
        )
    return given


class WidgetSetup(Setup):
    """Whose pages may show the chat, and how they say who their user is."""

    secret: SecretStr = SecretStr("")  # of the shop's server and this desk alone; it signs the user's id
    identity_required: bool = False  # nobody writes without the shop's word on who she is
    expiry_required: bool = False  # that word says until when it holds
    origins: Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _check_secret(self) -> "WidgetSetup":
        length = len(self.secret.get_secret_value())
        if 0 < length < _SHORTEST_SECRET:
            raise ValueError(
                f"widget.secret has {length} characters; take at least {_SHORTEST_SECRET}, such as `openssl rand -hex 32` gives"
            )
        for name in ("identity_required", "expiry_required"):
            if getattr(self, name) and not length:
                raise ValueError(f"widget.{name} is set but widget.secret is empty; nobody could prove who she is")
        return self

    def vouches_for(self, user: str, signature: str, expires: int | None = None) -> bool:
        """Whether the shop's server has signed this user's id, and with it until when (seconds since 1970); as slow for every
        wrong signature. Never without a secret. Whether the time is over is the caller's to see."""
        secret = self.secret.get_secret_value().encode()
        # An id holds no line break, so that neither form can be taken for the other.
        signed = user if expires is None else f"{user}\n{expires}"
        right = hmac.new(secret, signed.encode(), hashlib.sha256).hexdigest()
        return bool(secret) and hmac.compare_digest(right.encode(), signature.encode())
