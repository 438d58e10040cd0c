"""Callbacks: a shopper may ask to be called, at any time in the chat and wherever she waits while nobody is there.

A button under the notice, or the chat's menu, asks for it, the desk asks for the number, and the next message that holds one is
taken down, with whatever else it says as the wish ("after six, please"). A time that can be read becomes when the call is due,
within opening hours. Nothing of this reaches the bot.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from handoff import conversations, events, teams
from handoff.call_times import Due, due, zone_of
from handoff.hours import OpeningHours
from handoff.model import Agent, Audit, Callback, CallbackState, Conversation, Message
from handoff.notices import NoticeButton, tell
from handoff.phone_numbers import LONGEST_WISH, find_numbers, shown, wish_in
from handoff.routing import HIGHEST_PRIORITY
from handoff.settings import HandoffSettings
from handoff.when import say_when
from handoff.windows import Windows
from handoff.wording import Wording

CALL_ME, DO_NOT_CALL = "desk:call_me", "desk:do_not_call"
ASKED_FOR = "phone"  # in the notice that asks: what the next words may hold
NOT_REACHED, OVERDUE = "callback not reached", "callback overdue"  # in the audit
_LONGEST_TIME = 80  # characters of a message that is about nothing but when to call
_FEWEST_DIGITS = 6  # with fewer somebody writes of something else, such as an order's day
_NUMBER_ONLY = re.compile(r"[\d\s()+./-]+")  # a number that we cannot call, and not an order's


class CalledMeanwhile(Exception):
    """Somebody else has called since the agent looked, or her own click came twice."""


class UnknownCallback(Exception):
    """There is no such callback, or it is settled already."""


def is_desk_button(payload: str) -> bool:
    """Whether a button's payload is for the desk, and no business of the bot's."""
    return payload.startswith("desk:")


def call_button(wording: Wording, language: str, settings: HandoffSettings) -> Sequence[NoticeButton]:
    """The button to ask for a call, where the shop offers that."""
    return [NoticeButton(wording.say(language, "shopper.call_me"), CALL_ME)] if settings.callbacks else []


def ask(
    session: Session,
    conversation: Conversation,
    wording: Wording,
    windows: Windows,
    settings: HandoffSettings,
    now: datetime,
) -> None:
    """The shopper wants to be called, whoever has her conversation; called after that is stored."""
    hours = teams.hours_of(session, conversation, settings)
    desk = _Desk(session, conversation, wording, windows, zone_of(hours), now)
    known = _open(session, conversation.id)
    desk.confirm(known) if known else desk.ask("ask_phone")


def hear(
    session: Session,
    conversation: Conversation,
    text: str,
    payload: str | None,
    wording: Wording,
    windows: Windows,
    settings: HandoffSettings,
    now: datetime,
) -> bool:
    """What a shopper writes, or presses, may be about a call; called after her message is stored. Returns whether it was.

    While she waits, the desk's question stands until she answers it. To bot and agents she says other things, numbers among
    them: there only the very next words are an answer.
    """
    if conversation.owner == "closed" or not settings.callbacks:
        return False
    if payload == CALL_ME:
        ask(session, conversation, wording, windows, settings, now)
        return True
    if payload != DO_NOT_CALL and (payload is not None or not _asked(session, conversation)):
        return False
    known = _open(session, conversation.id)
    hours = teams.hours_of(session, conversation, settings)
    desk = _Desk(session, conversation, wording, windows, zone_of(hours), now)
    if payload == DO_NOT_CALL:
        if known is not None:
            _end(session, conversation, known, "cancelled", None, now)
            desk.say("callback_cancelled")
        return True
    return _hear_answer(session, conversation, known, text, desk, hours, settings, now)


def _hear_answer(
    session: Session,
    conversation: Conversation,
    known: Callback | None,
    text: str,
    desk: "_Desk",
    hours: OpeningHours | None,
    settings: HandoffSettings,
    now: datetime,
) -> bool:
    """What she writes after the desk has asked for her number, or confirmed it."""
    number = next(find_numbers(text, settings.phone_regions), None)
    said = wish_in(text, number) if number is not None else text.strip()
    when = due(said, hours, now)
    if number is not None:
        callback = _take_down(session, conversation, known, number, said, when, now)
        desk.confirm(callback, moved=when is not None and when.moved)
    elif known is not None and when is not None and len(said) <= _LONGEST_TIME:
        _change_time(session, conversation, known, said, when, now)
        desk.confirm(known, moved=when.moved)
    elif sum(sign.isdigit() for sign in text) >= _FEWEST_DIGITS and (
        conversation.owner == "queue" or _NUMBER_ONLY.fullmatch(text.strip())
    ):
        desk.ask("phone_unclear")
    else:
        return False
    return True


def _asked(session: Session, conversation: Conversation) -> bool:
    """Whether the desk's last words were the question for the number, and nobody else has said anything since to a shopper who
    does not wait."""
    others = Message.author == "desk" if conversation.owner == "queue" else Message.author != "shopper"
    latest = select(Message.content).where(Message.conversation_id == conversation.id, Message.note.is_(False), others)
    content = session.scalar(latest.order_by(Message.seq.desc()).limit(1))
    return (content or {}).get("asks") == ASKED_FOR


class _Desk:
    """Says things about calls in one conversation."""

    def __init__(
        self,
        session: Session,
        conversation: Conversation,
        wording: Wording,
        windows: Windows,
        zone: ZoneInfo,
        now: datetime,
    ) -> None:
        self._session, self._conversation, self._wording, self._windows = session, conversation, wording, windows
        self._zone, self._now = zone, now

    def ask(self, key: str) -> None:
        self.say(key, asks=ASKED_FOR)

    def confirm(self, callback: Callback, *, moved: bool = False) -> None:
        button = NoticeButton(self._word("do_not_call"), DO_NOT_CALL)
        values = {"phone": shown(callback.phone)}
        key = "callback_noted"
        if callback.due_at is not None:
            language = self._conversation.language
            values["when"] = say_when(self._wording, language, callback.due_at, self._now, self._zone)
            key = "callback_moved" if moved else "callback_noted_at"
        # Another number or time may still follow, and is then the one that counts.
        self.say(key, buttons=[button], asks=ASKED_FOR, **values)

    def say(self, key: str, *, buttons: Sequence[NoticeButton] = (), asks: str = "", **values: str) -> None:
        tell(
            self._session,
            self._conversation,
            self._word(key, **values),
            self._windows,
            self._now,
            buttons=buttons,
            asks=asks,
        )

    def _word(self, key: str, **values: str) -> str:
        return self._wording.say(self._conversation.language, f"shopper.{key}", **values)


def settle(session: Session, callback_id: int, state: CallbackState, agent_id: str, now: datetime) -> None:
    """An agent has called, or will not: "done" or "cancelled". Raises UnknownCallback."""
    conversation, callback = _hold(session, callback_id)
    _end(session, conversation, callback, state, session.get_one(Agent, agent_id), now)


def called(
    session: Session,
    callback_id: int,
    outcome: Literal["reached", "not_reached", "cancelled"],
    agent: Agent,
    note: str,
    tries: int,
    now: datetime,
) -> None:
    """What became of a call; `tries` is how many reached nobody before, as the agent saw it. The note is for the team.

    Raises:
        UnknownCallback: it is settled.
        CalledMeanwhile: somebody has tried since.
    """
    conversation, callback = _hold(session, callback_id)
    if tries_of(session, callback.id, conversation.id) != tries:
        raise CalledMeanwhile(callback_id)
    if note.strip():
        content = {"type": "text", "text": note.strip()}
        conversations.add_message(session, conversation, "agent", content, now, agent=agent, note=True)
    if outcome == "not_reached":
        row = Audit(at=now, actor=f"agent:{agent.id}", act=NOT_REACHED, conversation_id=conversation.id)
        row.agent_id, row.details = agent.id, {"callback": callback.id}
        session.add(row)
        tell_agents(session, conversation, callback, now, tries + 1)
    else:
        _end(session, conversation, callback, "done" if outcome == "reached" else "cancelled", agent, now)


def tries_of(session: Session, callback_id: int, conversation_id: str) -> int:
    """How many calls reached nobody, as the audit has them."""
    rows = select(Audit.details).filter_by(conversation_id=conversation_id, act=NOT_REACHED)
    return sum(details.get("callback") == callback_id for details in session.scalars(rows))


def _hold(session: Session, callback_id: int) -> tuple[Conversation, Callback]:
    conversation_id = session.scalar(select(Callback.conversation_id).where(Callback.id == callback_id))
    if conversation_id is None:
        raise UnknownCallback(callback_id)
    conversation = conversations.lock(session, conversation_id)
    callback = _open(session, conversation_id)
    if callback is None or callback.id != callback_id:
        raise UnknownCallback(callback_id)
    return conversation, callback


def waiting(session: Session, limit: int = 500) -> list[Callback]:
    """All who wait for a call, the next due first; who named no time is due since she asked."""
    first = func.coalesce(Callback.due_at, Callback.asked_at)
    return list(
        session.scalars(select(Callback).where(Callback.state == "open").order_by(first, Callback.id).limit(limit))
    )


def of_conversation(session: Session, conversation_id: str) -> Callback | None:
    """The call that a conversation waits for."""
    return _open(session, conversation_id)


def _open(session: Session, conversation_id: str) -> Callback | None:
    return session.scalar(select(Callback).where(Callback.conversation_id == conversation_id, Callback.state == "open"))


def _take_down(
    session: Session,
    conversation: Conversation,
    known: Callback | None,
    match: phonenumbers.PhoneNumberMatch,
    wish: str,
    when: Due | None,
    now: datetime,
) -> Callback:
    """One for a conversation: another number replaces the first, and another time the first one."""
    callback = known or Callback(conversation_id=conversation.id, state="open", asked_at=now)
    callback.phone = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
    callback.wish = wish or callback.wish or ""
    if when is not None:
        _set_time(session, conversation, callback, when)
    session.add(callback)
    session.flush()
    tell_agents(session, conversation, callback, now)
    _record(session, conversation, callback, "ask callback", "shopper", now)
    return callback


def _change_time(
    session: Session, conversation: Conversation, callback: Callback, said: str, when: Due, now: datetime
) -> None:
    callback.wish = said[:LONGEST_WISH]
    _set_time(session, conversation, callback, when)
    session.flush()
    tell_agents(session, conversation, callback, now)
    _record(session, conversation, callback, "ask callback", "shopper", now)


def _end(
    session: Session,
    conversation: Conversation,
    callback: Callback,
    state: CallbackState,
    agent: Agent | None,
    now: datetime,
) -> None:
    callback.state, callback.ended_at, callback.agent_id = state, now, agent.id if agent else None
    _no_longer_late(session, conversation, callback)
    session.flush()
    tell_agents(session, conversation, callback, now)
    _record(session, conversation, callback, f"callback {state}", f"agent:{agent.id}" if agent else "shopper", now)


def _set_time(session: Session, conversation: Conversation, callback: Callback, when: Due) -> None:
    _no_longer_late(session, conversation, callback)
    callback.due_at, callback.reminded_at, callback.overdue_at = when.at, None, None


def _no_longer_late(session: Session, conversation: Conversation, callback: Callback) -> None:
    """A late call had put its conversation before all others: it is as urgent again as before, unless agents have decided."""
    if callback.overdue_at is None or conversation.priority != HIGHEST_PRIORITY:
        return
    kept = select(Audit.details).where(Audit.conversation_id == conversation.id, Audit.act == OVERDUE)
    details = session.scalar(kept.order_by(Audit.id.desc()).limit(1))
    conversation.priority = int((details or {}).get("priority", 0))


def tell_agents(
    session: Session,
    conversation: Conversation,
    callback: Callback,
    now: datetime,
    tries: int = 0,
    *,
    reminder: bool = False,
    overdue: bool = False,
) -> None:
    """An event for screens; `tries` reached nobody."""
    changed = events.CallbackChanged(
        id=callback.id, state=callback.state, phone=callback.phone, wish=callback.wish, tries=tries,
        due_at=callback.due_at, reminder=reminder, overdue=overdue,
    )  # fmt: skip
    events.append(session, conversation, changed, now, public=False)


def _record(
    session: Session, conversation: Conversation, callback: Callback, act: str, actor: str, now: datetime
) -> None:
    # Not the number: the audit outlives a shopper's data.
    audit = Audit(at=now, actor=actor, act=act, conversation_id=conversation.id, details={"callback": callback.id})
    audit.agent_id = callback.agent_id
    session.add(audit)
