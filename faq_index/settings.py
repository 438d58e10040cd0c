"""How the understanding is set up: section [understanding] of faqdesk.toml, or FAQDESK_UNDERSTANDING_* variables."""

import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource

from faq_index.calibrate import Objective
from faq_index.embedder import DEFAULT_ENCODER, Backend
from faq_index.errors import SettingsError

Settings = TypeVar("Settings", bound=BaseSettings)


class UnderstandingSettings(BaseSettings):
    """Frozen. Variables win over faqdesk.toml in the project's folder, which wins over the defaults.

    Raises:
        pydantic.ValidationError: every wrong value at once.
    """

    model_config = SettingsConfigDict(env_prefix="FAQDESK_UNDERSTANDING_", frozen=True, extra="forbid")

    encoder: str = DEFAULT_ENCODER
    encoder_backend: Backend = "torch"
    encoder_query_prefix: str | None = None  # None: what the model itself says, or is known of its family
    encoder_passage_prefix: str | None = None
    gloss: bool | None = None  # None: when the encoder is the default one, which reads English only
    fine_tune: bool = False  # the encoder's last layers, on the base (docs/encoders.md)
    languages: tuple[str, ...] = Field(("en", "es", "vi"), min_length=1)
    phone_regions: tuple[str, ...] = ("GB", "ES", "VN")
    objective: Objective = "precision"
    target_precision: float = Field(0.9, ge=0.5, lt=1.0)
    unanswerable_share: float = Field(0.2, ge=0.0, lt=0.9)

    @property
    def reads_glosses(self) -> bool:
        """Whether the encoder is given other languages' messages in rough English."""
        return self.encoder == DEFAULT_ENCODER if self.gloss is None else self.gloss

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not used are left out
        cls, settings_cls: Any, init_settings: Any, env_settings: Any, **_: Any
    ) -> Any:
        file = Path(os.environ.get("FAQDESK_PROJECT", ".")) / "faqdesk.toml"
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file, ("understanding",))


def read_settings(kind: type[Settings], **chosen: Any) -> Settings:
    """The settings of one section; what is `chosen` wins.

    Raises:
        SettingsError: every wrong value at once, in one line of words.
    """
    try:
        return kind(**chosen)
    except ValidationError as error:
        section = kind.__name__.removesuffix("Settings").lower()
        wrong = []
        for fault in error.errors():
            name = "_".join(map(str, fault["loc"]))
            variable = f"FAQDESK_{section}_{name}".upper()
            wrong.append(f"{variable} (in faqdesk.toml: [{section}] {name}): {fault['msg']}")
    except ValueError as error:  # faqdesk.toml is no TOML, or a variable that should be a list is no JSON
        wrong = [f"faqdesk.toml or a variable cannot be read: {error}"]
    raise SettingsError(f"the settings are not right: {'; '.join(wrong)}. docs/settings.md lists what each may be.")
