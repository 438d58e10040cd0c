"""Merging: a shopper who wrote in two places is served in one, and no word of hers is lost on the way."""

from datetime import timedelta

import pytest

from handoff import conversations, labels
from handoff.conversations import UnknownConversation, new_id
from handoff.desk_acts import DeskActs
from handoff.merging import CannotMerge, NotTheirs
from handoff.model import Agent, Assignment, Audit, Conversation, Identity, Owner, Resolution
from handoff.transitions import IllegalMove
from tests.racing import failures, together
from tests.unit.handoff.workbench import Bench, all_of


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


@pytest.fixture
def ben(bench: Bench) -> str:
    return bench.agent("Ben")


@pytest.fixture
def desk(bench: Bench) -> DeskActs:
    return DeskActs(bench.acts)


def pair(bench: Bench, first: Owner, second: Owner, *, agent: str | None = None) -> tuple[str, str]:
    """Two conversations of one shopper, on Telegram and in a browser."""
    source = bench.conversation(first, agent=agent)
    bench.later(minutes=5)
    target = bench.conversation(second, agent=agent, channel="web")
    with bench.database.write() as session:
        here, there = (session.get_one(Conversation, one).identity_id for one in (source, target))
        session.get_one(Identity, there).contact_id = session.get_one(Identity, here).contact_id
    return source, target


def writes(bench: Bench, conversation_id: str) -> Conversation:
    """The shopper writes there again: what the gateway does about the conversation."""
    with bench.database.write() as session:
        conversation = conversations.lock(session, conversation_id)
        assert bench.acts.may_reopen(session, conversation, bench.now)
        bench.acts.hear(session, conversation, bench.now)
        bench.acts.welcome_back(session, conversation, bench.now)
    return bench.row(conversation_id)


def at_the_desk(bench: Bench, agent_id: str, **given: object) -> None:
    with bench.database.write() as session:
        row = session.get_one(Agent, agent_id)
        row.seen_at = bench.now
        for name, value in given.items():
            setattr(row, name, value)


def kinds(bench: Bench, conversation_id: str) -> list[tuple[str, str]]:
    return [
        (e.data["direction"], e.data["conversation_id"]) for e in bench.events(conversation_id) if e.kind == "merged"
    ]


def test_the_source_closes_and_both_point_to_each_other(bench: Bench, desk: DeskActs, ada: str) -> None:
    source, target = pair(bench, "queue", "queue")
    desk.merge(source, ada, target, bench.later(minutes=1))
    closed = bench.row(source)
    assert (closed.owner, closed.resolution, closed.merged_into) == ("closed", "merged", target)
    assert (kinds(bench, source), kinds(bench, target)) == ([("into", target)], [("from", source)])
    assert "website" in bench.texts(source, "desk")[-1], "the shopper is told where it goes on"
    assert not any(event.public for event in bench.events(target) if event.kind == "merged")
    with bench.database.read() as session:
        assert [row.act for row in all_of(session, Audit)][-1] == "merge"


def test_the_target_keeps_the_longer_wait_the_higher_priority_and_the_labels(
    bench: Bench, desk: DeskActs, ada: str
) -> None:
    source, target = pair(bench, "queue", "queue")
    bench.acts.set_priority(source, ada, 5, bench.now)
    with bench.database.write() as session:
        made = labels.add(session, "Refund", "amber", session.get_one(Agent, ada), bench.now)
        labels.put(session, source, made.id, True, session.get_one(Agent, ada), bench.now)
    waits_since = bench.row(source).queued_at
    desk.merge(source, ada, target, bench.later(minutes=1))
    merged = bench.row(target)
    assert (merged.queued_at, merged.priority) == (waits_since, 5)
    with bench.database.read() as session:
        assert [label.name for label in labels.of(session, target)] == ["Refund"]


def test_what_rests_is_taken_up_for_a_shopper_who_waits_elsewhere(bench: Bench, desk: DeskActs, ada: str) -> None:
    source, target = pair(bench, "queue", "agent", agent=ada)
    bench.acts.snooze(target, ada, bench.now + timedelta(hours=2), bench.now)
    desk.merge(source, ada, target, bench.later(minutes=1))
    assert (bench.row(target).snoozed_until, bench.row(target).agent_id) == (None, ada)


def test_what_the_bot_owed_where_it_was_merged_is_dropped(bench: Bench, desk: DeskActs, ada: str) -> None:
    source, target = pair(bench, "bot", "queue")
    epoch = bench.row(source).epoch
    bench.asks(source, "and where is it?")
    desk.merge(source, ada, target, bench.now)
    assert bench.row(source).epoch == epoch + 1, "a reply of the bot's for the old epoch is not said"


@pytest.mark.parametrize("target_owner", ["bot", "closed"])
def test_nobody_is_merged_into_what_no_person_has(bench: Bench, desk: DeskActs, ada: str, target_owner: Owner) -> None:
    source, target = pair(bench, "queue", target_owner)
    with pytest.raises(CannotMerge):
        desk.merge(source, ada, target, bench.now)
    assert bench.row(source).owner == "queue"


def test_two_shoppers_are_never_merged_nor_one_conversation_with_itself(bench: Bench, desk: DeskActs, ada: str) -> None:
    one, other = bench.conversation("queue"), bench.conversation("queue")
    for target in (other, one):
        with pytest.raises(CannotMerge):
            desk.merge(one, ada, target, bench.now)
    with pytest.raises(UnknownConversation):
        desk.merge(one, ada, new_id(), bench.now)
    assert (bench.row(one).owner, bench.row(other).owner) == ("queue", "queue")


