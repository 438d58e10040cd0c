"""How an agent wants her console: what it does to be noticed, and which keys it takes."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from handoff.model import Agent


class Preferences(BaseModel):
    """All of them, with what holds for who has said nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sound: bool = True  # a short tone
    notices: bool = False  # the browser's own, which it has to be allowed to show
    telegram: bool = True  # a message while no console is open; says something only to who has linked her chat
    shortcuts: bool = True


class Change(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sound: bool | None = None
    notices: bool | None = None
    telegram: bool | None = None
    shortcuts: bool | None = None


def of(agent: Agent) -> Preferences:
    """What an older or newer version kept and this one does not understand does not count."""
    kept = {name: value for name, value in agent.preferences.items() if name in Preferences.model_fields}
    try:
        return Preferences.model_validate(kept)
    except ValidationError:
        return Preferences()


def change(session: Session, agent_id: str, to: Change) -> dict[str, Any]:
    """Keep what is given; returns all of them."""
    agent = session.scalars(select(Agent).where(Agent.id == agent_id).with_for_update(key_share=True)).one()
    agent.preferences = of(agent).model_dump() | to.model_dump(exclude_none=True)
    return agent.preferences
