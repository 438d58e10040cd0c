"""How people sign in at an OpenID Connect provider: section [handoff.oidc]."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def safe_address(address: str) -> str:
    """An address to which secrets may go: https, or this machine itself. Raises ValueError for another."""
    parts = urlsplit(address)
    on_this_machine = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or on_this_machine) or parts.username is not None:
        raise ValueError(f"'{address[:200]}' is not an https address")
    return address


def _domain(name: str) -> str:
    if not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", name.casefold()):
        raise ValueError(f"'{name}' is no domain; write example.com")
    return name.casefold()


class OidcSettings(BaseModel):
    """Frozen. The secret belongs into FAQDESK_HANDOFF_OIDC__CLIENT_SECRET."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, AfterValidator(safe_address)]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    name: str = Field("OpenID", min_length=1, max_length=40)  # as the button says it
    allowed_domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = ()  # whose unknown people become agents
