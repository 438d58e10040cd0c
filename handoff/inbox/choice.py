"""What an agent chooses to see: a tab and filters. Everything is checked here, and reaches the database as bound values."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from handoff.desk_model import Label, Labelled
from handoff.model import Agent, Conversation, Identity, Team
from handoff.reasons import REASONS, Reason
from handoff.routing import Priority, known_spoken
from handoff.wording import LANGUAGES

Tab = Literal["queue", "mine", "all", "snoozed", "resolved"]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
LONGEST_WAIT = 100_000  # minutes that a filter can ask for


class Filters(BaseModel):
    """What is left out does not matter; what is given has to be so, all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")] | None = None
    language: Annotated[str, AfterValidator(known_spoken)] | None = None
    team: Id | Literal["none"] | None = None  # "none": what is everybody's
    reason: Reason | None = None
    priority: Priority | None = None  # at least
    label: Id | None = None
    waiting: Annotated[int, Field(ge=0, le=LONGEST_WAIT)] | None = None  # longer than so many minutes
    agent: Id | None = None

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """On Conversation and Identity."""
        found: list[ColumnElement[bool]] = []
        equal: list[tuple[Any, str | None]] = [
            (Identity.channel, self.channel),
            (Conversation.language, self.language),
            (Conversation.reason, self.reason),
            (Conversation.agent_id, self.agent),
        ]
        found += [column == value for column, value in equal if value is not None]
        if self.team is not None:
            found.append(Conversation.team_id.is_(None) if self.team == "none" else Conversation.team_id == self.team)
        if self.priority is not None:
            found.append(Conversation.priority >= self.priority)
        if self.waiting is not None:
            found.append(Conversation.waiting_since < now - timedelta(minutes=self.waiting))
        if self.label is not None:
            labelled = select(Labelled.label_id).where(Labelled.conversation_id == Conversation.id)
            found.append(labelled.where(Labelled.label_id == self.label).exists())
        return found


class Choice(Filters):
    """A tab with filters: what a list shows, and what a view keeps."""

    tab: Tab = "queue"


def choices(session: Session) -> dict[str, Any]:
    """What filters can be set to: what there is, by name."""
    people = select(Agent.id, Agent.name).where(Agent.disabled_at.is_(None)).order_by(Agent.name, Agent.id)
    teams = select(Team.id, Team.name).where(Team.disabled_at.is_(None)).order_by(Team.name)
    labels = select(Label.id, Label.name).where(Label.disabled_at.is_(None)).order_by(Label.name)
    named = {"agents": people, "teams": teams, "labels": labels}
    found: dict[str, Any] = {
        what: [{"id": one, "name": name} for one, name in session.execute(query)] for what, query in named.items()
    }
    channels = session.scalars(select(Identity.channel).distinct().order_by(Identity.channel))
    return found | {"channels": list(channels), "languages": LANGUAGES, "reasons": REASONS}


def of_tab(tab: Tab, agent_id: str) -> ColumnElement[bool]:
    """The conversations of a tab; those at rest have a tab of their own."""
    awake = Conversation.snoozed_until.is_(None)
    match tab:
        case "queue":
            return Conversation.owner == "queue"
        case "mine":
            return and_(Conversation.owner == "agent", Conversation.agent_id == agent_id, awake)
        case "all":
            return and_(Conversation.owner != "closed", awake)
        case "snoozed":
            return and_(Conversation.owner == "agent", Conversation.snoozed_until.is_not(None))
        case "resolved":
            return Conversation.owner == "closed"
