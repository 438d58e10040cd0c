"""How the human side is set up: section [handoff] of faqdesk.toml, or FAQDESK_HANDOFF_* variables."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource

from handoff.hours import OpeningHours
from handoff.inbox.promise import Promise, WithinReach
from handoff.oidc_settings import OidcSettings
from handoff.routing import Route


def _known_region(region: str) -> str:
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"'{region}' is no region of telephone numbers; write GB, ES, VN, …")
    return region


def _lasting(given: timedelta) -> timedelta:
    if not timedelta() < given <= _LONGEST:
        raise ValueError(
            f"a duration is longer than nothing and at most {_LONGEST.days} days; write PT45S, PT30M, PT12H or P3D"
        )
    return given


_LONGEST = timedelta(days=36_500)  # beyond that no calendar has a date
Duration = Annotated[timedelta, AfterValidator(_lasting)]
# A duration, or "never", which is None: TOML has no word for nothing.
OrNever = Annotated[Duration | None, BeforeValidator(lambda given: None if given == "never" else given)]


class HandoffSettings(BaseSettings):
    """Frozen. Variables win over faqdesk.toml, which wins over the defaults.

    Raises:
        pydantic.ValidationError: every wrong value at once.
    """

    model_config = SettingsConfigDict(
        env_prefix="FAQDESK_HANDOFF_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    database_url: str = Field(
        default_factory=lambda: f"sqlite:///{os.environ.get('FAQDESK_VAR', 'var')}/faqdesk.sqlite"
    )
    database_connections: int = Field(40, ge=4)  # of one desk, on PostgreSQL at most; one more listens
    secret_key: SecretStr = SecretStr("")  # seals what admins enter about channels; empty: the key in key_file
    key_file: Path = Field(default_factory=lambda: Path(os.environ.get("FAQDESK_VAR", "var"), "secret.key"))
    reopen_within: Duration = timedelta(days=3)  # a later message begins a new conversation
    reopen_to: Literal["bot", "people"] = "bot"  # who goes on with what people had settled
    idle_close: OrNever = timedelta(hours=24)  # the bot closes what was silent so long
    keep_conversations: OrNever = None  # what was closed so long ago is erased
    agent_session: Duration = timedelta(hours=12)
    invitation: Duration = Field(timedelta(days=7), le=timedelta(days=60))  # how long its link works
    password_link: Duration = Field(timedelta(days=1), le=timedelta(days=60))
    require_totp: bool = False  # nobody works at the desk without a second step
    oidc: OidcSettings | None = None  # signing in at a provider; none: with passwords only
    online_within: Duration = timedelta(seconds=45)  # a console sends a heartbeat every 15 s
    order_lookups: int = Field(3, ge=1)  # wrong tries by one shopper, or for one order, within an hour
    order_lookup_window: Duration = timedelta(hours=1)

    routing: Literal["manual", "offers"] = "manual"  # whether agents take conversations, or are offered them in turn
    offer_seconds: int = Field(30, ge=5, le=600)  # how long an offer is one agent's before it goes on to the next
    offer_pause: Duration = timedelta(minutes=1)  # before the same conversation is offered to the same agent again
    follow_up_after: Duration = timedelta(hours=24)  # who passed one on checks it then at the latest
    offers_missed: int = Field(3, ge=1)  # so many offers in a row without an answer: the agent is away
    gone_grace: Duration = Field(
        timedelta(minutes=5), ge=timedelta(minutes=1)
    )  # without a sign of life; then hers go back
    teams_apart: bool = False  # whether agents see no conversations but those of their teams and everybody's
    routes: tuple[Route, ...] = ()  # which team, skills and priority a conversation gets when a person is needed
    hours: OpeningHours | None = None  # the shop's; none: always open. Teams may have their own
    promise: WithinReach = timedelta(
        minutes=10
    )  # so soon has a shopper a person's word; the inbox's clocks tell how it stands
    promises: tuple[Promise, ...] = ()  # other times for teams and priorities; the first that suits holds
    largest_file: int = Field(10_000_000, ge=1_000, le=50_000_000)  # bytes, of one attachment
    clamd: Annotated[str, Field(pattern=r"^(/.+|[\w.-]+:\d{1,5}|)$")] = (
        ""  # /path/to/socket or host:port; empty: no scan
    )
    ratings: bool = True  # whether shoppers are asked how good the help was, when a person has settled their matter
    callbacks: bool = True  # whether shoppers may ask for a call while nobody is there
    phone_regions: tuple[Annotated[str, AfterValidator(_known_region)], ...] = ("GB", "ES", "VN")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not used are left out
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, **_: Any
    ) -> Any:
        file = Path(os.environ.get("FAQDESK_PROJECT", ".")) / "faqdesk.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file, ("handoff",))
