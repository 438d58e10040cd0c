"""The lines of an inbox, a page at a time or by their ids, and how many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from handoff import attachments, capacity, presence, routing
from handoff.desk_model import Label, Labelled, Reading
from handoff.inbox import order
from handoff.inbox.choice import Choice, Tab, of_tab
from handoff.inbox.promise import seconds_for
from handoff.left_model import LeftMessage
from handoff.model import Agent, Callback, Contact, Conversation, Identity, Message, Offer, Role, Team
from handoff.reach import Reach
from handoff.settings import HandoffSettings

PAGE = 60  # rows
MOST_AT_ONCE = 100  # rows by their ids
_MOST_ATTENTION = 300
_LONGEST_SHOWN = 200  # characters of the last words

_HERS = aliased(Agent)  # whose the conversation is

Json = dict[str, Any]


@dataclass(frozen=True)
class Looker:
    """Who looks at the list, when, and by which of the shop's rules."""

    session: Session
    agent_id: str
    role: Role
    now: datetime
    settings: HandoffSettings

    @property
    def reach(self) -> Reach:
        """What the looker may see."""
        return Reach(self.agent_id, self.role, self.settings.teams_apart)


def page(looker: Looker, choice: Choice, begin: order.Key | None) -> tuple[list[Json], bool]:
    """The rows of a choice after the key `begin`, and whether there are more. Raises order.BadKey."""
    conditions = [*_chosen(looker, choice), *([order.after(choice.tab, begin)] if begin is not None else [])]
    found = _read(looker, conditions, order.order_of(choice.tab), PAGE + 1)
    return _rows(looker, found[:PAGE], choice.tab), len(found) > PAGE


def by_ids(looker: Looker, choice: Choice, ids: Sequence[str]) -> list[Json]:
    """These conversations, as far as the looker may read them; `here` says whether they are among the chosen."""
    here = and_(*_chosen(looker, choice))
    found = _read(looker, [Conversation.id.in_(ids)], [Conversation.id], MOST_AT_ONCE, here)
    shown = _rows(looker, found, choice.tab)
    return [row | {"here": bool(one.here)} for row, one in zip(shown, found, strict=True)]


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
    return looker.reach.condition(looker.session)


def _chosen(looker: Looker, choice: Choice) -> list[Any]:
    return [of_tab(choice.tab, looker.agent_id), *choice.conditions(looker.now)]


def _read(
    looker: Looker,
    conditions: Iterable[Any],
    ordered: Iterable[Any],
    limit: int,
    here: ColumnElement[bool] | None = None,
) -> list[Any]:
    """Conversations that may be read, with what other tables say of them: all in one question, for it is asked often."""
    agent = looker.session.get_one(Agent, looker.agent_id)
    offered = (Offer.conversation_id == Conversation.id) & (Offer.agent_id == agent.id) & Offer.ended_at.is_(None)
    read = (Reading.conversation_id == Conversation.id) & (Reading.agent_id == agent.id)
    left = (LeftMessage.conversation_id == Conversation.id) & LeftMessage.ended_at.is_(None)
    messages = (
        select(Message.id).where(Message.conversation_id == Conversation.id).order_by(Message.seq.desc()).limit(1)
    )
    # The last words are a person's: what the bot said tells an agent little.
    last = messages.where(Message.note.is_(False), Message.author.in_(("shopper", "agent")))
    query = (
        select(
            Conversation,
            Contact.name,
            Identity.channel,
            _HERS.name.label("agent_name"),
            Offer.expires_at.label("offer"),
            Reading.seq.label("read"),
            last.scalar_subquery().label("last"),
            messages.with_only_columns(Message.seq).where(Message.author == "shopper").scalar_subquery().label("said"),
            and_(Conversation.owner == "queue", routing.may_serve(looker.session, agent)).label("serves"),
            LeftMessage.email.label("left"),
            Callback.due_at.label("call_at"),
            Callback.reminded_at.label("call_reminded"),
            Callback.overdue_at.label("call_overdue"),
            (here if here is not None else true()).label("here"),
        )
        .join(Identity, Identity.id == Conversation.identity_id)
        .join(Contact, Contact.id == Identity.contact_id)
        .outerjoin(_HERS, _HERS.id == Conversation.agent_id)
        .outerjoin(Offer, offered)
        .outerjoin(Reading, read)
        .outerjoin(LeftMessage, left)
        .outerjoin(Callback, (Callback.conversation_id == Conversation.id) & (Callback.state == "open"))
        .where(*conditions, _readable(looker))
        .order_by(*ordered)
        .limit(limit)
    )
    return list(looker.session.execute(query))


