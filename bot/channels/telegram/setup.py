"""What a shop gives for its Telegram bot."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from bot.channels.setup import Copied, Reachable, Setup

# Before channels had setups of their own these stood in [desk] itself, as FAQDESK_DESK_TELEGRAM=polling, _TOKEN and so on.
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
OLD_NAMES = {"telegram_token": "token", "telegram_secret": "secret", "telegram_api": "api"}


class TelegramSetup(Setup):
    """`secret` is the shop's own choice: Telegram sends it with every update, so that nobody else can."""

    token: Annotated[Copied, Field(max_length=200, validate_default=True)] = SecretStr("")
    way: Literal["polling", "webhook"] = "webhook"
    secret: Annotated[SecretStr, Field(validate_default=True)] = SecretStr("")
    api: Reachable = "https://api.telegram.org"

    sent_to: ClassVar[Mapping[str, tuple[str, ...]]] = {"token": ("api",), "secret": ("api",)}

    @field_validator("token")
    @classmethod
    def _check_token(cls, given: SecretStr) -> SecretStr:
        if not given.get_secret_value():
            raise PydanticCustomError("needed", "telegram_token is empty; BotFather gives you one")
        return given

    @field_validator("secret")
    @classmethod
    def _check_secret(cls, given: SecretStr, info: Any) -> SecretStr:
        if not given.get_secret_value() and info.data.get("way") == "webhook":
            raise PydanticCustomError(
                "needed",
                "telegram_secret is empty; without it anybody could post updates. "
                "Choose 1 to 256 characters of A-Z a-z 0-9 _ -",
            )
        if not _SECRET.fullmatch(given.get_secret_value()):
            raise PydanticCustomError(
                "signs", "telegram_secret may hold 1 to 256 characters of A-Z a-z 0-9 _ - only; Telegram refuses others"
            )
        return given


def with_old_names(given: Any) -> Any:
    """The desk's settings with Telegram's in a table of their own, however they were written."""
    if not isinstance(given, Mapping):
        return given
    rest = {name: value for name, value in given.items() if name not in OLD_NAMES}
    flat = {new: given[old] for old, new in OLD_NAMES.items() if old in given}
    way = given.get("telegram")
    if isinstance(way, Mapping):
        rest["telegram"] = flat | dict(way)
    elif isinstance(way, str):  # "off" leaves it to the admins' page
        rest["telegram"] = None if way == "off" else flat | {"way": way}
    return rest
