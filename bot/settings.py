"""How the desk is set up: section [desk] of faqdesk.toml, or FAQDESK_DESK_* variables."""

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource


class DeskSettings(BaseSettings):
    """Frozen. Variables win over faqdesk.toml, which wins over the defaults.

    Raises:
        pydantic.ValidationError: every wrong value at once.
    """

    model_config = SettingsConfigDict(env_prefix="FAQDESK_DESK_", frozen=True, extra="forbid")

    shop: str = Field("Casa Sen", min_length=1)
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: str = ""  # where shoppers reach the desk; empty: http://<host>:<port>
    secure_cookies: bool = False  # set when the public address is https
    engine_url: str = "http://127.0.0.1:5005"
    engine_token: SecretStr = SecretStr("")
    engine_budget: float = Field(10.0, gt=0, le=60)  # seconds for one turn, the retry included
    knowledge_url: str = "http://127.0.0.1:5055"
    knowledge_token: SecretStr = SecretStr("")
    turns_at_once: int = Field(16, ge=1)
    messages_per_minute: int = Field(30, ge=1)  # of one visitor
    visitors_per_minute: int = Field(60, ge=1)  # new ones from one address

    telegram: Literal["off", "polling", "webhook"] = "off"
    telegram_token: SecretStr = SecretStr("")
    telegram_secret: SecretStr = SecretStr("")
    telegram_api: str = "https://api.telegram.org"

    @model_validator(mode="after")
    def _check_telegram(self) -> "DeskSettings":
        if self.telegram != "off" and not self.telegram_token.get_secret_value():
            raise ValueError("telegram is on but telegram_token is empty; BotFather gives you one")
        if self.telegram == "webhook" and not self.telegram_secret.get_secret_value():
            raise ValueError(
                "telegram is set to webhook but telegram_secret is empty; without it anybody could post updates. "
                "Choose 1 to 256 characters of A-Z a-z 0-9 _ -"
            )
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", self.telegram_secret.get_secret_value()):
            raise ValueError(
                "telegram_secret may hold 1 to 256 characters of A-Z a-z 0-9 _ - only; Telegram refuses others"
            )
        return self

    @property
    def base_url(self) -> str:
        """Where shoppers reach the desk, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not used are left out
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, **_: Any
    ) -> Any:
        file = Path(os.environ.get("FAQDESK_PROJECT", ".")) / "faqdesk.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file, ("desk",))
