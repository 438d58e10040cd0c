"""The real desk with a clock that can jump: the factory that uvicorn is given instead of `bot.app:create_app`.

How far the clock is ahead, in seconds, stands in the file that TORTURE_CLOCK names; it is read at every look at the clock, so a
jump takes effect at once and survives a restart, as a wrong clock of a machine does.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI

from bot.app import create_app
from handoff.clock import utc_now

CLOCK = "TORTURE_CLOCK"


def create() -> FastAPI:
    """The desk. The file of the clock is replaced whole, so that no half of it is ever read."""
    file = Path(os.environ[CLOCK])

    def now() -> datetime:
        return utc_now() + timedelta(seconds=float(file.read_text("utf-8")))

    return create_app(now=now)


def set_clock(file: Path, ahead: float) -> None:
    """Let the desk's clock be so many seconds ahead of the real one; behind it when negative."""
    draft = file.with_suffix(".draft")
    draft.write_text(repr(ahead), "utf-8")
    draft.replace(file)
