"""Whose conversations somebody may see and touch: all of them, or, where the shop keeps its teams apart, her teams' and
everybody's.

Asked in one place, in front of every route that names a conversation or something in one (handoff/console/session.py), and by
every list.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from handoff.desk_model import Attachment, FollowUp
from handoff.model import Callback, Conversation, Outbox, Role, TeamMember
from handoff.permissions import led_teams

_NUMBER = re.compile(r"[0-9]{1,18}")  # more would be larger than any key
# What an address names, and the conversation that it is in: (key, conversation).
_Named = tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any]]
NAMED: dict[str, _Named] = {
    "conversation_id": (Conversation.id, Conversation.id),
    "file_id": (Attachment.id, Attachment.conversation_id),
    "outbox_id": (Outbox.id, Outbox.conversation_id),
    "callback_id": (Callback.id, Callback.conversation_id),
    "follow_up_id": (FollowUp.id, FollowUp.conversation_id),
}


@dataclass(frozen=True)
class Reach:
    """One person's reach. `teams_apart` is the shop's setting."""

    agent_id: str
    role: Role
    teams_apart: bool

    def condition(self, session: Session) -> ColumnElement[bool]:
        """On Conversation: what is within reach. What she has, or what is nobody's team's, always is."""
        if not self.teams_apart or self._leads_all(session):
            return true()
        hers = select(TeamMember.team_id).where(TeamMember.agent_id == self.agent_id)
        return or_(
            Conversation.team_id.is_(None), Conversation.agent_id == self.agent_id, Conversation.team_id.in_(hers)
        )

    def covers(self, session: Session, parameter: str, value: str) -> bool:
        """Whether what an address names is within reach; what is not there is, and whoever looks for it says so.

        A number that is written in another way than digits is not: "0_7" would be 7 to whoever comes next.
        """
        key, conversation = NAMED[parameter]
        is_number = key.type.python_type is int
        if is_number and not _NUMBER.fullmatch(value):
            return False
        wanted = select(conversation).where(key == (int(value) if is_number else value))
        conversation_id = session.scalar(wanted)
        return conversation_id is None or bool(self.among(session, [conversation_id]))

    def among(self, session: Session, conversation_ids: Iterable[str]) -> set[str]:
        """Those of these conversations that are within reach."""
        query = select(Conversation.id).where(Conversation.id.in_(set(conversation_ids)), self.condition(session))
        return set(session.scalars(query))

    def _leads_all(self, session: Session) -> bool:
        return led_teams(session, self.agent_id, self.role) is None
