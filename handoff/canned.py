"""Canned answers: words that are often needed, found by a shortcut, with variables that the conversation fills.

They are everybody's, a team's, or an agent's own: those nobody else sees or changes, leads and admins included.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from handoff.conversations import new_id
from handoff.desk_model import CannedAnswer
from handoff.model import Agent, Audit, Contact, Conversation, Identity, Message, Team, TeamMember
from handoff.wording import LANGUAGES

VARIABLES = ("name", "first_name", "agent", "shop", "order_number", "order_state")
# What makes a canned text personal: a reader sees that somebody looked.
PERSONAL = frozenset(("name", "first_name", "order_number", "order_state"))
LONGEST_TEXT = 5_000  # characters
MOST_OWN = 500  # of one agent
_SHORTCUT = re.compile(r"[\w-]{1,40}")
_MOST_LOOKED_AT = 60  # of the newest messages, for an order that was shown


class CannedError(Exception):
    """Not stored. Why stands in the words "canned.refused.<why>", to which `values` belong."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(f"{why}: {values}" if values else why)
        self.why, self.values = why, values


class NotAllowed(CannedError):
    """It is of a team that the agent is not in, everybody's, which leads take care of, or somebody else's own."""


class UnknownAnswer(CannedError):
    """There is no such canned answer, or none any more."""


def visible(session: Session, agent: Agent) -> list[CannedAnswer]:
    """What the agent may insert: her own, everybody's, and her teams'; leads see those of all teams. By shortcut."""
    query = select(CannedAnswer).order_by(CannedAnswer.shortcut, CannedAnswer.language, CannedAnswer.owner_id.is_(None))
    query = query.where(or_(CannedAnswer.owner_id.is_(None), CannedAnswer.owner_id == agent.id))
    if agent.role == "agent":
        mine = select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)
        query = query.where(or_(CannedAnswer.team_id.is_(None), CannedAnswer.team_id.in_(mine)))  # her own have none
    return list(session.scalars(query))


def add(
    session: Session, agent: Agent, shortcut: str, language: str, title: str, text: str, team_id: str | None,
    now: datetime, *, own: bool = False,
) -> CannedAnswer:  # fmt: skip
    """Keep a new one: the agent's `own`, or else a team's, without `team_id` everybody's.

    Raises:
        CannedError: a field is empty, long or unknown, or the shortcut is taken in that language. NotAllowed.
    """
    if own:
        _check_room(session, agent)
    else:
        _check_team(session, agent, team_id)
    row = CannedAnswer(
        owner_id=agent.id if own else None, id=new_id(), created_by=agent.id, created_at=now, updated_at=now
    )
    _fill(row, shortcut, language, title, text, team_id)
    _store(session, row, fresh=True)
    _record(session, "add canned answer", agent, row, now)
    return row


def change(
    session: Session, agent: Agent, answer_id: str, shortcut: str, language: str, title: str, text: str,
    team_id: str | None, now: datetime, *, own: bool = False,
) -> CannedAnswer:  # fmt: skip
    """Write it anew; her own she may give to others, but not take theirs. Raises as `add`, and UnknownAnswer."""
    row = _held(session, agent, answer_id)
    if own and row.owner_id is None:
        raise NotAllowed("in_use")
    if not own and (row.owner_id is not None or team_id != row.team_id):
        _check_team(session, agent, team_id)
        row.owner_id = None
    _fill(row, shortcut, language, title, text, team_id)
    row.updated_at = now
    _store(session, row, fresh=False)
    _record(session, "change canned answer", agent, row, now)
    return row


def remove(session: Session, agent: Agent, answer_id: str, now: datetime) -> None:
    """Delete it. Raises UnknownAnswer, NotAllowed."""
    row = _held(session, agent, answer_id)
    _record(session, "remove canned answer", agent, row, now)
    session.delete(row)
    session.flush()


def may_change(session: Session, agent: Agent, row: CannedAnswer) -> bool:
    """Her own only she herself; else leads and admins, agents what they wrote themselves or what is of a team of theirs."""
    if row.owner_id is not None:
        return row.owner_id == agent.id
    if agent.role != "agent" or row.created_by == agent.id:
        return True
    return row.team_id is not None and session.get(TeamMember, (row.team_id, agent.id)) is not None


def values(session: Session, conversation: Conversation, agent: Agent, shop: str) -> dict[str, str]:
    """What the variables stand for in a conversation; what is not known is left out.

    Braces in a value become parentheses: a shopper who calls herself {agent} is no variable.
    """
    identity = session.get_one(Identity, conversation.identity_id)
    name = session.get_one(Contact, identity.contact_id).name.strip()
    known = {"name": name, "first_name": first_name(name, conversation.language), "agent": agent.name, "shop": shop}
    known |= _order(session, conversation)
    braces = str.maketrans("{}", "()")
    return {key: value.translate(braces) for key, value in known.items() if value}


