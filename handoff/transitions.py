"""The legal moves of a conversation between its owners: one table, and a pure function that applies it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from handoff.model import Owner
from handoff.reasons import Reason

Move = Literal[
    "escalate",
    "claim",
    "release",
    "transfer",
    "snooze",
    "wake",
    "give_to_bot",
    "resolve",
    "close",
    "reopen",
    "reopen_for_people",
]

# What each move leads from and to. A move that is not here does not exist.
TRANSITIONS: dict[Move, tuple[tuple[Owner, ...], Owner]] = {
    "escalate": (("bot",), "queue"),  # a person is needed
    "claim": (("queue", "bot"), "agent"),  # an agent takes it, from the queue or out of the bot's hands
    "release": (("agent",), "queue"),  # the agent cannot go on, or is gone; the place in the queue keeps its age
    "transfer": (("agent",), "agent"),  # to a colleague; to a team it is a release into that team's queue
    "snooze": (("agent",), "agent"),  # it rests with its agent until a time, or until the shopper writes
    "wake": (("agent",), "agent"),
    "give_to_bot": (("agent", "queue"), "bot"),  # the bot starts anew with it
    "resolve": (("agent", "queue"), "closed"),  # a person settled it
    "close": (("bot",), "closed"),  # the shopper is done, or has long been silent
    "reopen": (("closed",), "bot"),  # the shopper writes again
    "reopen_for_people": (("closed",), "queue"),  # likewise, where the setting says that people go on with it
}


class IllegalMove(Exception):
    """The conversation is not where this move leads from: somebody else was faster, or the button was stale."""

    def __init__(self, move: Move, owner: Owner) -> None:
        super().__init__(f"cannot {move.replace('_', ' ')} a conversation that is owned by '{owner}'")
        self.move, self.owner = move, owner


@dataclass(frozen=True)
class Ownership:
    """The part of a conversation that moves change. `queued_at` is since when it waits for a person, also while one has it;
    `waiting_since` is when the shopper last began to wait for a person's word."""

    owner: Owner
    epoch: int
    bot_session: int
    agent_id: str | None = None
    queued_at: datetime | None = None
    reason: Reason | None = None
    closed_at: datetime | None = None
    snoozed_until: datetime | None = None
    waiting_since: datetime | None = None


def apply(
    state: Ownership,
    move: Move,
    now: datetime,
    *,
    agent_id: str | None = None,
    reason: Reason | None = None,
    until: datetime | None = None,
) -> Ownership:
    """The ownership after `move`, with a new epoch.

    `agent_id` is needed by `claim` and `transfer`, `reason` by `escalate`, `until`, later than `now`, by `snooze`.

    Raises:
        IllegalMove: the table does not have this move from this owner.
        ValueError: what the move needs was not given.
    """
    origins, owner = TRANSITIONS[move]
    if state.owner not in origins:
        raise IllegalMove(move, state.owner)
    moved = replace(state, owner=owner, epoch=state.epoch + 1, agent_id=None, closed_at=None, snoozed_until=None)
    match move:
        case "escalate":
            return replace(moved, queued_at=now, reason=reason, waiting_since=now)
        case "claim" | "transfer":
            if agent_id is None or agent_id == state.agent_id:
                raise ValueError(f"{move} to whom?")
            # Whoever takes it out of the bot's hands owes the shopper a word.
            return replace(moved, agent_id=agent_id, waiting_since=now if state.owner == "bot" else state.waiting_since)
        case "snooze":
            if until is None or until <= now:
                raise ValueError("snooze until when? It must be later than now.")
            return replace(moved, agent_id=state.agent_id, snoozed_until=until)
        case "wake":
            if state.snoozed_until is None:
                raise IllegalMove(move, state.owner)
            return replace(moved, agent_id=state.agent_id)
        case "release":
            # The place in the queue keeps its age; a conversation taken straight from the bot has none yet.
            return replace(moved, queued_at=state.queued_at or now, reason=reason or "returned")
        case "give_to_bot" | "reopen":
            return replace(moved, bot_session=state.bot_session + 1, queued_at=None, reason=None, waiting_since=None)
        case "reopen_for_people":
            return replace(moved, queued_at=now, reason=reason or "reopened", waiting_since=now)
        case "resolve" | "close":
            return replace(moved, queued_at=None, closed_at=now, waiting_since=None)
