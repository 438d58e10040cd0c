"""Every table of faqdesk, whichever file declares it."""

from handoff import desk_model, ping_model, search_model
from handoff.model import Base

METADATA = Base.metadata
DECLARED_IN = (Base.__module__, desk_model.__name__, search_model.__name__, ping_model.__name__)
