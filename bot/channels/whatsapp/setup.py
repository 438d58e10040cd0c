"""What a shop gives for WhatsApp."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.channels.meta.setup import MetaSetup, Number
from handoff.windows import Template


def _by_lines(given: object) -> object:
    """As a form has them: a template a line, "name: language: text"."""
    if not isinstance(given, str):
        return given
    lines = [line.split(":", 2) for line in given.splitlines() if line.strip()]
    return [dict(zip(("name", "language", "text"), (part.strip() for part in line), strict=False)) for line in lines]


class WhatsAppSetup(MetaSetup):
    """One number of a WhatsApp business account."""

    phone_number_id: Number
    version: Annotated[str, Field(pattern=r"^v\d{1,3}\.\d{1,2}$")] = "v26.0"
    templates: Annotated[tuple[Template, ...], BeforeValidator(_by_lines)] = ()  # as WhatsApp has approved them
