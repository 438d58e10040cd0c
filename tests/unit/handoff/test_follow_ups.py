"""Follow-ups: whoever passed a conversation on looks whether it was solved, and nobody has to remember it."""

from datetime import timedelta

import pytest

from handoff import conversations, follow_ups
from handoff.capacity import NoRoom
from handoff.desk_acts import DeskActs
from handoff.desk_model import FollowUp
from handoff.follow_ups import UnknownFollowUp
from handoff.model import Agent, Audit, Conversation, Message
from handoff.transitions import IllegalMove
from tests.unit.handoff.workbench import Bench, all_of


@pytest.fixture
def ada(bench: Bench) -> str:
    return bench.agent("Ada")


@pytest.fixture
def ben(bench: Bench) -> str:
    return bench.agent("Ben")


@pytest.fixture
def held(bench: Bench, ada: str) -> str:
    return bench.conversation("agent", agent=ada)


def to_check(bench: Bench, agent_id: str) -> list[FollowUp]:
    """What the agent would find in her list by now."""
    with bench.database.read() as session:
        return [one for one, _ in follow_ups.of_agent(session, agent_id) if one.due_at <= bench.now]


def settle(bench: Bench, agent_id: str, *, solved: bool) -> None:
    DeskActs(bench.acts).follow_up(to_check(bench, agent_id)[0].id, agent_id, solved, bench.now)


def test_the_note_goes_with_it_and_only_agents_see_it(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now, "She is upset, be quick.")
    with bench.database.read() as session:
        note = next(one for one in all_of(session, Message) if one.note)
    assert (note.content["text"], note.agent_id) == ("She is upset, be quick.", ada)
    assert "upset" not in " ".join(str(event.data) for event in bench.events(held, public_only=True))


def test_without_a_move_there_is_no_note_and_nothing_to_check(bench: Bench, ada: str, ben: str, held: str) -> None:
    with bench.database.write() as session:
        session.get_one(Agent, ben).capacity = 0
    before = bench.row(held).last_seq
    with pytest.raises(NoRoom):
        bench.acts.transfer(held, ada, ben, bench.now, "She is upset.")
    assert bench.row(held).last_seq == before
    bench.later(days=2)
    assert to_check(bench, ada) == []


def test_it_is_due_after_a_day_or_as_soon_as_it_is_settled(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    assert to_check(bench, ada) == []
    bench.later(hours=24)
    assert len(to_check(bench, ada)) == 1
    settle(bench, ada, solved=True)
    assert to_check(bench, ada) == []

    bench.acts.transfer_to_team(held, ben, None, bench.now)
    bench.acts.claim(held, ada, bench.now)
    bench.acts.resolve(held, ada, bench.later(minutes=3))
    assert len(to_check(bench, ben)) == 1


def test_what_came_back_to_her_is_hers_and_settling_it_is_checking_it(
    bench: Bench, ada: str, ben: str, held: str
) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    bench.acts.transfer(held, ben, ada, bench.now)
    bench.later(days=2)
    assert to_check(bench, ada) == []
    bench.acts.resolve(held, ada, bench.now)
    assert (len(to_check(bench, ada)), len(to_check(bench, ben))) == (0, 1)


def test_passing_on_twice_asks_once(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    bench.acts.transfer(held, ben, ada, bench.later(hours=1))
    bench.acts.transfer(held, ada, ben, bench.later(hours=1))
    with bench.database.read() as session:
        hers = [one for one in all_of(session, FollowUp) if one.agent_id == ada]
    assert [one.due_at for one in hers] == [bench.now + timedelta(hours=24)]


def test_what_was_not_solved_waits_for_people_again_and_the_shopper_is_told(
    bench: Bench, ada: str, ben: str, held: str
) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    bench.acts.resolve(held, ben, bench.later(minutes=5))
    settle(bench, ada, solved=False)
    row = bench.row(held)
    assert (row.owner, row.reason, row.resolution) == ("queue", "not_solved", None)
    told = bench.texts(held, "desk")
    assert bench.acts.wording.say("en", "shopper.not_solved", name="Ada") in told
    with bench.database.read() as session:
        assert {"solved": False} in [one.details for one in all_of(session, Audit) if one.act == "follow up"]


def test_what_is_open_cannot_be_opened_and_stays_to_check(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    bench.later(days=2)
    with pytest.raises(IllegalMove):
        settle(bench, ada, solved=False)
    assert len(to_check(bench, ada)) == 1


def test_a_shopper_who_writes_elsewhere_by_now_is_not_served_twice(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    bench.acts.resolve(held, ben, bench.now)
    bench.later(days=10)
    with bench.database.write() as session:
        identity_id = session.get_one(Conversation, held).identity_id
        conversations.begin(session, identity_id, "en", bench.now)
    with pytest.raises(IllegalMove):
        settle(bench, ada, solved=False)
    assert bench.row(held).owner == "closed"


def test_it_is_nobody_else_s_and_done_once(bench: Bench, ada: str, ben: str, held: str) -> None:
    bench.acts.transfer(held, ada, ben, bench.now)
    bench.later(days=2)
    mine = to_check(bench, ada)[0].id
    desk = DeskActs(bench.acts)
    with pytest.raises(UnknownFollowUp):
        desk.follow_up(mine, ben, True, bench.now)
    desk.follow_up(mine, ada, True, bench.now)
    with pytest.raises(UnknownFollowUp):
        desk.follow_up(mine, ada, True, bench.now)
