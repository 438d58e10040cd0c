"""How the human side is set up: section [handoff] of faqdesk.toml, or FAQDESK_HANDOFF_* variables."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource


class HandoffSettings(BaseSettings):
    """Frozen. Variables win over faqdesk.toml, which wins over the defaults.

    Raises:
        pydantic.ValidationError: every wrong value at once.
    """

    model_config = SettingsConfigDict(env_prefix="FAQDESK_HANDOFF_", frozen=True, extra="forbid")

    database_url: str = Field(
        default_factory=lambda: f"sqlite:///{os.environ.get('FAQDESK_VAR', 'var')}/faqdesk.sqlite"
    )
    database_connections: int = Field(40, ge=4)  # of one desk, on PostgreSQL at most; one more listens
    reopen_within: timedelta = timedelta(days=3)  # a later message begins a new conversation
    reopen_to: Literal["bot", "people"] = "bot"  # who goes on with what people had settled
    idle_close: timedelta | None = timedelta(hours=24)  # the bot closes what was silent so long; None: never
    agent_session: timedelta = timedelta(hours=12)
    online_within: timedelta = timedelta(seconds=45)  # a console sends a heartbeat every 15 s
    order_lookups: int = Field(3, ge=1)  # wrong tries by one shopper, or for one order, within an hour
    order_lookup_window: timedelta = timedelta(hours=1)

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not used are left out
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, **_: Any
    ) -> Any:
        file = Path(os.environ.get("FAQDESK_PROJECT", ".")) / "faqdesk.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file, ("handoff",))
