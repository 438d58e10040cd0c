"""Offers: to whom, for how long, what comes next; several desks that sweep at once make no two of them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.sweeps import make_offers
from handoff.capacity import NoRoom
from handoff.model import Agent, Audit
from handoff.offers import NoOffer
from handoff.transitions import IllegalMove
from tests.unit.handoff.routing.people import (
    agent,
    all_offers,
    all_seen,
    in_hand,
    offered,
    row,
    sweep,
    team,
    waits,
    with_settings,
)
from tests.unit.handoff.workbench import Bench, all_of


@pytest.fixture(autouse=True)
def offers_are_on(desk: Bench) -> None:
    with_settings(desk, routing="offers", offer_seconds=30, offer_pause="PT1M", offers_missed=3)


def test_who_was_served_longest_ago_is_offered_the_next(desk: Bench) -> None:
    ada, ben, cho = agent(desk, "Ada"), agent(desk, "Ben"), agent(desk, "Cho")
    got = []
    for _ in range(6):
        waiting = waits(desk)
        sweep(desk)
        to = offered(desk, waiting)
        assert to is not None
        desk.acts.accept(waiting, to, desk.now)
        got.append(to)
    assert sorted(got[:3]) == sorted((ada, ben, cho))
    assert got[3:] == got[:3]


@pytest.mark.parametrize(
    "state",
    [{"available": False}, {"capacity": 0}, {"languages": ["vi"]}, {"online": False}, {"disabled": True}],
    ids=str,
)
def test_nothing_is_offered_to_who_cannot_take_it(desk: Bench, state: dict[str, object]) -> None:
    ada = agent(desk, **({} if state.get("disabled") else state))  # type: ignore[arg-type]
    if state.get("disabled"):
        with desk.database.write() as session:
            session.get_one(Agent, ada).disabled_at = desk.now
    waiting = waits(desk)
    sweep(desk)
    assert offered(desk, waiting) is None


def test_a_teams_conversation_is_offered_to_its_members_only(desk: Bench) -> None:
    agent(desk, "Ada")
    ben = agent(desk, "Ben")
    orders = team(desk, "Orders", ben)
    waiting = waits(desk, team_id=orders, skills=[])
    sweep(desk)
    assert offered(desk, waiting) == ben


def test_no_more_is_offered_than_there_is_room_for(desk: Bench) -> None:
    ada = agent(desk, capacity=2)
    waiting = [waits(desk) for _ in range(4)]
    sweep(desk)
    assert [offered(desk, one) for one in waiting] == [ada, ada, None, None]
    with pytest.raises(NoRoom):  # the room is kept for what is offered
        desk.acts.claim(waiting[2], ada, desk.now)


def test_the_higher_priority_is_offered_first(desk: Bench) -> None:
    ada = agent(desk, capacity=1)
    old, urgent = waits(desk), waits(desk, priority=1)
    sweep(desk)
    assert (offered(desk, urgent), offered(desk, old)) == (ada, None)


def test_an_offer_that_is_not_answered_goes_on_to_the_next_and_comes_back_last(desk: Bench) -> None:
    people = {agent(desk, name) for name in ("Ada", "Ben", "Cho")}
    waiting = waits(desk)
    had = []
    for _ in range(3):
        sweep(desk)
        had.append(offered(desk, waiting))
        desk.later(seconds=29)
        sweep(desk)
        assert offered(desk, waiting) == had[-1]
        desk.later(seconds=1)
        all_seen(desk, *people)
    assert set(had) == people
    desk.later(minutes=1)
    all_seen(desk, *people)
    sweep(desk)
    assert offered(desk, waiting) == had[0]
    assert [one.outcome for one in all_offers(desk)] == ["expired"] * 3 + [None]


def test_who_declines_is_left_alone_with_it_for_a_while(desk: Bench) -> None:
    ada = agent(desk)
    waiting = waits(desk)
    sweep(desk)
    desk.acts.decline(waiting, ada, desk.now)
    sweep(desk)
    assert offered(desk, waiting) is None
    desk.later(minutes=1)
    all_seen(desk, ada)
    sweep(desk)
    assert offered(desk, waiting) == ada


def test_who_gave_it_back_is_not_offered_it_before_the_others(desk: Bench) -> None:
    ada, ben = agent(desk, "Ada"), agent(desk, "Ben", served_at=desk.now)
    waiting = waits(desk)
    desk.acts.claim(waiting, ada, desk.now)
    desk.acts.release(waiting, ada, desk.later(seconds=1))
    sweep(desk)
    assert offered(desk, waiting) == ben


def test_who_lets_several_pass_is_away(desk: Bench) -> None:
    ada = agent(desk)
    waiting = waits(desk)
    for _ in range(3):
        sweep(desk)
        assert offered(desk, waiting) == ada
        desk.later(seconds=30)
        sweep(desk)
        desk.later(minutes=1)
        all_seen(desk, ada)
    assert not row(desk, ada).available
    sweep(desk)
    assert offered(desk, waiting) is None
    with desk.database.read() as session:
        assert [(one.actor, one.details) for one in all_of(session, Audit) if one.act == "away"] == [
            ("desk", {"missed": 3})
        ]


def test_an_answer_in_between_keeps_an_agent_there(desk: Bench) -> None:
    ada = agent(desk)
    for answered in (False, True, False, False):
        waiting = waits(desk)
        sweep(desk)
        assert offered(desk, waiting) == ada
        if answered:
            desk.acts.decline(waiting, ada, desk.now)
        desk.later(seconds=30)
        sweep(desk)
        desk.acts.claim(waiting, ada, desk.now)
        desk.acts.resolve(waiting, ada, desk.later(minutes=1))
        all_seen(desk, ada)
    assert row(desk, ada).available


def test_accepting_is_claiming(desk: Bench) -> None:
    ada = agent(desk)
    waiting = waits(desk)
    sweep(desk)
    desk.acts.accept(waiting, ada, desk.now)
    assert (desk.row(waiting).agent_id, all_offers(desk)[0].outcome) == (ada, "accepted")
    assert desk.texts(waiting, "desk") == ["Ada is here and has read your conversation."]


@pytest.mark.parametrize("act", ["accept", "decline"])
def test_what_is_not_offered_to_an_agent_she_cannot_answer(desk: Bench, act: str) -> None:
    agent(desk, "Ada")
    ben = agent(desk, "Ben", online=False)
    waiting = waits(desk)
    sweep(desk)
    with pytest.raises(NoOffer):
        getattr(desk.acts, act)(waiting, ben, desk.now)
    assert all_offers(desk)[0].outcome is None


def test_an_answer_that_comes_too_late_is_said_to_be(desk: Bench) -> None:
    ada = agent(desk)
    waiting = waits(desk)
    sweep(desk)
    with pytest.raises(NoOffer):
        desk.acts.accept(waiting, ada, desk.later(seconds=30))


def test_an_offer_is_withdrawn_when_somebody_else_claims(desk: Bench) -> None:
    agent(desk, "Ada")
    ben = agent(desk, "Ben", available=False)
    waiting = waits(desk)
    sweep(desk)
    desk.acts.claim(waiting, ben, desk.now)
    assert all_offers(desk)[0].outcome == "withdrawn"


@pytest.mark.parametrize("move", ["give_to_bot", "resolve"])
def test_an_offer_is_withdrawn_when_the_conversation_leaves_the_queue(desk: Bench, move: str) -> None:
    agent(desk)
    waiting = waits(desk)
    sweep(desk)
    desk.move(waiting, move)  # type: ignore[arg-type]
    assert [(one.outcome, one.ended_at) for one in all_offers(desk)] == [("withdrawn", desk.now)]


def test_taking_the_next_leaves_what_is_offered_to_others(desk: Bench) -> None:
    ada = agent(desk, "Ada")
    first = waits(desk)
    sweep(desk)
    ben = agent(desk, "Ben")
    second = waits(desk)
    assert desk.acts.take_next(ben, desk.now) == second
    assert desk.acts.take_next(ben, desk.now) is None
    assert desk.acts.take_next(ada, desk.now) == first
    assert all_offers(desk)[0].outcome == "accepted"


def test_agents_learn_of_offers_and_shoppers_do_not(desk: Bench) -> None:
    ada = agent(desk)
    waiting = waits(desk)
    sweep(desk)
    desk.acts.decline(waiting, ada, desk.now)
    told = [event for event in desk.events(waiting) if event.kind == "offer"]
    assert [(event.public, event.data["agent_id"], event.data["outcome"]) for event in told] == [
        (False, ada, None),
        (False, ada, "declined"),
    ]


def test_several_desks_that_sweep_at_once_offer_each_conversation_once_and_fill_nobody_beyond_her_room(
    desk: Bench,
) -> None:
    people = [agent(desk, f"A{number}", capacity=2) for number in range(4)]
    waiting = [waits(desk) for _ in range(12)]
    start = threading.Barrier(6)

    def one_desk(_: int) -> None:
        start.wait()
        make_offers(desk.acts, desk.now)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(one_desk, range(6)))
    make_offers(desk.acts, desk.now)  # what one desk passed over because another held it
    made = all_offers(desk)
    assert len(made) == len({one.conversation_id for one in made}) == 8
    assert [sum(one.agent_id == person for one in made) for person in people] == [2] * 4
    # In order, but for those that one desk held at the very moment when another gave the last places away.
    assert {one.conversation_id for one in made} <= set(waiting)


def test_accepts_and_claims_by_others_at_once_have_one_winner_each(desk: Bench) -> None:
    ada, ben = agent(desk, "Ada", capacity=8), agent(desk, "Ben", capacity=8, available=False)
    waiting = [waits(desk) for _ in range(8)]
    sweep(desk)
    start = threading.Barrier(2)

    def take(how: str, who: str) -> int:
        start.wait()
        won = 0
        for one in waiting:
            try:
                getattr(desk.acts, how)(one, who, desk.now)
                won += 1
            except (NoOffer, IllegalMove):
                continue
        return won

    with ThreadPoolExecutor(2) as threads:
        won = list(threads.map(take, ("accept", "claim"), (ada, ben)))
    assert sum(won) == 8
    assert [in_hand(desk, ada), in_hand(desk, ben)] == won
    outcomes = [one.outcome for one in all_offers(desk)]
    assert (outcomes.count("accepted"), outcomes.count("withdrawn")) == (won[0], won[1])
