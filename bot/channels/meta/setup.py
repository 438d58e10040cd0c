"""What a shop gives for a channel of Meta's, whichever it is."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from bot.channels.setup import Setup

API = "https://graph.facebook.com"
_HTTPS = re.compile(r"https://[\w.-]+(:\d+)?/?")
_OWN_MACHINE = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?/?")


def _given(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("is empty; copy it from the app at developers.facebook.com")
    return secret


def _long(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < _SHORTEST:
        raise ValueError(f"has fewer than {_SHORTEST} characters; choose a long one that nobody guesses")
    return secret


def _reachable(address: str) -> str:
    if not _HTTPS.fullmatch(address) and not _OWN_MACHINE.fullmatch(address):
        raise ValueError(f"'{address}' is no https address; leave it out to reach {API}")
    return address.rstrip("/")


_SHORTEST = 8
Secret = Annotated[SecretStr, AfterValidator(_given)]
Number = Annotated[str, Field(pattern=r"^\d{1,32}$")]


class MetaSetup(Setup):
    """`verify_token` is the shop's own choice; the other secrets are the app's."""

    access_token: Secret
    app_secret: Secret
    verify_token: Annotated[SecretStr, AfterValidator(_long)]
    api: Annotated[str, AfterValidator(_reachable)] = API
