"""What a shop gives for its Zalo Official Account."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from bot.channels.setup import Setup


class ZaloSetup(Setup):
    """`refresh_token` is the one of the first authorisation; the desk exchanges it at once and keeps what it gets for it."""

    app_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    app_secret: Annotated[SecretStr, Field(min_length=1, max_length=200)]  # of the app: asks for tokens
    oa_secret: Annotated[
        SecretStr, Field(min_length=1, max_length=200)
    ]  # of the account's webhook: signs what it sends
    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=2000)]
    language: Literal["en", "es", "vi"] = "vi"  # in which a conversation begins: Zalo tells nobody's language
    api: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")] = "https://openapi.zalo.me"
    oauth: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")] = "https://oauth.zaloapp.com"