def first_name(name: str, language: str) -> str:
    """How somebody is addressed: in Vietnamese by the last part of the name, else by the first."""
    parts = name.split()
    if not parts:
        return ""
    return parts[-1] if language == "vi" or _is_vietnamese(parts) else parts[0]


def fill(text: str, known: Mapping[str, str]) -> str:
    """The text with its variables filled once; what is not known stays as it is."""
    pattern = re.compile(r"\{(" + "|".join(VARIABLES) + r")\}")
    return pattern.sub(lambda found: known.get(found[1], found[0]), text)


def is_impersonal(session: Session, agent: Agent, answer_id: str, sent: str, known: Mapping[str, str]) -> bool:
    """Whether `sent` is that canned answer unchanged, and nothing in it tells whom it is for."""
    row = session.get(CannedAnswer, answer_id)
    if row is None or row.owner_id not in (None, agent.id) or fill(row.text, known).strip() != sent.strip():
        return False
    return not any(f"{{{name}}}" in row.text for name in PERSONAL)


def normal_shortcut(given: str) -> str:
    """In the one form that is stored. Raises CannedError when nothing or too much is left."""
    wanted = unicodedata.normalize("NFC", "-".join(given.strip().lstrip("/").casefold().split()))
    if not _SHORTCUT.fullmatch(wanted):
        raise CannedError("shortcut")
    return wanted


def _is_vietnamese(parts: list[str]) -> bool:
    """By the commonest family names, which nine of ten bear."""
    families = {"nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô"}
    return len(parts) > 1 and unicodedata.normalize("NFC", parts[0]).casefold() in families


def _order(session: Session, conversation: Conversation) -> dict[str, str]:
    """The order that was shown last, else the number that the bot collected."""
    newest = select(Message.content).where(Message.conversation_id == conversation.id)
    for content in session.scalars(newest.order_by(Message.seq.desc()).limit(_MOST_LOOKED_AT)):
        if content.get("type") == "order":
            order = content["order"]
            return {"order_number": str(order["number"]), "order_state": str(order["headline"])}
    collected = (conversation.packet or {}).get("collected") or {}
    return {"order_number": str(collected.get("order_number") or "")}


def _fill(row: CannedAnswer, shortcut: str, language: str, title: str, text: str, team_id: str | None) -> None:
    words, called = text.strip(), " ".join(title.split())
    if language not in LANGUAGES:
        raise CannedError("language", given=language[:20])
    if not 0 < len(called) <= 120:
        raise CannedError("title")
    if not 0 < len(words) <= LONGEST_TEXT:
        raise CannedError("text", most=LONGEST_TEXT)
    row.shortcut, row.language = normal_shortcut(shortcut), language
    row.title, row.text, row.team_id = called, words, team_id


def _store(session: Session, row: CannedAnswer, *, fresh: bool) -> None:
    shortcut = row.shortcut
    try:
        with session.begin_nested():
            if fresh:
                session.add(row)
            session.flush()
    except IntegrityError:
        raise CannedError("taken", shortcut=shortcut) from None


def _held(session: Session, agent: Agent, answer_id: str) -> CannedAnswer:
    row = session.get(CannedAnswer, answer_id, with_for_update=True)
    if row is None or row.owner_id not in (None, agent.id):  # that another one has it is nobody's business
        raise UnknownAnswer("gone")
    if not may_change(session, agent, row):
        raise NotAllowed("theirs")
    return row


def _check_room(session: Session, agent: Agent) -> None:
    hers = select(func.count()).select_from(CannedAnswer).where(CannedAnswer.owner_id == agent.id)
    if (session.scalar(hers) or 0) >= MOST_OWN:
        raise CannedError("full", most=MOST_OWN)


def _check_team(session: Session, agent: Agent, team_id: str | None) -> None:
    if team_id is not None:
        team = session.get(Team, team_id)
        if team is None or team.disabled_at is not None:
            raise CannedError("team")
    if agent.role != "agent":
        return
    if team_id is None or session.get(TeamMember, (team_id, agent.id)) is None:
        raise NotAllowed("everybodys")


def _record(session: Session, act: str, agent: Agent, row: CannedAnswer, now: datetime) -> None:
    details = {"shortcut": row.shortcut, "language": row.language, "team": row.team_id, "own": row.owner_id is not None}
    session.add(Audit(at=now, actor=f"agent:{agent.id}", act=act, agent_id=agent.id, details=details))
    session.flush()
