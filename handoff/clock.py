"""Time is data: everything here takes `now` as an argument, and this is where callers outside get it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)
