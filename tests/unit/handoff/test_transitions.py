"""The table of legal moves, written down a second time here: a change of either has to be meant."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from handoff.model import Owner
from handoff.transitions import TRANSITIONS, IllegalMove, Move, Ownership, apply

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=20)

LEGAL: dict[tuple[Move, Owner], Owner] = {
    ("escalate", "bot"): "queue",
    ("claim", "queue"): "agent",
    ("claim", "bot"): "agent",
    ("release", "agent"): "queue",
    ("transfer", "agent"): "agent",
    ("snooze", "agent"): "agent",
    ("wake", "agent"): "agent",
    ("give_to_bot", "agent"): "bot",
    ("give_to_bot", "queue"): "bot",
    ("resolve", "agent"): "closed",
    ("resolve", "queue"): "closed",
    ("merge", "agent"): "closed",
    ("merge", "queue"): "closed",
    ("merge", "bot"): "closed",
    ("close", "bot"): "closed",
    ("reopen", "closed"): "bot",
    ("reopen_for_people", "closed"): "queue",
}
KEEPS_ITS_AGENT: tuple[Move, ...] = ("snooze", "wake")
MOVES: tuple[Move, ...] = get_args(Move)
OWNERS: tuple[Owner, ...] = get_args(Owner)
ILLEGAL = [(move, owner) for move in MOVES for owner in OWNERS if (move, owner) not in LEGAL]


def state(owner: Owner, *, resting: bool = False) -> Ownership:
    """As a conversation with this owner looks after twenty minutes."""
    return Ownership(
        owner=owner,
        epoch=7,
        bot_session=2,
        agent_id="ada" if owner == "agent" else None,
        queued_at=EARLIER if owner in ("queue", "agent") else None,
        reason="anger" if owner != "bot" else None,
        closed_at=EARLIER if owner == "closed" else None,
        snoozed_until=NOW + timedelta(hours=1) if resting else None,
    )


def moved(move: Move, owner: Owner) -> Ownership:
    until = NOW + timedelta(days=1) if move == "snooze" else None
    before = state(owner, resting=move == "wake" and owner == "agent")
    return apply(before, move, NOW, agent_id="ben", reason="asked" if move == "escalate" else None, until=until)


@pytest.mark.parametrize(("move", "owner"), LEGAL)
def test_a_legal_move_leads_to_the_owner_of_the_table_with_a_new_epoch(move: Move, owner: Owner) -> None:
    after = moved(move, owner)
    assert after.owner == LEGAL[move, owner]
    assert after.epoch == 8


@pytest.mark.parametrize(("move", "owner"), ILLEGAL)
def test_every_other_move_is_refused_by_name(move: Move, owner: Owner) -> None:
    with pytest.raises(IllegalMove) as refused:
        moved(move, owner)
    assert (refused.value.move, refused.value.owner) == (move, owner)
    assert move.replace("_", " ") in str(refused.value)
    assert f"'{owner}'" in str(refused.value)


def test_every_move_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(MOVES)


@pytest.mark.parametrize(("move", "owner"), LEGAL)
def test_only_an_agents_conversation_has_an_agent(move: Move, owner: Owner) -> None:
    kept = "ada" if move in KEEPS_ITS_AGENT else "ben"
    assert moved(move, owner).agent_id == (kept if LEGAL[move, owner] == "agent" else None)


@pytest.mark.parametrize(("move", "owner"), LEGAL)
def test_only_a_closed_conversation_has_a_closing_time(move: Move, owner: Owner) -> None:
    assert moved(move, owner).closed_at == (NOW if LEGAL[move, owner] == "closed" else None)


def test_an_escalation_begins_to_wait_now_and_says_why() -> None:
    waiting = moved("escalate", "bot")
    assert (waiting.queued_at, waiting.reason) == (NOW, "asked")


def test_a_claim_remembers_since_when_it_waited_and_why() -> None:
    held = moved("claim", "queue")
    assert (held.queued_at, held.reason) == (EARLIER, "anger")


@pytest.mark.parametrize(("move", "owner"), LEGAL)
def test_only_a_snooze_lets_a_conversation_rest(move: Move, owner: Owner) -> None:
    until = NOW + timedelta(days=1) if move == "snooze" else None
    assert moved(move, owner).snoozed_until == until


@pytest.mark.parametrize("move", ["transfer", "release", "give_to_bot", "resolve"])
def test_whatever_is_done_with_a_resting_conversation_ends_its_rest(move: Move) -> None:
    assert apply(state("agent", resting=True), move, NOW, agent_id="ben").snoozed_until is None


def test_what_does_not_rest_cannot_be_woken() -> None:
    with pytest.raises(IllegalMove):
        apply(state("agent"), "wake", NOW)


@pytest.mark.parametrize("until", [None, NOW, EARLIER])
def test_a_rest_that_ends_before_it_begins_is_refused(until: datetime | None) -> None:
    with pytest.raises(ValueError, match="later than now"):
        apply(state("agent"), "snooze", NOW, until=until)


@pytest.mark.parametrize(("move", "owner"), [("claim", "queue"), ("transfer", "agent")])
def test_a_conversation_goes_to_somebody(move: Move, owner: Owner) -> None:
    with pytest.raises(ValueError, match="to whom"):
        apply(state(owner), move, NOW)


def test_a_transfer_to_the_agent_who_has_it_is_none() -> None:
    with pytest.raises(ValueError, match="to whom"):
        apply(state("agent"), "transfer", NOW, agent_id="ada")


def test_what_is_reopened_for_people_begins_to_wait_now() -> None:
    waiting = moved("reopen_for_people", "closed")
    assert (waiting.queued_at, waiting.reason, waiting.bot_session) == (NOW, "reopened", 2)


def test_a_release_keeps_the_age_in_the_queue() -> None:
    waiting = moved("release", "agent")
    assert (waiting.queued_at, waiting.reason) == (EARLIER, "returned")


def test_a_release_of_what_was_taken_from_the_bot_begins_to_wait_now() -> None:
    taken_over = moved("claim", "bot")
    assert taken_over.queued_at is None
    assert apply(taken_over, "release", NOW).queued_at == NOW


@pytest.mark.parametrize(("move", "owner"), [("give_to_bot", "agent"), ("give_to_bot", "queue"), ("reopen", "closed")])
def test_the_bot_begins_anew_with_what_it_gets_back(move: Move, owner: Owner) -> None:
    after = moved(move, owner)
    assert after.bot_session == 3
    assert (after.queued_at, after.reason) == (None, None)


@pytest.mark.parametrize(("move", "owner"), [("resolve", "agent"), ("resolve", "queue")])
def test_a_settled_conversation_waits_no_longer_and_keeps_its_reason(move: Move, owner: Owner) -> None:
    after = moved(move, owner)
    assert (after.queued_at, after.reason) == (None, "anger")


@pytest.mark.parametrize(("move", "owner"), [pair for pair in LEGAL if pair[0] not in ("give_to_bot", "reopen")])
def test_no_other_move_changes_the_bots_session(move: Move, owner: Owner) -> None:
    assert moved(move, owner).bot_session == 2
