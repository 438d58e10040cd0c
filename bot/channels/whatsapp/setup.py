"""What a shop gives for WhatsApp."""

from typing import Annotated

from pydantic import Field

from bot.channels.meta.setup import MetaSetup, Number
from bot.channels.templates import Templates


class WhatsAppSetup(MetaSetup):
    """One number of a WhatsApp business account."""

    phone_number_id: Number
    version: Annotated[str, Field(pattern=r"^v\d{1,3}\.\d{1,2}$")] = "v26.0"
    templates: Templates = ()  # as WhatsApp has approved them
