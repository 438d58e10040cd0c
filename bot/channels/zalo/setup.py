"""What a shop gives for its Zalo Official Account."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from bot.channels.setup import Copied, Reachable, Setup
from bot.channels.templates import Templates


class ZaloSetup(Setup):
    """`refresh_token` is the one of the first authorisation; the desk exchanges it at once and keeps what it gets for it."""

    app_id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    app_secret: Annotated[Copied, Field(min_length=1, max_length=200)]  # of the app: asks for tokens
    oa_secret: Annotated[Copied, Field(min_length=1, max_length=200)]  # of the account's webhook: signs what it sends
    refresh_token: Annotated[Copied, Field(min_length=1, max_length=2000)]
    language: Literal["en", "es", "vi"] = "vi"  # in which a conversation begins: Zalo tells nobody's language
    late_replies: bool = False  # people reply until 7 days after her last word, which the shop pays for
    templates: Templates = ()  # as Zalo has approved them; their names are its numbers
    api: Reachable = "https://openapi.zalo.me"
    oauth: Reachable = "https://oauth.zaloapp.com"

    # What is got for the refresh token goes to the API.
    sent_to: ClassVar[Mapping[str, tuple[str, ...]]] = {"app_secret": ("oauth",), "refresh_token": ("oauth", "api")}

    @field_validator("templates")
    @classmethod
    def _check_numbers(cls, given: Templates) -> Templates:
        for place, one in enumerate(given, 1):
            if not one.name.isdecimal():
                words = "template {number}: '{name}' is no ID of Zalo's; it has digits only"
                raise PydanticCustomError("template_id", words, {"number": place, "name": one.name})
        return given
