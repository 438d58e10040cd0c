"""How soon a shopper is promised a person's word: the shop's own rule, by team and priority."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from handoff.routing import HIGHEST_PRIORITY

WithinReach = Annotated[timedelta, Field(ge=timedelta(seconds=10), le=timedelta(days=30))]


class Promise(BaseModel):
    """A rule: within what time these are answered. What is left out holds for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    within: WithinReach
    team: str = ""  # its name
    priority: Annotated[int, Field(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY)] | None = None  # at least


def seconds_for(promises: tuple[Promise, ...], otherwise: timedelta, team: str, priority: int) -> int:
    """By the first rule that suits, else `otherwise`; in seconds."""
    for rule in promises:
        if rule.team in ("", team) and (rule.priority is None or priority >= rule.priority):
            return int(rule.within.total_seconds())
    return int(otherwise.total_seconds())
