"""Every table of faqdesk, whichever file declares it."""

from handoff import channel_model, contact_model, desk_model, media_model, people_model, ping_model, search_model
from handoff.model import Base

METADATA = Base.metadata
DECLARED_IN = (
    Base.__module__,
    *(
        one.__name__
        for one in (channel_model, contact_model, desk_model, media_model, people_model, ping_model, search_model)
    ),
)
