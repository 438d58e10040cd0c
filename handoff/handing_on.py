"""A conversation goes from its agent to a colleague or into a team's queue, with a note for who goes on."""

from datetime import datetime

from sqlalchemy.orm import Session

from handoff import capacity, conversations, follow_ups
from handoff.model import Agent, Conversation, Team
from handoff.settings import HandoffSettings


class UnknownColleague(Exception):
    """There is nobody, and no team, of this id to give a conversation to."""


def to_colleague(
    session: Session,
    conversation: Conversation,
    agent: Agent,
    to_agent_id: str,
    note: str,
    settings: HandoffSettings,
    now: datetime,
) -> Agent:
    """Pass it to a colleague who has room; returns her.

    Raises:
        UnknownColleague: nobody has this id, her login is disabled, or it is the agent herself.
        NoRoom: she has as many as she serves at once.
    """
    colleague = session.get(Agent, to_agent_id)
    if colleague is None or colleague.disabled_at is not None or colleague.id == agent.id:
        raise UnknownColleague("There is no such colleague to pass the conversation to.")
    _leave(session, conversation, agent, note, settings, now)
    colleague = capacity.take_room(session, colleague.id, conversation.id)
    colleague.served_at = now
    conversations.move(session, conversation, "transfer", f"agent:{agent.id}", now, agent=colleague)
    return colleague


def to_team(
    session: Session,
    conversation: Conversation,
    agent: Agent,
    team_id: str | None,
    note: str,
    settings: HandoffSettings,
    now: datetime,
) -> None:
    """Pass it to a team's queue, or with None to everybody's; it keeps its age. Raises UnknownColleague."""
    team = session.get(Team, team_id) if team_id is not None else None
    if team_id is not None and (team is None or team.disabled_at is not None):
        raise UnknownColleague("There is no such team to pass the conversation to.")
    _leave(session, conversation, agent, note, settings, now)
    conversation.team_id = team_id
    session.flush()
    details = {"team": team.name if team else None}
    conversations.move(
        session, conversation, "release", f"agent:{agent.id}", now, reason="transferred", details=details
    )


def _leave(
    session: Session, conversation: Conversation, agent: Agent, note: str, settings: HandoffSettings, now: datetime
) -> None:
    """The note for who goes on, and the promise to look later; both commit with the move or not at all."""
    if note:
        content = {"type": "text", "text": note}
        conversations.add_message(session, conversation, "agent", content, now, agent=agent, note=True)
    follow_ups.ask(session, conversation, agent, settings.follow_up_after, now)
