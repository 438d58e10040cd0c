"""What a shop gives for Messenger."""

from typing import Annotated

from pydantic import Field

from bot.channels.meta.setup import MetaSetup, Number


class MessengerSetup(MetaSetup):
    """One page. `human_agent`: Meta has allowed the shop that its people answer for 7 days."""

    page_id: Number
    version: Annotated[str, Field(pattern=r"^v\d{1,3}\.\d{1,2}$")] = "v25.0"
    human_agent: bool = False
