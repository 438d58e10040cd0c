"""The lines of an inbox, a page at a time or by their ids, and how many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from handoff import capacity, presence, routing
from handoff.desk_model import Label, Labelled, Reading
from handoff.inbox import order
from handoff.inbox.choice import Choice, Tab, may_read, of_tab
from handoff.inbox.promise import seconds_for
from handoff.model import Agent, Contact, Conversation, Identity, Message, Offer, Role, Team
from handoff.settings import HandoffSettings

PAGE = 60  # rows
MOST_AT_ONCE = 100  # rows by their ids
_MOST_ATTENTION = 300
_LONGEST_SHOWN = 200  # characters of the last words

Json = dict[str, Any]


@dataclass(frozen=True)
class Looker:
    """Who looks at the list, when, and by which of the shop's rules."""

    session: Session
    agent_id: str
    role: Role
    now: datetime
    settings: HandoffSettings


def page(looker: Looker, choice: Choice, begin: order.Key | None) -> tuple[list[Json], bool]:
    """The rows of a choice after the key `begin`, and whether there are more. Raises order.BadKey."""
    conditions = [*_chosen(looker, choice), *([order.after(choice.tab, begin)] if begin is not None else [])]
    found = _read(looker, conditions, order.order_of(choice.tab), PAGE + 1)
    return _rows(looker, found[:PAGE], choice.tab), len(found) > PAGE


def by_ids(looker: Looker, choice: Choice, ids: Sequence[str]) -> list[Json]:
    """These conversations, as far as the looker may read them; `here` says whether they are among the chosen."""
    found = _read(looker, [Conversation.id.in_(ids)], [Conversation.id], MOST_AT_ONCE)
    here = _ids(looker, [Conversation.id.in_(ids), *_chosen(looker, choice)])
    return [row | {"here": row["id"] in here} for row in _rows(looker, found, choice.tab)]


def attention(looker: Looker) -> list[Json]:
    """What this agent is to notice: hers, what waits and she may serve, what is offered to her."""
    agent = looker.session.get_one(Agent, looker.agent_id)
    waits = and_(Conversation.owner == "queue", routing.may_serve(looker.session, agent))
    hers = and_(Conversation.owner == "agent", Conversation.agent_id == agent.id)
    found = _read(looker, [or_(waits, hers)], order.order_of("all"), _MOST_ATTENTION)
    return _rows(looker, found, "all")


def counts(looker: Looker) -> dict[Tab, int]:
    """How many there are in each tab in which that says something, filters left aside."""
    tabs: tuple[Tab, ...] = ("queue", "mine", "all", "snoozed")
    numbers = [
        select(func.count()).select_from(Conversation).where(of_tab(tab, looker.agent_id), _readable(looker))
        for tab in tabs
    ]
    found = looker.session.execute(select(*(number.scalar_subquery() for number in numbers))).one()
    return {tab: int(number or 0) for tab, number in zip(tabs, found, strict=True)}


def standing(looker: Looker) -> Json:
    """The looker's own load and switch."""
    agent = looker.session.get_one(Agent, looker.agent_id)
    in_hand = capacity.in_hand(looker.session, agent.id)
    return {"available": agent.available, "capacity": agent.capacity, "in_hand": in_hand}


def _readable(looker: Looker) -> Any:
    return may_read(looker.session, looker.agent_id, looker.role)


def _chosen(looker: Looker, choice: Choice) -> list[Any]:
    return [of_tab(choice.tab, looker.agent_id), *choice.conditions(looker.now)]


def _read(looker: Looker, conditions: Iterable[Any], ordered: Iterable[Any], limit: int) -> list[Any]:
    """Conversation, shopper's name and channel of what may be read."""
    query = (
        select(Conversation, Contact.name, Identity.channel)
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Contact, Contact.id == Identity.contact_id)
        .where(*conditions, _readable(looker))
        .order_by(*ordered)
        .limit(limit)
    )
    return list(looker.session.execute(query))


def _ids(looker: Looker, conditions: Iterable[Any]) -> set[str]:
    query = select(Conversation.id).join(Identity, Identity.id == Conversation.identity_id).where(*conditions)
    return set(looker.session.scalars(query))


def rows_of(looker: Looker, ids: Sequence[str]) -> list[Json]:
    """Rows in the order of `ids`, whatever tab they are in; what may not be read is left out."""
    found = {row["id"]: row for row in _rows(looker, _read(looker, [Conversation.id.in_(ids)], [], len(ids)), "all")}
    return [found[one] for one in ids if one in found]


def _rows(looker: Looker, found: Sequence[Any], tab: Tab) -> list[Json]:
    about = _Beside(looker, [conversation for conversation, _, _ in found])
    return [
        {
            "id": conversation.id,
            "key": order.key_of(tab, conversation),
            "name": name,
            "channel": channel,
            "language": conversation.language,
            "owner": conversation.owner,
            "agent_id": conversation.agent_id,
            "reason": conversation.reason,
            "resolution": conversation.resolution,
            "queued_at": _iso(conversation.queued_at),
            "waiting_since": _iso(conversation.waiting_since),
            "snoozed_until": _iso(conversation.snoozed_until),
            "closed_at": _iso(conversation.closed_at),
            "updated_at": _iso(conversation.updated_at),
            "last_seq": conversation.last_seq,
            "priority": conversation.priority,
            "team_id": conversation.team_id,
            "skills": conversation.skills,
            **about.of(conversation),
        }
        for conversation, name, channel in found
    ]


