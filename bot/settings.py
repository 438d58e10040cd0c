"""How the desk is set up: section [desk] of faqdesk.toml, or FAQDESK_DESK_* variables."""

import os
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, TomlConfigSettingsSource

from bot.channels.email.setup import EmailSetup
from bot.channels.messenger.setup import MessengerSetup
from bot.channels.telegram.setup import OLD_NAMES, TelegramSetup, with_old_names
from bot.channels.web.setup import WidgetSetup
from bot.channels.whatsapp.setup import WhatsAppSetup
from bot.channels.zalo.setup import ZaloSetup
from handoff.settings import Duration


class DeskSettings(BaseSettings):
    """Frozen. Variables win over faqdesk.toml, which wins over the defaults.

    Raises:
        pydantic.ValidationError: every wrong value at once.
    """

    model_config = SettingsConfigDict(
        env_prefix="FAQDESK_DESK_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,  # what is wrong in a channel's setup would be told with all its secrets
    )

    shop: str = Field("Casa Sen", min_length=1)
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    instance: str = ""  # told by /health, so that whoever started the desk knows it from another
    public_url: str = ""  # where shoppers reach the desk; empty: http://<host>:<port>
    # Addresses and networks (10.0.0.0/8) of proxies in front of the desk, whose X-Forwarded-For is believed.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    secure_cookies: bool = False  # set when the public address is https
    engine_url: str = "http://127.0.0.1:5005"
    engine_token: SecretStr = SecretStr("")
    trackers_url: str = ""  # the engine's SQL tracker store, where what is erased is forgotten; empty: that of `up`
    engine_budget: float = Field(10.0, gt=0, le=60)  # seconds for one turn, the retry included
    engine_urls: Annotated[tuple[str, ...], NoDecode] = ()  # several, with commas between; each takes its conversations
    engine_trackers_shared: bool = (
        False  # the engines keep their trackers in one database, so one can stand in for another
    )
    burst_quiet: float = Field(1.0, ge=0, le=10)  # seconds that a short message waits for the next; 0: it does not
    burst_longest: float = Field(6.0, ge=0, le=30)  # seconds that the first of them waits in all
    session_pause: Duration = timedelta(minutes=30)  # after it the bot begins anew
    knowledge_url: str = "http://127.0.0.1:5055"
    knowledge_token: SecretStr = SecretStr("")
    turns_at_once: int = Field(16, ge=1)
    messages_per_minute: int = Field(30, ge=1)  # of one visitor
    files_per_minute: int = Field(20, ge=1)  # of one visitor
    visitors_per_minute: int = Field(60, ge=1)  # new ones from one address

    only_web: bool = False  # no channel but the chat on the shop's pages, whatever else is set up: for replays
    # One table for each channel; what is not set here, admins may set up at /admin/channels.
    telegram: TelegramSetup | None = None
    whatsapp: WhatsAppSetup | None = None
    messenger: MessengerSetup | None = None
    zalo: ZaloSetup | None = None
    widget: WidgetSetup = WidgetSetup()  # the chat on the shop's own pages
    email: EmailSetup | None = None

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, given: Any) -> Any:
        return with_old_names(given)

    @field_validator("engine_urls", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, given: Any) -> Any:
        """A variable holds them with commas between; faqdesk.toml may hold a list."""
        return [one.strip() for one in given.split(",") if one.strip()] if isinstance(given, str) else given

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            try:
                ip_network(one)
            except ValueError:
                raise ValueError(
                    f"'{one}' is no address and no network; they look like 10.0.0.7 and 10.0.0.0/8"
                ) from None
        return given

    @model_validator(mode="after")
    def _check_engines(self) -> "DeskSettings":
        if len(set(self.engine_urls)) < len(self.engine_urls):
            raise ValueError(
                "engine_urls names an engine twice; each one is another process with an address of its own"
            )
        for url in self.engines:
            if not re.fullmatch(r"https?://[^/\s]+/?", url):
                raise ValueError(f"'{url}' is no address of an engine; it looks like http://127.0.0.1:5005")
        return self

    @property
    def engines(self) -> tuple[str, ...]:
        """Where the engines are: those of `engine_urls`, else the one of `engine_url`."""
        return self.engine_urls or (self.engine_url,)

    @property
    def trackers(self) -> str:
        """SQLAlchemy's address of the engine's tracker store."""
        return self.trackers_url or f"sqlite:///{os.environ.get('FAQDESK_VAR', 'var')}/trackers.sqlite"

    @property
    def base_url(self) -> str:
        """Where shoppers reach the desk, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not used are left out
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, **_: Any
    ) -> Any:
        file = Path(os.environ.get("FAQDESK_PROJECT", ".")) / "faqdesk.toml"
        return init_settings, env_settings, _old_variables, TomlConfigSettingsSource(settings_cls, file, ("desk",))


def _old_variables() -> dict[str, str]:
    """FAQDESK_DESK_TELEGRAM_TOKEN and its like, which are no fields any more."""
    given = {name: os.environ.get(f"FAQDESK_DESK_{name.upper()}", "") for name in OLD_NAMES}
    return {name: value for name, value in given.items() if value}
