"""The shop's opening hours: those that a lead saved, else those of the settings file."""

from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from handoff.hours import OpeningHours
from handoff.model import Audit
from handoff.people_model import ShopHours
from handoff.settings import HandoffSettings

log = structlog.get_logger()


def current(session: Session, settings: HandoffSettings) -> OpeningHours | None:
    """When people are there; None: always."""
    row = session.get(ShopHours, 1)
    if row is None:
        return settings.hours
    if row.hours is None:
        return None
    try:
        return OpeningHours.model_validate(row.hours)
    except ValidationError as error:  # written by another version or by hand; the shopper must get through all the same
        log.error("shop.hours_unreadable", reason=str(error), mend="save them anew at /admin/hours")
        return settings.hours


def is_saved(session: Session) -> bool:
    """Whether the settings file no longer matters."""
    return session.get(ShopHours, 1) is not None


def save(session: Session, hours: OpeningHours | None, actor: str, now: datetime) -> None:
    """From now on these hold; None: always open."""
    written = hours.model_dump(mode="json") if hours is not None else None
    session.merge(ShopHours(id=1, hours=written, changed_at=now))
    session.add(Audit(at=now, actor=actor, act="set shop hours", details={"hours": written}))
