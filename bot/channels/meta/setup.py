"""What a shop gives for a channel of Meta's, whichever it is."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from bot.channels.setup import Copied, Reachable, Setup

API = "https://graph.facebook.com"


def _given(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise PydanticCustomError("needed", "is empty; copy it from the app at developers.facebook.com")
    return secret


def _long(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < _SHORTEST:
        raise PydanticCustomError(
            "short", "has fewer than {least} characters; choose a long one that nobody guesses", {"least": _SHORTEST}
        )
    return secret


_SHORTEST = 8
Secret = Annotated[Copied, AfterValidator(_given)]
Number = Annotated[str, Field(pattern=r"^\d{1,32}$")]


class MetaSetup(Setup):
    """`verify_token` is the shop's own choice; the other secrets are the app's."""

    access_token: Secret
    app_secret: Secret
    verify_token: Annotated[SecretStr, AfterValidator(_long)]
    api: Reachable = API

    sent_to: ClassVar[Mapping[str, tuple[str, ...]]] = {"access_token": ("api",)}
