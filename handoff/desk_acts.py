"""What agents do beside writing: send cards, merge, check what they passed on, label, name, call. One transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from handoff import (
    callbacks,
    conversations,
    follow_ups,
    labels,
    merging,
    private_links,
    shoppers,
    suggestions,
    windows,
    writing,
)
from handoff.acts import Acts
from handoff.model import Agent
from handoff.suggestions import Suggested
from handoff.transitions import IllegalMove

Outcome = Literal["reached", "not_reached", "cancelled"]


@dataclass(frozen=True)
class DeskActs:
    """Bound to the desk's acts; safe to use from several threads."""

    acts: Acts

    def merge(self, conversation_id: str, agent_id: str, into: str, now: datetime) -> None:
        """Let a conversation go on in another one of the same shopper. Raises CannotMerge, NotTheirs, UnknownConversation."""
        with self.acts.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            merging.merge(session, conversation_id, into, agent, self.acts.wording, self.acts.windows, now)

    def send_card(
        self,
        conversation_id: str,
        agent_id: str,
        content: dict[str, Any],
        suggested: Sequence[Suggested],
        client_id: str,
        now: datetime,
    ) -> str:
        """Send an article as a card; returns the message's id. The same client id stores once.

        `content` is that of an article as the bot shows it; `suggested` says for what the desk had suggested it, if it had.

        Raises:
            NotYours, UnknownConversation, NotSuggested.
            WindowOver: the channel takes templates only.
        """
        with self.acts.database.write() as session:
            agent, conversation = self.acts.own(session, conversation_id, agent_id)
            if writing.sent_before(session, conversation, client_id) is None:
                windows.check(session, conversation, self.acts.windows, now)
                suggestions.went_out(session, conversation, agent_id, suggested, now)
            return writing.send(session, conversation, agent, content, client_id, now)

    def follow_up(self, follow_up_id: int, agent_id: str, solved: bool, now: datetime) -> None:
        """The agent has looked at what she passed on; what was not solved is opened again for people.

        Raises:
            UnknownFollowUp: it is not hers, or done.
            IllegalMove: it is open, or the shopper has another open conversation: there it goes on.
        """
        with self.acts.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            follow_up, conversation = follow_ups.take(session, follow_up_id, agent)
            follow_ups.finish(session, follow_up, conversation, agent, now, solved=solved)
            if solved:
                return
            latest = conversations.latest(session, conversation.identity_id)
            if latest is None or latest.id != conversation.id:
                raise IllegalMove("reopen_for_people", conversation.owner)
            by = f"agent:{agent.id}"
            conversations.move(session, conversation, "reopen_for_people", by, now, reason="not_solved")
            self.acts.notice(session, conversation, "not_solved", now, name=agent.name)
            self.acts.tell_place(session, conversation, now)

    def label(self, conversation_id: str, agent_id: str, label_id: str, on: bool, now: datetime) -> None:
        """Put a label on, or take it off. Raises UnknownLabel, UnknownConversation."""
        with self.acts.database.write() as session:
            labels.put(session, conversation_id, label_id, on, session.get_one(Agent, agent_id), now)

    def add_label(self, agent_id: str, name: str, colour: labels.Colour, now: datetime) -> str:
        """A new label; its id. Raises LabelError."""
        with self.acts.database.write() as session:
            return labels.add(session, name, colour, session.get_one(Agent, agent_id), now).id

    def close_label(self, agent_id: str, label_id: str, now: datetime) -> None:
        """Nobody puts it on any longer. Raises UnknownLabel."""
        with self.acts.database.write() as session:
            labels.close(session, label_id, session.get_one(Agent, agent_id), now)

    def rename(self, conversation_id: str, agent_id: str, name: str, now: datetime) -> None:
        """What the shopper is called. Raises BadName, UnknownConversation."""
        with self.acts.database.write() as session:
            shoppers.rename(session, conversation_id, name, session.get_one(Agent, agent_id), now)

    def private_link(
        self, conversation_id: str | None, agent_id: str, note: str, now: datetime
    ) -> tuple[str, datetime]:
        """A link into a private chat: its token, shown this once, and until when it works. Raises UnknownConversation."""
        with self.acts.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            return private_links.make(session, agent, conversation_id, note.strip(), now)

    def called(self, callback_id: int, agent_id: str, outcome: Outcome, note: str, tries: int, now: datetime) -> None:
        """A shopper was called, or will not be; the note is kept with it. Raises UnknownCallback, CalledMeanwhile."""
        with self.acts.database.write() as session:
            agent = session.get_one(Agent, agent_id)
            callbacks.called(session, callback_id, outcome, agent, note, tries, now)