def test_a_colleague_s_conversation_is_hers_to_end(bench: Bench, desk: DeskActs, ada: str, ben: str) -> None:
    source, target = pair(bench, "agent", "queue", agent=ben)
    with pytest.raises(NotTheirs):
        desk.merge(source, ada, target, bench.now)


def test_a_second_click_changes_nothing(bench: Bench, desk: DeskActs, ada: str) -> None:
    source, target = pair(bench, "queue", "queue")
    desk.merge(source, ada, target, bench.now)
    before = bench.row(source).last_seq, bench.row(target).last_seq
    with pytest.raises(CannotMerge):
        desk.merge(source, ada, target, bench.now)
    assert (bench.row(source).last_seq, bench.row(target).last_seq) == before


# ---- the shopper writes where it was closed ------------------------------------------------------------------------


def test_who_serves_the_other_one_gets_it_at_once(bench: Bench, desk: DeskActs, ada: str) -> None:
    source, target = pair(bench, "queue", "agent", agent=ada)
    desk.merge(source, ada, target, bench.now)
    bench.later(days=30)  # long after anything else would begin anew with the bot
    at_the_desk(bench, ada)
    again = writes(bench, source)
    assert (again.owner, again.agent_id, again.resolution, again.merged_into) == ("agent", ada, None, target)
    assert bench.texts(source, "desk")[-1] == bench.acts.wording.say("en", "shopper.agent_joined", name="Ada")
    with bench.database.read() as session:
        assert [row.agent_id for row in all_of(session, Assignment) if row.conversation_id == source] == [ada]


@pytest.mark.parametrize("given", [{"capacity": 1}, {"available": False}, {"seen_at": None}])
def test_it_waits_in_the_queue_when_she_cannot(
    bench: Bench, desk: DeskActs, ada: str, given: dict[str, object]
) -> None:
    source, target = pair(bench, "queue", "agent", agent=ada)
    bench.acts.set_priority(target, ada, 7, bench.now)
    desk.merge(source, ada, target, bench.now)
    at_the_desk(bench, ada, **given)
    again = writes(bench, source)
    assert (again.owner, again.agent_id, again.priority) == ("queue", None, 7)


def test_it_is_an_ordinary_conversation_again_when_the_other_one_has_ended(
    bench: Bench, desk: DeskActs, ada: str
) -> None:
    source, target = pair(bench, "queue", "agent", agent=ada)
    desk.merge(source, ada, target, bench.now)
    bench.acts.resolve(target, ada, bench.now)
    at_the_desk(bench, ada)
    with bench.database.write() as session:
        conversation = conversations.lock(session, source)
        bench.acts.hear(session, conversation, bench.now)
    assert bench.row(source).owner == "bot"
    with bench.database.read() as session:
        late = bench.now + timedelta(days=30)
        assert not bench.acts.may_reopen(session, session.get_one(Conversation, target), late)


def test_a_chain_of_merges_leads_to_its_end(bench: Bench, desk: DeskActs, ada: str) -> None:
    first, second = pair(bench, "queue", "queue")
    third = bench.conversation("queue", channel="email")
    with bench.database.write() as session:
        contact = session.get_one(Identity, session.get_one(Conversation, first).identity_id).contact_id
        session.get_one(Identity, session.get_one(Conversation, third).identity_id).contact_id = contact
    desk.merge(first, ada, second, bench.now)
    desk.merge(second, ada, third, bench.now)
    bench.acts.claim(third, ada, bench.now)
    at_the_desk(bench, ada)
    assert writes(bench, first).agent_id == ada


# ---- at the same moment --------------------------------------------------------------------------------------------


def test_two_who_merge_crosswise_close_one_and_never_both(bench: Bench, ada: str, ben: str) -> None:
    desk = DeskActs(bench.acts)
    for _ in range(8):
        one, other = pair(bench, "queue", "queue")
        results = together(
            lambda one=one, other=other: desk.merge(one, ada, other, bench.now),  # type: ignore[misc]
            lambda one=one, other=other: desk.merge(other, ben, one, bench.now),  # type: ignore[misc]
        )
        assert [type(error) for error in failures(results)] == [CannotMerge]
        assert sorted((bench.row(one).owner, bench.row(other).owner)) == ["closed", "queue"]


def test_a_merge_against_a_claim_has_one_winner(bench: Bench, ada: str, ben: str) -> None:
    desk = DeskActs(bench.acts)
    with bench.database.write() as session:
        session.get_one(Agent, ben).capacity = 100
    for _ in range(8):
        source, target = pair(bench, "queue", "queue")
        results = together(
            lambda source=source, target=target: desk.merge(source, ada, target, bench.now),  # type: ignore[misc]
            lambda source=source: bench.acts.claim(source, ben, bench.now),  # type: ignore[misc]
        )
        lost = failures(results)
        assert [type(error) for error in lost] in ([NotTheirs], [IllegalMove])
        assert bench.row(source).owner == ("agent" if isinstance(lost[0], NotTheirs) else "closed")


# ---- how it ended --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["solved", "no_reply", "not_ours", "spam", "other"])
def test_how_it_ended_is_kept_until_it_is_opened_again(bench: Bench, ada: str, ending: Resolution) -> None:
    held = bench.conversation("agent", agent=ada)
    bench.acts.resolve(held, ada, bench.now, ending)
    assert bench.row(held).resolution == ending
    assert bench.events(held)[-1].data["resolution"] == ending
    said = bench.texts(held, "desk")
    assert said == [] if ending == "spam" else len(said) == 1, "who sends spam is not written to"
    with bench.database.write() as session:
        bench.acts.hear(session, conversations.lock(session, held), bench.now)
    assert bench.row(held).resolution is None