def rows_of(looker: Looker, ids: Sequence[str]) -> list[Json]:
    """Rows in the order of `ids`, whatever tab they are in; what may not be read is left out."""
    found = {row["id"]: row for row in _rows(looker, _read(looker, [Conversation.id.in_(ids)], [], len(ids)), "all")}
    return [found[one] for one in ids if one in found]


def _rows(looker: Looker, found: Sequence[Any], tab: Tab) -> list[Json]:
    ids = [one.Conversation.id for one in found]
    messages = select(Message).where(Message.id.in_([one.last for one in found if one.last]))
    said = {message.id: message for message in looker.session.scalars(messages)} if ids else {}
    labels, teams = _labels(looker.session, ids), _team_names(looker)
    return [
        _row(looker, one, tab)
        | _words(said.get(one.last))
        | {
            "labels": labels.get(one.Conversation.id, []),
            "promise": seconds_for(
                looker.settings.promises,
                looker.settings.promise,
                teams.get(one.Conversation.team_id, ""),
                one.Conversation.priority,
            ),
        }
        for one in found
    ]


def _row(looker: Looker, one: Any, tab: Tab) -> Json:
    conversation: Conversation = one.Conversation
    hers = conversation.owner == "queue" or conversation.agent_id == looker.agent_id
    plain = ("id", "language", "owner", "agent_id", "reason", "resolution", "last_seq", "priority", "team_id", "skills")
    times = ("queued_at", "waiting_since", "snoozed_until", "closed_at", "updated_at")
    return {
        **{name: getattr(conversation, name) for name in plain},
        **{name: _iso(getattr(conversation, name)) for name in times},
        "key": order.key_of(tab, conversation),
        "name": one.name,
        "channel": one.channel,
        "agent_name": one.agent_name,
        "offer": {"expires_at": _iso(one.offer)} if one.offer else None,
        "shopper_seq": one.said or 0,
        # The shopper's words that this agent has not seen, where they are or were her business.
        "unread": (hers or one.read is not None) and (one.said or 0) > (one.read or 0),
        "serves": bool(one.serves),
        # A call whose time is near or past; before that it stands among the tasks.
        "call": {"due_at": _iso(one.call_at), "late": bool(one.call_overdue)} if one.call_reminded else None,
        # Who left a message does not wait: "mail" or "here" is where she reads the answer.
        "left": None if one.left is None else "mail" if one.left else "here",
    }


def _words(message: Message | None) -> Json:
    if message is None:
        return {"last_text": "", "last_author": "", "last_agent_id": None}
    text = attachments.in_words(message.content)[:_LONGEST_SHOWN]
    return {"last_text": text, "last_author": message.author, "last_agent_id": message.agent_id}


def _labels(session: Session, ids: Sequence[str]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    query = (
        select(Labelled.conversation_id, Label)
        .join(Label, Label.id == Labelled.label_id)
        .where(Labelled.conversation_id.in_(ids), Label.disabled_at.is_(None))
        .order_by(Label.name)
    )
    for conversation_id, label in session.execute(query) if ids else ():
        found.setdefault(conversation_id, []).append({"id": label.id, "name": label.name, "colour": label.colour})
    return found


def _team_names(looker: Looker) -> dict[str | None, str]:
    if not any(rule.team for rule in looker.settings.promises):
        return {}
    return dict(looker.session.execute(select(Team.id, Team.name)).tuples().all())


def people_online(looker: Looker) -> int:
    """How many agents have shown a sign of life lately."""
    seen = select(func.count()).select_from(Agent).where(Agent.disabled_at.is_(None))
    seen = seen.where(presence.online(looker.now, looker.settings.online_within))
    return int(looker.session.scalar(seen) or 0)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
