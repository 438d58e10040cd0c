"""Every table of faqdesk, whichever file declares it."""

from handoff import desk_model, media_model, people_model, ping_model, search_model
from handoff.model import Base

METADATA = Base.metadata
DECLARED_IN = (
    Base.__module__,
    *(one.__name__ for one in (desk_model, media_model, people_model, ping_model, search_model)),
)
