"""What is done to a conversation: each act is one transaction that moves it, says so to the shopper, and records who did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from handoff import (
    callbacks,
    conversations,
    follow_ups,
    handing_on,
    left_messages,
    merging,
    offers,
    queue,
    ratings,
    routing,
    suggestions,
    teams,
    windows,
    writing,
)
from handoff.database import Database
from handoff.hours import OpeningHours
from handoff.left_messages import Leaving
from handoff.model import Agent, Contact, Conversation, Identity, Message, Resolution
from handoff.notices import tell
from handoff.reasons import Reason
from handoff.settings import HandoffSettings
from handoff.suggestions import Suggested
from handoff.when import say_when
from handoff.windows import Chosen, Windows, no_windows
from handoff.wording import Wording

LONGEST_REST = timedelta(days=366)


class NotYours(Exception):
    """The conversation is with somebody else, or with nobody: only its agent may do this."""


class BadTime(Exception):
    """Nothing can rest until a time that is past or out of sight."""


@dataclass(frozen=True)
class Acts:
    """Bound to one database; safe to use from several threads."""

    database: Database
    settings: HandoffSettings
    wording: Wording
    shop: str
    windows: Windows = no_windows

    def claim(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Take a waiting conversation, or one out of the bot's hands; the shopper is told who is there.

        Raises:
            IllegalMove: somebody else was faster. UnknownConversation.
            NoRoom: the agent has as many as she can serve at once.
        """
        with self.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            conversation = queue.claim(session, conversation_id, agent, now)
            self.notice(session, conversation, "agent_joined", now, name=agent.name)

    def take_next(self, agent_id: str, now: datetime) -> str | None:
        """Take the first in line that the agent may serve; its id, or None when there is none. Raises NoRoom."""
        with self.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            conversation = queue.take_next(session, agent, now)
            if conversation is not None:
                self.notice(session, conversation, "agent_joined", now, name=agent.name)
            return conversation.id if conversation is not None else None

    def accept(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Take what is offered to the agent. Raises NoOffer when it no longer is, UnknownConversation, NoRoom."""
        with self.database.write() as session:
            offers.answerable(session, conversation_id, agent_id, now)
            agent = session.get_one(Agent, agent_id)
            conversation = queue.claim(session, conversation_id, agent, now)
            self.notice(session, conversation, "agent_joined", now, name=agent.name)

    def decline(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Let what is offered go on to the next. Raises NoOffer, UnknownConversation."""
        with self.database.write() as session:
            offers.decline(session, conversation_id, agent_id, now)

    def set_priority(self, conversation_id: str, agent_id: str, priority: int, now: datetime) -> None:
        """Serve a conversation before all with a lower priority; any agent may. Raises ValueError, UnknownConversation."""
        with self.database.write() as session:
            queue.set_priority(session, conversation_id, session.get_one(Agent, agent_id), priority, now)

    def reply(
        self,
        conversation_id: str,
        agent_id: str,
        text: str,
        client_id: str | None,
        now: datetime,
        files: Sequence[str] = (),
        suggested: Sequence[Suggested] = (),
    ) -> str:
        """Say something to the shopper; returns the message's id. The same client id stores once.

        `suggested` are the articles in it that the desk had suggested: that they went out is noted with the message.

        Raises:
            NotYours, Unsendable, RefusedFile, UnknownConversation, NotSuggested.
            WindowOver: the channel takes no free text any more.
        """
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            if writing.sent_before(session, conversation, client_id) is None:
                windows.check(session, conversation, self.windows, now)
                suggestions.went_out(session, conversation, agent_id, suggested, now)
            return writing.reply(session, conversation, agent, text, client_id, now, files)

    def send_template(
        self, conversation_id: str, agent_id: str, chosen: Chosen, client_id: str | None, now: datetime
    ) -> str:
        """Send what the provider has approved, whenever the shopper wrote; returns the message's id.

        Raises:
            NotYours, UnknownConversation, UnknownTemplate.
        """
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            identity = session.get_one(Identity, conversation.identity_id)
            content = windows.content(self.windows, identity.channel, chosen)
            return writing.send(session, conversation, agent, content, client_id, now)

    def note(
        self,
        conversation_id: str,
        agent_id: str,
        text: str,
        client_id: str | None,
        now: datetime,
        files: Sequence[str] = (),
    ) -> str:
        """Leave a note that only agents see; any agent may. Raises Unsendable, RefusedFile, UnknownConversation."""
        with self.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            conversation = conversations.lock(session, conversation_id)
            return writing.note(session, conversation, agent, text, client_id, now, files)

    def release(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Give a conversation back to the queue; it keeps its age. Raises NotYours, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            conversations.move(session, conversation, "release", f"agent:{agent.id}", now, reason="returned")
            self.notice(session, conversation, "agent_left", now, name=agent.name)

    def transfer(self, conversation_id: str, agent_id: str, to_agent_id: str, now: datetime, note: str = "") -> None:
        """Pass a conversation to a colleague, who has room for it; the shopper is told who is there now.

        Raises:
            NotYours, UnknownConversation, UnknownColleague, NoRoom, Unsendable: the note is too long.
        """
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            words = writing.sendable(note) if note.strip() else ""
            colleague = handing_on.to_colleague(session, conversation, agent, to_agent_id, words, self.settings, now)
            self.notice(session, conversation, "agent_changed", now, name=agent.name, colleague=colleague.name)

    def transfer_to_team(
        self, conversation_id: str, agent_id: str, team_id: str | None, now: datetime, note: str = ""
    ) -> None:
        """Pass a conversation to a team's queue, or with None to everybody's; it keeps its age.

        Raises:
            NotYours, UnknownConversation, UnknownColleague, Unsendable: the note is too long.
        """
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            words = writing.sendable(note) if note.strip() else ""
            handing_on.to_team(session, conversation, agent, team_id, words, self.settings, now)
            self.notice(session, conversation, "agent_left", now, name=agent.name)

    def snooze(self, conversation_id: str, agent_id: str, until: datetime, now: datetime) -> None:
        """Let a conversation rest until then, or until the shopper writes; it stays with its agent.

        Raises:
            NotYours, UnknownConversation.
            BadTime: `until` is not later than `now`, or further away than a year.
        """
        if not now < until <= now + LONGEST_REST:
            raise BadTime("Choose a time that is still to come, and at most a year away.")
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            conversations.move(session, conversation, "snooze", f"agent:{agent.id}", now, agent=agent, until=until)

    def wake(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Take up a resting conversation before its time. Raises NotYours, IllegalMove, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            conversations.move(session, conversation, "wake", f"agent:{agent.id}", now, agent=agent)

    def may_reopen(self, session: Session, closed: Conversation, now: datetime) -> bool:
        """Whether the next message goes on with what was closed: lately, or merged into what people still have."""
        lately = closed.closed_at is None or now - closed.closed_at <= self.settings.reopen_within
        return lately or merging.goes_on_in(session, closed) is not None

    def hear(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """The shopper writes: what rested is taken up again, and what was closed is opened for the bot or for people.

        In the caller's transaction, which stores the message next.
        """
        if conversation.snoozed_until is not None:
            agent = session.get_one(Agent, conversation.agent_id)
            conversations.move(session, conversation, "wake", "shopper", now, agent=agent)
        elif conversation.owner == "closed":
            other = merging.goes_on_in(session, conversation)
            if other is not None:
                merging.reopen_beside(session, conversation, other, self.settings, now)
                return
            people = self.settings.reopen_to == "people" and conversation.reason is not None
            conversations.move(session, conversation, "reopen_for_people" if people else "reopen", "shopper", now)

    def welcome_back(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """Tell a shopper whose conversation was just opened for people how she stands, or who is there."""
        if conversation.agent_id is not None:
            name = session.get_one(Agent, conversation.agent_id).name
            self.notice(session, conversation, "agent_joined", now, name=name)
        else:
            self.tell_place(session, conversation, now)

    def give_to_bot(self, conversation_id: str, agent_id: str, now: datetime) -> None:
        """Hand back to the bot, which begins anew. Raises NotYours, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            conversations.move(session, conversation, "give_to_bot", f"agent:{agent.id}", now, agent=agent)
            self.notice(session, conversation, "back_to_bot", now)

    def resolve(self, conversation_id: str, agent_id: str, now: datetime, resolution: Resolution = "solved") -> None:
        """Close a conversation that is settled. Who passed it on looks whether it was. Raises NotYours, UnknownConversation."""
        with self.database.write() as session:
            agent, conversation = self.own(session, conversation_id, agent_id)
            if resolution == "solved" and self.settings.ratings and self._reaches(session, conversation, now):
                ratings.ask(session, conversation, agent, self.wording, self.windows, now)
            elif resolution != "spam":  # whoever sends that is not written to
                self.notice(session, conversation, "resolved", now, name=agent.name)
            follow_ups.settled(session, conversation, agent, now)
            left_messages.end(session, conversation, now, actor=f"agent:{agent.id}")
            by = f"agent:{agent.id}"
            conversations.move(session, conversation, "resolve", by, now, agent=agent, resolution=resolution)

    def escalate(
        self, session: Session, conversation: Conversation, reason: Reason, packet: dict[str, Any], now: datetime
    ) -> None:
        """Move a conversation from the bot to the queue, in the caller's transaction, and tell the shopper what happens next.

        Raises:
            IllegalMove: the bot no longer has it.
        """
        if reason == "engine_unavailable":
            self.notice(session, conversation, "engine_unavailable", now)
        self._to_queue(session, conversation, reason, packet, "bot", now)
        self.tell_place(session, conversation, now)

    def _to_queue(
        self,
        session: Session,
        conversation: Conversation,
        reason: Reason,
        packet: dict[str, Any],
        actor: str,
        now: datetime,
    ) -> None:
        conversation.packet = packet
        routing.apply_routes(session, conversation, reason, self.settings.routes)
        session.flush()
        conversations.move(session, conversation, "escalate", actor, now, reason=reason)

    def take_message(
        self, session: Session, conversation: Conversation, message: Message, leaving: Leaving, now: datetime
    ) -> None:
        """The shopper, whose message is stored, does not wait for the answer: people get it, wherever it was."""
        if conversation.owner == "bot":
            self._to_queue(session, conversation, "left", _packet(str(message.content["text"])), "shopper", now)
        left_messages.keep(session, conversation, message, leaving, self.wording, self.windows, now)

    def ask_for_number(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """The shopper wants to be called, whoever has the conversation: ask where, or say what is noted already."""
        callbacks.ask(session, conversation, self.wording, self.windows, self.settings, now)

    def tell_place(self, session: Session, conversation: Conversation, now: datetime) -> None:
        """Tell the shopper of a waiting conversation how she stands."""
        hours = teams.hours_of(session, conversation, self.settings)
        if hours is not None and not hours.is_open(now):
            self._tell_hours(session, conversation, hours, now)
            return
        place = queue.place(session, conversation, now, self.settings.online_within)
        say, language = self.wording.say, conversation.language
        key = "queued" if place.people_online else "queued_nobody"
        text = say(language, f"shopper.{key}", position=place.position)
        if place.wait is not None:
            text += " " + say(language, f"shopper.wait_{place.wait.kind}", low=place.wait.low, high=place.wait.high)
        buttons = () if place.people_online else callbacks.call_button(self.wording, language, self.settings)
        tell(session, conversation, text, self.windows, now, buttons=buttons)

    def _tell_hours(self, session: Session, conversation: Conversation, hours: OpeningHours, now: datetime) -> None:
        """Nobody is to be expected now: when people are back, and what can be done until then."""
        language, opening = conversation.language, hours.next_opening(now)
        if opening is None:
            text = self.wording.say(language, "shopper.closed_for_now")
        else:
            when = say_when(self.wording, language, opening, now, hours.zone)
            text = self.wording.say(language, "shopper.out_of_hours", when=when)
        buttons = callbacks.call_button(self.wording, language, self.settings)
        tell(session, conversation, text, self.windows, now, buttons=buttons)

    def heard_waiting(
        self, session: Session, conversation: Conversation, text: str, payload: str | None, now: datetime
    ) -> bool:
        """What a shopper wrote or pressed, after it was stored, may be an answer to what the desk asked: about a call, or where
        she is answered. Returns whether it was, so that it is nothing for the bot. With a number it goes to people."""
        if payload == left_messages.ONLY_HERE:
            left_messages.only_here(session, conversation, self.wording, self.windows, now)
            return True
        with_bot = conversation.owner == "bot"
        heard = callbacks.hear(session, conversation, text, payload, self.wording, self.windows, self.settings, now)
        if with_bot and callbacks.of_conversation(session, conversation.id) is not None and heard:
            self._to_queue(session, conversation, "call", _packet(text), "shopper", now)
        return heard

    def notice(self, session: Session, conversation: Conversation, key: str, now: datetime, **values: Any) -> None:
        """Tell the shopper something in the desk's own name, in her language."""
        text = self.wording.say(conversation.language, f"shopper.{key}", **values)
        tell(session, conversation, text, self.windows, now)

    def _reaches(self, session: Session, conversation: Conversation, now: datetime) -> bool:
        """Whether the shopper's channel still lets the desk's words through."""
        return windows.is_open(self.windows, session.get_one(Identity, conversation.identity_id), now)

    def own(self, session: Session, conversation_id: str, agent_id: str) -> tuple[Agent, Conversation]:
        conversation = conversations.lock(session, conversation_id)
        if conversation.owner != "agent" or conversation.agent_id != agent_id:
            raise NotYours(conversation.owner)
        return session.get_one(Agent, agent_id), conversation


def _packet(question: str) -> dict[str, Any]:
    """What agents know when the shopper herself turned to them."""
    return {"question": question, "articles_tried": [], "collected": {}, "candidates": []}


def shopper_name(session: Session, conversation: Conversation) -> str:
    """What the shopper is called; empty when nobody said."""
    identity = session.get(Identity, conversation.identity_id)
    contact = session.get(Contact, identity.contact_id) if identity else None
    return contact.name if contact else ""
