"""How the action server is set up: section [actions] of faqdesk.toml, or FAQDESK_ACTIONS_* variables."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource


class ActionsSettings(BaseSettings):
    """Frozen. Variables win over faqdesk.toml, which wins over the defaults.

    Raises:
        pydantic.ValidationError: every wrong value at once.
    """

    model_config = SettingsConfigDict(env_prefix="FAQDESK_ACTIONS_", frozen=True, extra="forbid")

    port: int = Field(5055, ge=1, le=65535)
    token: SecretStr = SecretStr("")  # empty: anybody on this machine may ask, which `rasa shell` needs
    releases: Path = Path("var/releases")
    orders_url: str = ""  # an SQLAlchemy address; empty: the demo shop's orders
    demo_orders: Path = Path("var/demo-orders.sqlite")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not used are left out
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, **_: Any
    ) -> Any:
        file = Path(os.environ.get("FAQDESK_PROJECT", ".")) / "faqdesk.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file, ("actions",))
