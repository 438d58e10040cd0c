"""Every table of faqdesk, whichever file declares it."""

from handoff import (
    channel_model,
    contact_model,
    desk_model,
    left_model,
    mail_model,
    media_model,
    people_model,
    ping_model,
    private_link_model,
    search_model,
)
from handoff.model import Base

METADATA = Base.metadata
_OTHERS = (
    channel_model,
    contact_model,
    desk_model,
    left_model,
    mail_model,
    media_model,
    people_model,
    ping_model,
    private_link_model,
    search_model,
)
DECLARED_IN = (Base.__module__, *(one.__name__ for one in _OTHERS))