class _Beside:
    """What other tables say of some conversations, fetched for all of them at once."""

    def __init__(self, looker: Looker, conversations: Sequence[Conversation]) -> None:
        self._looker, self._ids = looker, [one.id for one in conversations]
        session = looker.session
        self._last, self._shopper = self._messages()
        hers = select(Reading.conversation_id, Reading.seq).where(Reading.agent_id == looker.agent_id)
        self._read = dict(session.execute(hers.where(Reading.conversation_id.in_(self._ids))).tuples().all())
        self._labels = self._labels_by_id()
        offers = select(Offer.conversation_id, Offer.expires_at).where(Offer.ended_at.is_(None))
        offers = offers.where(Offer.agent_id == looker.agent_id, Offer.conversation_id.in_(self._ids))
        self._offers = dict(session.execute(offers).tuples().all())
        agents = {one.agent_id for one in conversations if one.agent_id is not None}
        names = select(Agent.id, Agent.name).where(Agent.id.in_(agents))
        self._names = dict(session.execute(names).tuples().all()) if agents else {}
        self._serves = self._hers_to_serve(conversations)
        self._teams = self._team_names()

    def of(self, conversation: Conversation) -> Json:
        last = self._last.get(conversation.id)
        offer = self._offers.get(conversation.id)
        settings = self._looker.settings
        team = self._teams.get(conversation.team_id or "", "")
        return {
            "last_text": str((last.content or {}).get("text", ""))[:_LONGEST_SHOWN] if last else "",
            "last_author": last.author if last else "",
            "last_agent_id": last.agent_id if last else None,
            "shopper_seq": self._shopper.get(conversation.id, 0),
            "unread": self._unread(conversation),
            "labels": self._labels.get(conversation.id, []),
            "agent_name": self._names.get(conversation.agent_id or ""),
            "offer": {"expires_at": _iso(offer)} if offer else None,
            "serves": conversation.id in self._serves,
            "promise": seconds_for(settings.promises, settings.promise, team, conversation.priority),
        }

    def _unread(self, conversation: Conversation) -> bool:
        """Whether there are words of the shopper's that this agent has not seen, where they are or were her business."""
        read = self._read.get(conversation.id)
        hers = conversation.owner == "queue" or conversation.agent_id == self._looker.agent_id
        return (hers or read is not None) and self._shopper.get(conversation.id, 0) > (read or 0)

    def _messages(self) -> tuple[dict[str, Message], dict[str, int]]:
        """The last words of people in each conversation (what the bot said tells an agent little), and the number of the
        shopper's last."""
        mine = (
            select(Message.id).where(Message.conversation_id == Conversation.id).order_by(Message.seq.desc()).limit(1)
        )
        last = mine.where(Message.note.is_(False), Message.author.in_(("shopper", "agent"))).scalar_subquery()
        seq = mine.with_only_columns(Message.seq).where(Message.author == "shopper").scalar_subquery()
        found = select(Conversation.id, last, seq).where(Conversation.id.in_(self._ids))
        rows = self._looker.session.execute(found).tuples().all()
        messages = select(Message).where(Message.id.in_([message for _, message, _ in rows if message]))
        by_conversation = {one.conversation_id: one for one in self._looker.session.scalars(messages)}
        return by_conversation, {one: number for one, _, number in rows if number is not None}

    def _labels_by_id(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        query = (
            select(Labelled.conversation_id, Label)
            .join(Label, Label.id == Labelled.label_id)
            .where(Labelled.conversation_id.in_(self._ids), Label.disabled_at.is_(None))
            .order_by(Label.name)
        )
        for conversation_id, label in self._looker.session.execute(query):
            found.setdefault(conversation_id, []).append({"id": label.id, "name": label.name, "colour": label.colour})
        return found

    def _hers_to_serve(self, conversations: Sequence[Conversation]) -> set[str]:
        waiting = [one.id for one in conversations if one.owner == "queue"]
        if not waiting:
            return set()
        agent = self._looker.session.get_one(Agent, self._looker.agent_id)
        query = select(Conversation.id).where(Conversation.id.in_(waiting))
        return set(self._looker.session.scalars(query.where(routing.may_serve(self._looker.session, agent))))

    def _team_names(self) -> dict[str, str]:
        if not any(rule.team for rule in self._looker.settings.promises):
            return {}
        return dict(self._looker.session.execute(select(Team.id, Team.name)).tuples().all())


def people_online(looker: Looker) -> int:
    """How many agents have shown a sign of life lately."""
    seen = select(func.count()).select_from(Agent).where(Agent.disabled_at.is_(None))
    seen = seen.where(presence.online(looker.now, looker.settings.online_within))
    return int(looker.session.scalar(seen) or 0)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
