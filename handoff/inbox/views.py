"""Saved views: a choice of tab and filters with a name, one agent's own or, made by leads, everybody's."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from handoff.conversations import new_id
from handoff.desk_model import SavedView
from handoff.inbox.choice import Choice
from handoff.model import Audit, Role

MOST_VIEWS = 50  # of one agent, and as many of everybody's
_SHAPE = Field(min_length=1, max_length=60)


class UnknownView(Exception):
    """There is no such view, or it is not this person's to see or to change."""


class TooManyViews(Exception):
    """There are as many as anybody can oversee."""


class NewView(BaseModel):
    """What a view is made of."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, _SHAPE]
    choice: Choice
    everybodys: bool = False


class ChangedView(BaseModel):
    """What changes; what is left out stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Annotated[str, _SHAPE] | None = None
    choice: Choice | None = None


def all_of(session: Session, agent_id: str) -> list[dict[str, Any]]:
    """Everybody's views and the agent's own, by name."""
    query = select(SavedView).where(or_(SavedView.agent_id.is_(None), SavedView.agent_id == agent_id))
    found = session.scalars(query.order_by(func.lower(SavedView.name), SavedView.id))
    return [shown for view in found if (shown := _shown(view)) is not None]


def create(session: Session, agent_id: str, role: Role, new: NewView, now: datetime) -> str:
    """Keep a choice under a name; returns the view's id. Raises UnknownView for everybody's by somebody who leads nobody."""
    if new.everybodys and role == "agent":
        raise UnknownView("only a lead or an admin makes views for everybody")
    owner = None if new.everybodys else agent_id
    same = SavedView.agent_id.is_(None) if owner is None else SavedView.agent_id == owner
    if (session.scalar(select(func.count()).select_from(SavedView).where(same)) or 0) >= MOST_VIEWS:
        raise TooManyViews(f"There are {MOST_VIEWS} views already. Delete one first.")
    view = SavedView(id=new_id(), agent_id=owner, name=new.name, filters=_stored(new.choice), created_at=now)
    session.add(view)
    _record(session, "make view", agent_id, view, now)
    return view.id


def change(session: Session, agent_id: str, role: Role, view_id: str, to: ChangedView, now: datetime) -> None:
    """Rename a view, or let it keep another choice. Raises UnknownView."""
    view = _hers(session, agent_id, role, view_id)
    view.name = to.name or view.name
    view.filters = _stored(to.choice) if to.choice is not None else view.filters
    _record(session, "change view", agent_id, view, now)


def remove(session: Session, agent_id: str, role: Role, view_id: str, now: datetime) -> None:
    """Raises UnknownView."""
    view = _hers(session, agent_id, role, view_id)
    _record(session, "delete view", agent_id, view, now)
    session.delete(view)


def _hers(session: Session, agent_id: str, role: Role, view_id: str) -> SavedView:
    view = session.get(SavedView, view_id)
    hers = view is not None and (view.agent_id == agent_id or (view.agent_id is None and role != "agent"))
    if view is None or not hers:
        raise UnknownView("there is no such view of yours")
    return view


def _stored(choice: Choice) -> dict[str, Any]:
    return choice.model_dump(mode="json", exclude_none=True)


def _shown(view: SavedView) -> dict[str, Any] | None:
    """None for one that an older or newer version kept and this one does not understand."""
    try:
        choice = Choice.model_validate(view.filters)
    except ValidationError:
        return None
    return {"id": view.id, "name": view.name, "everybodys": view.agent_id is None, "choice": _stored(choice)}


def _record(session: Session, act: str, agent_id: str, view: SavedView, now: datetime) -> None:
    details = {"view": view.name, "everybodys": view.agent_id is None}
    session.add(Audit(at=now, actor=f"agent:{agent_id}", act=act, agent_id=agent_id, details=details))
